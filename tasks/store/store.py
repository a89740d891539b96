"""The store: every table below one root folder, and the selections that references point to."""

import json
from collections.abc import Iterator
from typing import Any

import polars as pl
from upath import UPath

from tasks.store.recipe import Recipe
from tasks.store.reference import TableRef
from tasks.store.row_key import ROW_KEY, fingerprint
from tasks.store.table import DamagedPartError, Table, write_atomically


class Store:
    """Tables below ``root``: a local folder or an object-store address that fsspec knows (``s3://bucket/prefix``)."""

    def __init__(self, root: str) -> None:
        self.root = UPath(root).absolute() if "://" not in root else UPath(root)

    @property
    def cache_identity(self) -> str:
        """What the store contributes to a stage's cache key."""
        return str(self.root)

    def table(self, recipe: Recipe) -> Table:
        """Return the table of a recipe, whether or not it has rows yet."""
        return Table(self.root, recipe)

    def select(self, table: Table, keys: pl.Series) -> TableRef:
        """Record which rows of a table a run is about and return the reference to them."""
        table.describe()
        name = fingerprint(keys)
        path = self._selection(name)
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, keys.rename(ROW_KEY).sort().to_frame())
        return TableRef(table=table.recipe.table, rows=len(keys), fingerprint=name)

    def narrow(self, ref: TableRef, keys: pl.Series) -> TableRef:
        """Return the reference to some of the rows that another one points to."""
        return self.select(self._table_at(ref.table), keys)

    def keys(self, ref: TableRef) -> pl.Series:
        """Return the row keys that a reference points to.

        Raises:
            DamagedPartError: the selection is gone or can not be read; it is removed, to be written anew.
        """
        path = self._selection(ref.fingerprint)
        try:
            with path.open("rb") as file:
                return pl.read_parquet(file)[ROW_KEY]
        except (OSError, pl.exceptions.PolarsError) as error:
            path.unlink(missing_ok=True)
            raise DamagedPartError(f"{path} can not be read ({error}); run the same command again") from error

    def read(
        self, ref: TableRef, columns: list[str] | None = None, empty: dict[str, Any] | None = None
    ) -> pl.DataFrame:
        """Return the referenced rows, by row key.

        Args:
            empty: the schema to give a reference to no rows, whose table may have no part that tells it.

        Raises:
            DamagedPartError: a part can not be read, or rows are missing from the table.
        """
        if ref.rows == 0 and empty is not None:
            return pl.DataFrame(schema=empty)
        rows = self._table_at(ref.table).read(self.keys(ref), columns)
        self._check_complete(ref, len(rows))
        return rows

    def read_parts(self, ref: TableRef, columns: list[str]) -> Iterator[pl.DataFrame]:
        """Yield the referenced rows a part at a time, so that no more than that is in memory.

        Raises:
            DamagedPartError: a part can not be read, or rows are missing from the table.
        """
        rows = 0
        for part in self._table_at(ref.table).read_parts(self.keys(ref), columns):
            rows += len(part)
            yield part
        self._check_complete(ref, rows)

    def holds(self, ref: TableRef) -> bool:
        """Return whether every referenced row is there to be read."""
        try:
            self.read(ref, [])
        except DamagedPartError:
            return False
        return True

    def quarantine(self, stage: str | None = None) -> pl.DataFrame:
        """Return every quarantined row below the root (of one stage where given): row_key, stage, key, reason."""
        tables = [self._table_at(table) for table in self.tables() if stage in (None, table.split("/")[0])]
        found = [table.refused() for table in tables]
        return (
            pl.concat(found)
            if found
            else pl.DataFrame(schema={"stage": pl.String, "key": pl.String, "reason": pl.String})
        )

    def tables(self) -> list[str]:
        """Return the folder of every table, such as ``questions/3f9a…``, in name order."""
        if not self.root.exists():
            return []
        return sorted(f"{path.parent.parent.name}/{path.parent.name}" for path in self.root.glob("*/*/recipe.json"))

    def recipe_at(self, table: str) -> Recipe:
        """Return the recipe that a table's folder describes.

        Raises:
            DamagedPartError: the table is gone, or its description can not be read; that is removed, to be
                written anew.
        """
        path = self.root / table / "recipe.json"
        try:
            return _recipe(json.loads(path.read_text()))
        except (OSError, ValueError) as error:
            path.unlink(missing_ok=True)
            raise DamagedPartError(f"{path} can not be read ({error}); run the same command again") from error

    def _check_complete(self, ref: TableRef, rows: int) -> None:
        if rows != ref.rows:
            raise DamagedPartError(
                f"{self.root / ref.table} holds {rows} of {ref.rows} rows asked for; run the same command again"
            )

    def _table_at(self, table: str) -> Table:
        return Table(self.root, self.recipe_at(table))

    def _selection(self, name: str) -> UPath:
        return self.root / "selections" / f"{name}.parquet"


def _recipe(described: dict[str, object]) -> Recipe:
    fields = {**described, "reads": tuple(_recipe(read) for read in described["reads"])}  # type: ignore[attr-defined]
    return Recipe(**fields)  # type: ignore[arg-type]
