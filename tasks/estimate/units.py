"""What a run is counted in: articles or sentences; which are planned, which are tried first, and which are done."""

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from tasks.store.reference import TableRef
from tasks.store.row_key import ROW_KEY
from tasks.store.store import Store
from tasks.store.table import Table

Units = frozenset[int | str]


@dataclass(frozen=True, slots=True)
class Unit:
    """A kind of unit: the column that holds it, and how the quarantine names it."""

    name: str
    column: str
    named: str

    def in_quarantine(self, table: Table) -> pl.DataFrame:
        """Return the refused rows of a table that name a unit: unit, key, reason."""
        refused = table.refused().select("key", "reason")
        unit = pl.col("key").str.extract(self.named)
        unit = unit.cast(pl.Int64, strict=False) if self.column == "pmid" else unit
        return refused.with_columns(unit=unit).drop_nulls("unit").select("unit", "key", "reason")

    def in_rows(self, table: Table) -> Units:
        """Return the units that a table has rows about."""
        found = table.rows.read_or_set_aside([ROW_KEY, self.column])
        return frozenset(pl.concat(found)[self.column].drop_nulls().to_list()) if found else frozenset()

    def done(self, table: Table) -> Units:
        """Return the units that a table has rows about, or that are in its quarantine."""
        return self.in_rows(table) | frozenset(self.in_quarantine(table)["unit"].to_list())

    def of(self, store: Store, ref: TableRef) -> Units:
        """Return the units that a reference points to."""
        return frozenset(store.read(ref, [self.column])[self.column].to_list())


ARTICLE = Unit("articles", "pmid", r"^PMID (\d+)")
SENTENCE = Unit("sentences", "example_id", r"^sentence (\S+) of ")


def first_units(store: Store, planned: TableRef, count: int) -> TableRef:
    """Return so many of the rows that a run plans: those of the lowest keys, which are hashes.

    The same every time, and of every kind that the whole has: what is asked about them is a part of what the whole run
    asks.
    """
    return store.narrow(planned, store.keys(planned).sort().head(count))


def ended(unit: Unit, refusing: Iterable[Table], passing: Table) -> Units:
    """Return the units that a run came to an end with before its last stage: refused, and nothing of them passed."""
    refused = frozenset[int | str]().union(*(unit.in_quarantine(table)["unit"].to_list() for table in refusing))
    return refused - unit.in_rows(passing)


def denied(filtered: Table) -> Units:
    """Return the sentences to which a teacher's pre-filter said no, or nothing that can be used."""
    found = filtered.rows.read_or_set_aside([ROW_KEY, SENTENCE.column, "verdict"])
    no = pl.concat(found).filter(verdict="no")[SENTENCE.column].to_list() if found else []
    return frozenset([*no, *SENTENCE.in_quarantine(filtered)["unit"].to_list()])
