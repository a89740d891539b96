"""The store: every table below one root folder, and the selections that references point to."""

from collections.abc import Iterator
from typing import Any

import polars as pl
from upath import UPath

from tasks.root import usable_root
from tasks.store.atomic import entries
from tasks.store.part import READING_FAILS, DamagedPartError, write_atomically
from tasks.store.quarantine import QUARANTINE_SCHEMA, Quarantine
from tasks.store.recipe import DamagedRecipeError, Recipe, digest, read_recipe
from tasks.store.reference import TableRef
from tasks.store.row_key import ROW_KEY, fingerprint
from tasks.store.table import Table

TABLE_HOLDS = ("recipe.json", "parts", "quarantine")
NO_STAGES = ("forgotten", "selections")


class Store:
    """Tables below ``root``: a local folder or an object-store address that fsspec knows (``s3://bucket/prefix``)."""

    def __init__(self, root: str) -> None:
        """Raise ``RootError`` where the root is no folder."""
        self.root = UPath(usable_root(root))

    @property
    def cache_identity(self) -> str:
        """What the store contributes to a stage's cache key: where it is, and what was taken out of its tables."""
        forgotten = sorted(path.name for path in entries(self.forgotten))
        return f"{self.root}{f' without {digest(forgotten)}' if forgotten else ''}"

    @property
    def forgotten(self) -> UPath:
        """The folder of what was taken out of the tables, a dated folder for each time."""
        return self.root / "forgotten"

    def table(self, recipe: Recipe) -> Table:
        """Return the table of a recipe, whether or not it has rows yet."""
        return Table(self.root, recipe)

    def select(self, table: Table, keys: pl.Series) -> TableRef:
        """Record which rows of a table a run is about and return the reference to them."""
        table.describe()
        ref = TableRef(table=table.recipe.table, rows=len(keys), fingerprint=fingerprint(keys))
        try:
            self.keys(ref)
        except DamagedPartError:  # none is there yet, or one that does not hold these keys
            write_atomically(self._selection(ref), keys.rename(ROW_KEY).sort().to_frame())
        return ref

    def narrow(self, ref: TableRef, keys: pl.Series) -> TableRef:
        """Return the reference to some of the rows that another one points to."""
        return self.select(self.table(self.recipe_at(ref.table)), keys)

    def keys(self, ref: TableRef) -> pl.Series:
        """Return the row keys that a reference points to.

        Raises:
            DamagedPartError: the selection is gone, can not be read or holds other keys; the next run writes it anew.
        """
        path = self._selection(ref)
        try:
            with path.open("rb") as file:
                keys = pl.read_parquet(file)[ROW_KEY]
            if fingerprint(keys) != ref.fingerprint:
                raise ValueError("it holds other keys than its name says")
        except (*READING_FAILS, TypeError) as error:
            raise DamagedPartError(f"{path} can not be read ({error}); run the same command again") from error
        return keys

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
        rows = self.table(self.recipe_at(ref.table)).read(self.keys(ref), columns)
        self._check_complete(ref, len(rows))
        return rows

    def read_parts(self, ref: TableRef, columns: list[str]) -> Iterator[pl.DataFrame]:
        """Yield the referenced rows a part at a time, so that no more than that is in memory.

        Raises:
            DamagedPartError: a part can not be read, or rows are missing from the table.
        """
        rows = 0
        for part in self.table(self.recipe_at(ref.table)).read_parts(self.keys(ref), columns):
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
        found = [Quarantine(self.root / table).rows() for table in self.tables(stage)]
        return pl.concat([pl.DataFrame(schema=QUARANTINE_SCHEMA), *found])

    def tables(self, stage: str | None = None) -> list[str]:
        """Return the folder of every table (of one stage where given), such as ``questions/3f9a…``, in name order."""
        stages = [path for path in entries(self.root) if stage in (None, path.name) and not path.name.startswith(".")]
        return sorted(
            f"{folder.name}/{path.name}"
            for folder in stages
            if folder.name not in NO_STAGES
            for path in entries(folder)
            if any((path / name).exists() for name in TABLE_HOLDS)
        )

    def recipe_at(self, table: str) -> Recipe:
        """Return the recipe that a table's folder describes.

        Raises:
            DamagedPartError: the description is gone, can not be read or is another recipe's; the next run writes it
                anew.
        """
        path = self.root / table / "recipe.json"
        try:
            recipe = read_recipe(path)
        except DamagedRecipeError as error:
            raise DamagedPartError(f"{error}; run the same command again") from error
        if recipe.table != table:
            raise DamagedPartError(f"{path} is not the recipe of {table}; run the same command again")
        return recipe

    def _check_complete(self, ref: TableRef, rows: int) -> None:
        if rows != ref.rows:
            raise DamagedPartError(
                f"{self.root / ref.table} holds {rows} of {ref.rows} rows asked for; run the same command again"
            )

    def _selection(self, ref: TableRef) -> UPath:
        return self.root / "selections" / f"{ref.fingerprint}.parquet"
