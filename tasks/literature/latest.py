"""Which record of an article counts: the view of harvested files that a run sees, each article once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from tasks.literature.article import ARTICLE_SCHEMA, ARTICLES
from tasks.store.row_key import ROW_KEY
from tasks.store.store import Store

VERSION_SCHEMA: dict[str, type[pl.DataType]] = {
    ROW_KEY: pl.String,
    "pmid": pl.Int64,
    "version": pl.Int32,
    "kind": pl.String,
    "record": pl.UInt32,
    "group": pl.String,
    "source_order": pl.UInt32,
    "file_order": pl.UInt32,
}


@dataclass(frozen=True, slots=True)
class Held:
    """What a source came to: the files that hold it, later ones replacing earlier ones.

    ``pmids`` are those that the source asked for, where its files may hold others as well; ``searched``, whether
    PubMed chose them by what is wanted.
    """

    files: tuple[str, ...]
    pmids: tuple[int, ...] | None = None
    searched: bool = False

    @property
    def cache_identity(self) -> list[Any]:
        """What it contributes to a stage's cache key."""
        return [list(self.files), None if self.pmids is None else list(self.pmids), self.searched]


def latest_records(store: Store, held: Sequence[Held]) -> pl.DataFrame:
    """Return row_key, pmid and group (the file) of each article's record that counts, by PMID; see ``choose_latest``.

    Raises:
        DamagedPartError: a part of the table can not be read.
    """
    return choose_latest(read_versions(store, held))


def read_versions(store: Store, held: Sequence[Held], among: pl.Series | None = None) -> pl.DataFrame:
    """Return every record of the sources: row_key, pmid, version, kind, record, group, source_order, file_order.

    Args:
        among: PMIDs to look at; all by default.

    Raises:
        DamagedPartError: a part of the table can not be read.
    """
    found = [pl.DataFrame(schema=VERSION_SCHEMA)]
    for place, each in enumerate(held):
        order = pl.DataFrame({"group": each.files}, schema={"group": pl.String}).with_row_index("file_order")
        columns = [name for name in VERSION_SCHEMA if name in ARTICLE_SCHEMA or name == ROW_KEY]
        rows = store.table(ARTICLES).read_groups(each.files, columns, _among(each.pmids) & _among(among))
        if len(rows):
            ordered = rows.join(order, on="group").with_columns(pl.lit(place, pl.UInt32).alias("source_order"))
            found.append(ordered.select(list(VERSION_SCHEMA)))
    return pl.concat(found)


def choose_latest(versions: pl.DataFrame) -> pl.DataFrame:
    """Return row_key, pmid, group and source_order of each article's record that counts, by PMID.

    Of the records of one version of a PMID the last one counts: that of the later source, of the later file, the later
    in it. A deletion takes its version away. Of the versions left the highest counts.
    """
    ordered = versions.sort("pmid", "version", "source_order", "file_order", "record")
    last = ordered.unique(["pmid", "version"], keep="last", maintain_order=True)
    standing = last.filter(pl.col("kind") != "deletion")
    return standing.unique("pmid", keep="last", maintain_order=True).select(ROW_KEY, "pmid", "group", "source_order")


def _among(pmids: Sequence[int] | pl.Series | None) -> pl.Expr:
    if pmids is None:
        return pl.lit(True)
    series = pl.Series("pmid", pmids, dtype=pl.Int64)
    # The range lets parts that hold none of them be passed over.
    return pl.col("pmid").is_between(series.min(), series.max()) & pl.col("pmid").is_in(series.implode())
