"""Parts: Parquet files that are written whole or not at all, and whose every failure to be read is one error."""

import functools
import shutil
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from itertools import chain
from pathlib import Path
from typing import BinaryIO

import polars as pl
from polars.io.plugins import register_io_source
from pyarrow import ArrowException
from pyarrow.parquet import read_metadata
from upath import UPath

from tasks.errors import DistilleryError

ROW_GROUP = 4_000
UNFINISHED_SECONDS = 24 * 3600

# Polars panics on some damage, and its panic is no Exception.
READING_FAILS = (pl.exceptions.PolarsError, pl.exceptions.PanicException, ArrowException, OSError, ValueError)


class DamagedPartError(DistilleryError):
    """A part of a table can not be read; the message names it and says what to do."""


class UnwritableError(DistilleryError):
    """A file can not be written; the message names it and says what to do."""


def read_part(part: UPath, columns: list[str] | None = None) -> pl.DataFrame:
    """Return a part's rows, of ``columns`` where given.

    Raises:
        DamagedPartError: it can not be read.
    """
    try:
        if is_local(part):
            return pl.read_parquet(str(part), columns=columns, glob=False)
        with part.open("rb") as file:
            return pl.read_parquet(file, columns=columns)
    except READING_FAILS as error:
        raise DamagedPartError(_unreadable(part, error)) from error


def query_part(part: UPath, query: Callable[[pl.LazyFrame], pl.DataFrame]) -> pl.DataFrame:
    """Return what ``query`` collects of a part's rows.

    Raises:
        DamagedPartError: it can not be read, or lacks what the query names.
    """
    try:
        rows = pl.scan_parquet(str(part), glob=False) if is_local(part) else pl.scan_parquet(BytesIO(part.read_bytes()))
        return query(rows)
    except READING_FAILS as error:
        raise DamagedPartError(_unreadable(part, error)) from error


def count_part(part: UPath) -> int:
    """Return how many rows a part has, as its footer says.

    Raises:
        DamagedPartError: it has none that can be read.
    """
    try:
        with part.open("rb") as file:
            return int(read_metadata(file).num_rows)
    except READING_FAILS as error:
        raise DamagedPartError(_unreadable(part, error)) from error


def write_atomically(path: UPath, rows: pl.DataFrame) -> None:
    """Write Parquet, so that ``path`` is whole or as it was.

    Raises:
        UnwritableError: it can not be written.
    """
    with whole_file(path) as file:
        rows.write_parquet(file, compression="zstd")


def sink_atomically(path: UPath, frames: Iterable[pl.DataFrame]) -> int:
    """Write frames as they come, ``ROW_GROUP`` rows at a time, to one Parquet file; return its rows.

    It appears when the last frame is in; without any row it does not. What goes wrong with the frames is raised as it
    is.

    Raises:
        UnwritableError: it can not be written.
    """
    remaining = iter(frames)
    first = next((frame for frame in remaining if len(frame)), None)
    if first is None:
        return 0
    failures: list[BaseException] = []
    rows = 0

    def source(*_asked: object) -> Iterator[pl.DataFrame]:
        nonlocal rows
        try:
            for frame in chain([first], remaining):
                rows += len(frame)
                yield frame
        except BaseException as error:
            failures.append(error)
            raise

    try:
        with whole_file(path) as file:
            lazy = register_io_source(source, schema=first.schema)
            lazy.sink_parquet(file, compression="zstd", row_group_size=ROW_GROUP)
    except UnwritableError:
        if failures:  # Polars tells of it in words of its own
            raise failures[0] from None
        raise
    return rows


def write_text(path: UPath | Path, text: str) -> None:
    """Write text (UTF-8), so that ``path`` is whole or as it was.

    Raises:
        UnwritableError: it can not be written.
    """
    with whole_file(UPath(path)) as file:
        file.write(text.encode("utf-8", errors="backslashreplace"))


@contextmanager
def whole_file(path: UPath) -> Iterator[BinaryIO]:
    """Yield a file to write to; it appears as ``path`` when the block ends, and never half.

    Raises:
        UnwritableError: the disk is full, or nothing may be written there.
    """
    unfinished = path.with_name(f".{uuid.uuid4().hex}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        sweep(path.parent)
        with unfinished.open("wb") as file:
            yield file
        move(unfinished, path)
    except (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise UnwritableError(
            f"{path} can not be written ({_first_line(error)}); free space or make {path.parent} writable, then run "
            "the same command again: what stands there already is kept"
        ) from error
    finally:
        with suppress(OSError):
            remove(unfinished)


@contextmanager
def whole_folder(unfinished: UPath) -> Iterator[UPath]:
    """Yield a folder to write to, which the block renames when it is whole; what is left of it then is removed."""
    sweep(unfinished.parent)
    try:
        unfinished.mkdir(parents=True)
        yield unfinished
    finally:
        with suppress(OSError):
            if unfinished.exists():
                unfinished.rmdir(recursive=True) if not is_local(unfinished) else shutil.rmtree(str(unfinished))


def move(path: UPath, target: UPath) -> None:
    """Rename a file, over another one where ``target`` is there."""
    if is_local(path):
        path.rename(target)
    else:  # fsspec's own renaming and removing take brackets, stars and question marks for patterns
        path.fs.cp_file(path.path, target.path)
        path.fs.rm_file(path.path)


def remove(path: UPath) -> None:
    """Remove a file, if it is there."""
    if is_local(path):
        path.unlink(missing_ok=True)
    elif path.exists():
        path.fs.rm_file(path.path)


@functools.cache
def sweep(folder: UPath) -> None:
    """Remove the unfinished files and folders that killed runs left in a folder: none younger than a day.

    Looks once per process.
    """
    if not is_local(folder):
        return
    with suppress(OSError):
        for path in folder.iterdir():
            if path.name.startswith(".") and path.name.endswith(".tmp"):
                with suppress(OSError):
                    if time.time() - path.stat().st_mtime > UNFINISHED_SECONDS:
                        shutil.rmtree(str(path)) if path.is_dir() else path.unlink()


def entries(folder: UPath) -> list[UPath]:
    """Return what a folder holds; nothing where there is none, or a file in its place."""
    try:
        return list(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []


def is_local(path: UPath) -> bool:
    """Return whether a path lies on this machine."""
    return path.protocol in ("", "file")


def _unreadable(part: UPath, error: BaseException) -> str:
    return f"{part} can not be read ({_first_line(error)}); run the same command again to compute its rows anew"


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)
