"""The quarantine of a table: rows that came to nothing, and why."""

import polars as pl
from upath import UPath

from tasks.store.part_folder import PartFolder
from tasks.store.row_key import ROW_KEY

QUARANTINE_SCHEMA = {ROW_KEY: pl.String, "stage": pl.String, "key": pl.String, "reason": pl.String}


class Quarantine:
    """The quarantine in a table's folder; it needs no recipe to be read."""

    def __init__(self, table: UPath) -> None:
        self._folder = PartFolder(table / "quarantine")

    def rows(self) -> pl.DataFrame:
        """Return row_key, stage, key and reason of each row; parts that can not be read are set aside."""
        frames = self._folder.read_or_set_aside(list(QUARANTINE_SCHEMA))
        found = pl.concat([pl.DataFrame(schema=QUARANTINE_SCHEMA), *frames])
        return found.unique(ROW_KEY, keep="first", maintain_order=True)

    def add(self, rows: pl.DataFrame, stage: str) -> None:
        """Add rows with row_key, key and reason."""
        self._folder.add(rows.with_columns(pl.lit(stage).alias("stage")).select(list(QUARANTINE_SCHEMA)), "part")

    def release(self, chosen: pl.Expr, into: UPath | None = None) -> int:
        """Take rows out, so that the next run asks for them again; return how many.

        Args:
            into: a folder that they are kept in.
        """
        return self._folder.take(lambda rows: rows.filter(chosen), into)
