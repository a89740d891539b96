"""Forgetting: rows are taken out of their tables, so that the next run makes them again, and kept beside them.

A dated folder below ``forgotten`` holds what was taken out, and a note beside it says what that was. Both are part of
what a store contributes to a stage's cache key: whatever Prefect remembers from before is looked at anew. Stages then
find the rows missing and compute them; rows that were made from theirs have other keys, and are made again as well.
"""

import json
import uuid
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

import polars as pl
from upath import UPath

from tasks.errors import DistilleryError
from tasks.store.atomic import write_text
from tasks.store.part import DamagedPartError, read_part
from tasks.store.part_folder import PartFolder
from tasks.store.quarantine import Quarantine
from tasks.store.row_key import ROW_KEY
from tasks.store.store import Store


class ConditionError(DistilleryError):
    """A condition can not be asked of a table's rows; the message says which columns there are."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How many rows were taken out of which tables, and the folder that keeps them."""

    folder: str
    rows: dict[str, int]

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.rows.values())


def forget_rows(store: Store, table: str, where: str | None = None) -> Forgotten:
    """Take the rows of a table, such as ``questions/3f9a…``, out of it: all, or those that fulfil a condition.

    Args:
        where: SQL over the table's columns, such as ``finish_reason = 'length'``.

    Raises:
        ConditionError: it is no condition on these columns.
    """
    parts = PartFolder(store.root / table / "parts")
    condition = pl.lit(True) if where is None else _condition(parts, where)
    folder = _dated(store)
    taken = parts.take(lambda rows: rows.filter(condition), folder / table / "parts")
    return _noted(store, folder, {table: taken}, {"table": table, "where": where})


def retry_refused(store: Store, stage: str | None = None, reason: str | None = None) -> Forgotten:
    """Take rows out of quarantine, so that the next run asks for them again.

    Args:
        reason: only rows whose reason holds these words, whatever their case.
    """
    chosen = with_reason(reason)
    folder = _dated(store)
    taken = {
        table: Quarantine(store.root / table).release(chosen, folder / table / "quarantine")
        for table in store.tables(stage)
    }
    return _noted(store, folder, taken, {"stage": stage, "reason": reason})


def with_reason(reason: str | None) -> pl.Expr:
    """Return the condition that a quarantined row's reason holds these words, whatever their case; none without."""
    if reason is None:
        return pl.lit(True)
    return pl.col("reason").str.to_lowercase().str.contains(reason.lower(), literal=True)


def _condition(parts: PartFolder, where: str) -> pl.Expr:
    """Return the condition, tried on a part before any row is taken out."""
    rows = _any_part(parts)
    twice = pl.concat([rows, rows])  # a sum over the rows has one value, of a single row as well
    try:
        condition = pl.sql_expr(where)
        tried = twice.select(condition)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, TypeError) as error:
        raise ConditionError(
            f"{where!r} is no condition on the columns {', '.join(rows.columns)} ({str(error).splitlines()[0]}); "
            f"write SQL, such as {ROW_KEY} = '0123abcd'"
        ) from error
    if tried.dtypes != [pl.Boolean] or len(tried) != len(twice):
        raise ConditionError(f"{where!r} is neither true nor false of a row; write SQL, such as {ROW_KEY} = '0123abcd'")
    return condition


def _any_part(parts: PartFolder) -> pl.DataFrame:
    for part in parts.parts():
        with suppress(DamagedPartError):
            return read_part(part)
    return pl.DataFrame(schema={ROW_KEY: pl.String})


def _dated(store: Store) -> UPath:
    moment = datetime.now(UTC).strftime("%Y-%m-%dT%H-%M-%S")
    return store.forgotten / f"{moment}-{uuid.uuid4().hex[:4]}"


def _noted(store: Store, folder: UPath, taken: dict[str, int], asked: dict[str, str | None]) -> Forgotten:
    """Write down what was taken out, which also ends what Prefect's cache knew until the last row was out."""
    forgotten = Forgotten(str(folder), {table: count for table, count in taken.items() if count})
    if forgotten.total:
        write_text(store.forgotten / f"{folder.name}.json", json.dumps({**asked, **asdict(forgotten)}, indent=2) + "\n")
    return forgotten
