"""One table: a folder of immutable Parquet parts beside its ``recipe.json``."""

import json
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from io import BytesIO
from itertools import chain
from typing import BinaryIO

import polars as pl
from polars.io.plugins import register_io_source
from pyarrow import ArrowException
from pyarrow.parquet import read_metadata
from upath import UPath

from tasks.errors import DistilleryError
from tasks.logger import logger
from tasks.store.recipe import Recipe
from tasks.store.row_key import ROW_KEY, fingerprint

ROW_GROUP = 4_000
QUARANTINE_SCHEMA = {ROW_KEY: pl.String, "stage": pl.String, "key": pl.String, "reason": pl.String}


class DamagedPartError(DistilleryError):
    """A part of a table can not be read; the message names it and says what to do."""


class Table:
    """Rows under one recipe. A part that exists is complete; a row key that stands in two parts counts once."""

    def __init__(self, root: UPath, recipe: Recipe) -> None:
        self.recipe = recipe
        self.path = root / recipe.table
        self._parts = self.path / "parts"
        self._quarantine = self.path / "quarantine"

    def commit(self, rows: pl.DataFrame, group: str = "part") -> None:
        """Add a part. It appears whole or not at all; its name is its group's and then a hash of its row keys."""
        self._write(self._parts, rows, group)

    def commit_all(self, frames: Iterable[pl.DataFrame], group: str) -> int:
        """Add one part out of frames as they come, written ``ROW_GROUP`` rows at a time; return its rows.

        The part appears when the last frame is in, under its group's name alone.
        """
        self.describe()
        self._parts.mkdir(parents=True, exist_ok=True)
        unfinished = self._parts / f".{uuid.uuid4().hex}.tmp"
        try:
            with unfinished.open("wb") as file:
                rows = _sink(iter(frames), file)
            if rows:
                unfinished.rename(self._parts / f"{group}-all.parquet")
        finally:
            unfinished.unlink(missing_ok=True)
        return rows

    def quarantine(self, rows: pl.DataFrame) -> None:
        """Record rows that came to nothing: row_key, key (what a person would look up), reason."""
        stage = pl.lit(self.recipe.stage).alias("stage")
        self._write(self._quarantine, rows.with_columns(stage).select(list(QUARANTINE_SCHEMA)), "part")

    def release(self, keys: pl.Series) -> None:
        """Take rows out of quarantine: what they were about came to something after all.

        For one thread at a time. Where another run releases rows of the same part, some of them may stay; the next
        release takes them out.
        """
        for part in _listed(self._quarantine):
            try:
                rows = self._read(part, None)
            except DamagedPartError:  # another run has just replaced it
                continue
            kept = rows.filter(~pl.col(ROW_KEY).is_in(keys.implode()))
            if len(kept) < len(rows):
                self._write(self._quarantine, kept, "part")
                part.unlink(missing_ok=True)

    def keys(self) -> pl.Series:
        """Return the row keys that need no computing: those of rows and those in quarantine.

        Parts that can not be read are set aside, so that their rows are missing.
        """
        frames = self._read_or_set_aside([*self.parts(), *_listed(self._quarantine)], [ROW_KEY])
        return pl.concat([pl.DataFrame(schema={ROW_KEY: pl.String}), *frames])[ROW_KEY].unique()

    def missing(self, wanted: pl.DataFrame) -> pl.DataFrame:
        """Return the rows of ``wanted`` whose key is neither in the table nor in quarantine, in their order."""
        return wanted.join(self.keys().to_frame(), on=ROW_KEY, how="anti", maintain_order="left")

    def read(self, keys: pl.Series, columns: list[str] | None = None) -> pl.DataFrame:
        """Return the rows with these keys, by key; keys that the table does not hold are passed over.

        Raises:
            DamagedPartError: a part can not be read. It was set aside, so that its rows are missing from now on.
        """
        wanted = keys.rename(ROW_KEY).to_frame()
        selected = None if columns is None else list(dict.fromkeys([ROW_KEY, *columns]))
        try:
            found = [
                self._read(part, selected).join(wanted, on=ROW_KEY, how="semi", maintain_order="left")
                for part in self.parts()
            ]
        except DamagedPartError:
            self._read_or_set_aside(self.parts(), None)
            raise
        if not found:
            return wanted.clear()
        return pl.concat(found).unique(ROW_KEY, keep="first", maintain_order=True).sort(ROW_KEY)

    def read_parts(self, keys: pl.Series, columns: list[str]) -> Iterator[pl.DataFrame]:
        """Yield the rows with these keys a part at a time, each row once.

        Raises:
            DamagedPartError: a part can not be read. It was set aside, so that its rows are missing from now on.
        """
        wanted = keys.rename(ROW_KEY).to_frame()
        selected = list(dict.fromkeys([ROW_KEY, *columns]))
        for part in self.parts():
            try:
                rows = self._read(part, selected)
            except DamagedPartError as error:
                self._set_aside(part, error)
                raise
            found = rows.join(wanted, on=ROW_KEY, how="semi", maintain_order="left").unique(
                ROW_KEY, maintain_order=True
            )
            wanted = wanted.join(found, on=ROW_KEY, how="anti")
            if len(found):
                yield found

    def rows_by_group(self) -> dict[str, int]:
        """Return how many rows stand under each group, as the parts' footers say; parts without one are set aside."""
        counts: dict[str, int] = {}
        for part in self.parts():
            try:
                rows = self._footer_rows(part)
            except DamagedPartError as error:
                self._set_aside(part, error)
            else:
                group = _group_of(part)
                counts[group] = counts.get(group, 0) + rows
        return counts

    def read_groups(self, groups: Sequence[str], columns: list[str], where: pl.Expr) -> pl.DataFrame:
        """Return the rows of several groups that fulfil a condition, with ``group``; no others are kept in memory.

        Raises:
            DamagedPartError: a part can not be read. It was set aside, so that its rows are missing from now on.
        """
        wanted = set(groups)
        frames = []
        for part in self.parts():
            group = _group_of(part)
            if group in wanted:
                try:
                    rows = self._scan(part).filter(where).select(columns).collect()
                except (pl.exceptions.PolarsError, OSError) as error:
                    damaged = DamagedPartError(_unreadable(part, error))
                    self._set_aside(part, damaged)
                    raise damaged from error
                frames.append(rows.with_columns(pl.lit(group).alias("group")))
        return pl.concat(frames) if frames else pl.DataFrame(schema=dict.fromkeys([*columns, "group"], pl.Null))

    def count_groups(self, groups: Sequence[str], conditions: Mapping[str, pl.Expr]) -> dict[str, int]:
        """Return for how many rows of several groups each condition holds; a part at a time is in memory.

        Raises:
            DamagedPartError: a part can not be read.
        """
        wanted, counts = set(groups), Counter[str]()
        sums = [condition.fill_null(False).sum().alias(name) for name, condition in conditions.items()]
        for part in self.parts():
            if _group_of(part) in wanted:
                try:
                    counts.update(self._scan(part).select(sums).collect(engine="streaming").row(0, named=True))
                except (pl.exceptions.PolarsError, OSError) as error:
                    raise DamagedPartError(_unreadable(part, error)) from error
        return {name: counts[name] for name in conditions}

    def refused(self, keys: pl.Series | None = None) -> pl.DataFrame:
        """Return the quarantine: row_key, stage, key, reason; of ``keys`` alone where given."""
        found = pl.concat(
            [
                pl.DataFrame(schema=QUARANTINE_SCHEMA),
                *(self._read(part, None) for part in _listed(self._quarantine)),
            ]
        ).unique(ROW_KEY, keep="first", maintain_order=True)
        if keys is None:
            return found
        return found.join(keys.rename(ROW_KEY).to_frame(), on=ROW_KEY, how="semi", maintain_order="left")

    def parts(self) -> list[UPath]:
        """Return the parts in name order."""
        return _listed(self._parts)

    def describe(self) -> None:
        """Write ``recipe.json`` where there is none."""
        path = self.path / "recipe.json"
        if not path.exists():
            self.path.mkdir(parents=True, exist_ok=True)
            unfinished = path.with_name(f".{uuid.uuid4().hex}.tmp")
            unfinished.write_text(json.dumps(self.recipe.describe(), indent=2, ensure_ascii=False) + "\n")
            unfinished.rename(path)

    def _read_or_set_aside(self, parts: list[UPath], columns: list[str] | None) -> list[pl.DataFrame]:
        frames = []
        for part in parts:
            try:
                frames.append(self._read(part, columns))
            except DamagedPartError as error:
                self._set_aside(part, error)
        return frames

    def _set_aside(self, part: UPath, error: DamagedPartError) -> None:
        logger.warning("%s", error)
        damaged = self.path / "damaged"
        damaged.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):  # another run did the same
            part.rename(damaged / part.name)

    def _footer_rows(self, part: UPath) -> int:
        try:
            with part.open("rb") as file:
                return int(read_metadata(file).num_rows)
        except (ArrowException, OSError) as error:
            raise DamagedPartError(_unreadable(part, error)) from error

    def _scan(self, part: UPath) -> pl.LazyFrame:
        return pl.scan_parquet(str(part) if part.protocol in ("", "file") else BytesIO(part.read_bytes()))

    def _read(self, part: UPath, columns: list[str] | None) -> pl.DataFrame:
        try:
            if part.protocol in ("", "file"):
                return pl.read_parquet(str(part), columns=columns)
            with part.open("rb") as file:
                return pl.read_parquet(file, columns=columns)
        except (pl.exceptions.PolarsError, OSError) as error:
            raise DamagedPartError(_unreadable(part, error)) from error

    def _write(self, folder: UPath, rows: pl.DataFrame, group: str) -> None:
        if rows.is_empty():
            return
        self.describe()
        folder.mkdir(parents=True, exist_ok=True)
        part = folder / f"{group}-{fingerprint(rows[ROW_KEY])}.parquet"
        if not part.exists():
            write_atomically(part, rows)


def write_atomically(path: UPath, rows: pl.DataFrame) -> None:
    """Write Parquet under a temporary name and rename it, so that ``path`` is whole or absent."""
    unfinished = path.with_name(f".{uuid.uuid4().hex}.tmp")
    with unfinished.open("wb") as file:
        rows.write_parquet(file, compression="zstd")
    unfinished.rename(path)


def _sink(frames: Iterator[pl.DataFrame], file: BinaryIO) -> int:
    """Write frames as they come to a Parquet file; return its rows."""
    first = next(frames, None)
    if first is None:
        return 0
    rows = 0
    failure: list[Exception] = []

    def source(*_asked: object) -> Iterator[pl.DataFrame]:
        nonlocal rows
        try:
            for frame in chain([first], frames):
                rows += len(frame)
                yield frame
        except Exception as error:
            failure.append(error)
            raise

    try:
        lazy = register_io_source(source, schema=first.schema)
        lazy.sink_parquet(file, compression="zstd", row_group_size=ROW_GROUP)
    except pl.exceptions.PolarsError:
        if failure:  # Polars tells of it in words of its own
            raise failure[0] from None
        raise
    return rows


def _unreadable(part: UPath, error: Exception) -> str:
    return f"{part} can not be read ({error}); run the same command again to compute its rows anew"


def _group_of(part: UPath) -> str:
    return part.name.rsplit("-", 1)[0]


def _listed(folder: UPath) -> list[UPath]:
    return sorted(folder.glob("*.parquet"), key=lambda part: part.name) if folder.exists() else []
