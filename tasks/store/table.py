"""One table: a folder of immutable Parquet parts beside its ``recipe.json``."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

import polars as pl
from upath import UPath

from tasks.store.atomic import write_text
from tasks.store.part import DamagedPartError, count_part, read_part, sink_atomically
from tasks.store.part_folder import PartFolder, group_of
from tasks.store.quarantine import Quarantine
from tasks.store.recipe import DamagedRecipeError, Recipe, read_recipe
from tasks.store.row_key import ROW_KEY


class Table:
    """Rows under one recipe. A part that exists is complete; a row key that stands in two parts counts once."""

    def __init__(self, root: UPath, recipe: Recipe) -> None:
        self.recipe = recipe
        self.path = root / recipe.table
        self.rows = PartFolder(self.path / "parts")
        self._quarantine = Quarantine(self.path)

    def commit(self, rows: pl.DataFrame, group: str = "part") -> UPath | None:
        """Add a part and return it. It appears whole or not at all; its name is its group's and a hash of its row keys.

        Nothing is added where there are no rows.
        """
        if rows.is_empty():
            return None
        self.describe()
        return self.rows.add(rows, group)

    def commit_all(self, frames: Iterable[pl.DataFrame], group: str) -> int:
        """Add one part out of frames as they come; return its rows.

        The part appears when the last frame is in, under its group's name alone.
        """
        self.describe()
        return sink_atomically(self.rows.path / f"{group}-all.parquet", frames)

    def quarantine(self, rows: pl.DataFrame) -> None:
        """Record rows that came to nothing: row_key, key (what a person would look up), reason."""
        if len(rows):
            self.describe()
            self._quarantine.add(rows, self.recipe.stage)

    def release(self, keys: pl.Series) -> None:
        """Take rows out of quarantine: what they were about came to something after all, or is asked for again."""
        self._quarantine.release(pl.col(ROW_KEY).is_in(keys.implode()))

    def keys(self) -> pl.Series:
        """Return the row keys that need no computing: those of rows and those in quarantine.

        Parts that can not be read are set aside, so that their rows are missing.
        """
        frames = [*self.rows.read_or_set_aside([ROW_KEY]), self._quarantine.rows().select(ROW_KEY)]
        return pl.concat(frames)[ROW_KEY].unique()

    def missing(self, wanted: pl.DataFrame) -> pl.DataFrame:
        """Return the rows of ``wanted`` whose key is neither in the table nor in quarantine, in their order."""
        return wanted.join(self.keys().to_frame(), on=ROW_KEY, how="anti", maintain_order="left")

    def read(self, keys: pl.Series, columns: list[str] | None = None) -> pl.DataFrame:
        """Return the rows with these keys, by key; keys that the table does not hold are passed over.

        Raises:
            DamagedPartError: a part can not be read. It was set aside, so that its rows are missing from now on.
        """
        selected = None if columns is None else list(dict.fromkeys([ROW_KEY, *columns]))
        found = self.rows.read(selected, keys)
        if not found:
            return pl.DataFrame(schema={ROW_KEY: pl.String})
        return pl.concat(found).unique(ROW_KEY, keep="first", maintain_order=True).sort(ROW_KEY)

    def read_parts(self, keys: pl.Series, columns: list[str]) -> Iterator[pl.DataFrame]:
        """Yield the rows with these keys a part at a time, each row once.

        Raises:
            DamagedPartError: a part can not be read. It was set aside, so that its rows are missing from now on.
        """
        wanted = keys.rename(ROW_KEY).to_frame()
        selected = list(dict.fromkeys([ROW_KEY, *columns]))
        for rows in self.rows.each(lambda part: read_part(part, selected)):
            found = rows.join(wanted, on=ROW_KEY, how="semi", maintain_order="left").unique(
                ROW_KEY, maintain_order=True
            )
            wanted = wanted.join(found, on=ROW_KEY, how="anti")
            if len(found):
                yield found

    def rows_by_group(self) -> dict[str, int]:
        """Return how many rows stand under each group, as the parts' footers say; parts without one are set aside."""
        counts = Counter[str]()
        for part in self.parts():
            try:
                counts[group_of(part)] += count_part(part)
            except DamagedPartError as error:
                self.rows.set_aside(part, error)
        return dict(counts)

    def read_groups(self, groups: Sequence[str], columns: list[str], where: pl.Expr) -> pl.DataFrame:
        """Return the rows of several groups that fulfil a condition, with ``group``; no others are kept in memory.

        Raises:
            DamagedPartError: a part can not be read. It was set aside, so that its rows are missing from now on.
        """

        def chosen(part: UPath) -> pl.DataFrame:
            rows = read_part(part, _named(columns, [where])).filter(where).select(columns)
            return rows.with_columns(pl.lit(group_of(part)).alias("group"))

        frames = list(self.rows.each(chosen, groups))
        return pl.concat(frames) if frames else pl.DataFrame(schema=dict.fromkeys([*columns, "group"], pl.Null))

    def count_groups(self, groups: Sequence[str], conditions: Mapping[str, pl.Expr]) -> dict[str, int]:
        """Return for how many rows of several groups each condition holds; a part at a time is in memory.

        Raises:
            DamagedPartError: a part can not be read. It was set aside, so that its rows are missing from now on.
        """
        sums = [condition.fill_null(False).sum().alias(name) for name, condition in conditions.items()]

        def counted(part: UPath) -> pl.DataFrame:
            return read_part(part, _named([], conditions.values())).select(sums)

        counts = Counter[str]()
        for row in self.rows.each(counted, groups):
            counts.update(row.row(0, named=True))
        return {name: counts[name] for name in conditions}

    def refused(self, keys: pl.Series | None = None) -> pl.DataFrame:
        """Return the quarantine: row_key, stage, key, reason; of ``keys`` alone where given."""
        found = self._quarantine.rows()
        if keys is None:
            return found
        return found.join(keys.rename(ROW_KEY).to_frame(), on=ROW_KEY, how="semi", maintain_order="left")

    def parts(self) -> list[UPath]:
        """Return the parts in name order."""
        return self.rows.parts()

    def describe(self) -> None:
        """Write ``recipe.json`` where there is none, or one of another recipe."""
        path = self.path / "recipe.json"
        try:
            described = read_recipe(path)
        except DamagedRecipeError:
            described = None
        if described is None or described.digest != self.recipe.digest:
            write_text(path, f"{self.recipe.to_json()}\n")


def _named(columns: Sequence[str], conditions: Iterable[pl.Expr]) -> list[str]:
    """Return the columns and those that the conditions name, each once."""
    return list(dict.fromkeys([*columns, *(name for each in conditions for name in each.meta.root_names())]))
