"""Parts: Parquet files whose pages carry checksums, and whose every failure to be read is one error."""

import base64
import errno
from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import chain
from typing import Any, cast

import polars as pl
import pyarrow as pa
from pyarrow.parquet import ParquetFile, ParquetWriter, read_metadata
from upath import UPath

from tasks.errors import DistilleryError
from tasks.store.atomic import UnwritableError, first_line, is_local, whole_file

ROW_GROUP = 4_000
WRITTEN: dict[str, Any] = {"compression": "zstd", "compression_level": 3, "write_page_checksum": True}

# Polars panics on some damage, and its panic is no Exception.
READING_FAILS = (pl.exceptions.PolarsError, pl.exceptions.PanicException, pa.ArrowException, OSError, ValueError)


# What a system says of a file that may be whole: nothing is to be made anew for it.
NOT_OF_THE_FILE = {errno.EACCES, errno.EPERM, errno.EMFILE, errno.ENFILE, errno.ENOMEM}


class DamagedPartError(DistilleryError):
    """A part of a table can not be read; the message names it and says what to do."""


class UnreadableError(DistilleryError):
    """A part may not be read now, though it may be whole; the message names it and says what to do."""


def read_part(part: UPath, columns: Iterable[str] | None = None) -> pl.DataFrame:
    """Return a part's rows, of ``columns`` where given; each page that is read is held against its checksum.

    Raises:
        DamagedPartError: it can not be read, is not what was written, or lacks a column.
        UnreadableError: it may not be read, or too many files are open.
    """
    wanted = None if columns is None else list(columns)
    try:
        with closing(pa.OSFile(part.path) if is_local(part) else part.open("rb")) as file:
            parquet = ParquetFile(file, page_checksum_verification=True)
            _check_names(parquet)
            rows = cast(pl.DataFrame, pl.from_arrow(parquet.read(columns=wanted)))
            return rows if wanted is None else rows.select(wanted)
    except READING_FAILS as error:
        raise _failure(part, error) from error


def count_part(part: UPath) -> int:
    """Return how many rows a part has, as its footer says.

    Raises:
        DamagedPartError, UnreadableError: it has none that can be read.
    """
    try:
        with part.open("rb") as file:
            return int(read_metadata(file).num_rows)
    except READING_FAILS as error:
        raise _failure(part, error) from error


def write_atomically(path: UPath, rows: pl.DataFrame) -> None:
    """Write Parquet, so that ``path`` is whole or as it was.

    Raises:
        UnwritableError: it can not be written.
    """
    table = _to_arrow(rows)
    with whole_file(path) as file, ParquetWriter(file, table.schema, **WRITTEN) as writer:
        writer.write_table(table)


def sink_atomically(path: UPath, frames: Iterable[pl.DataFrame]) -> int:
    """Write frames as they come, about ``ROW_GROUP`` rows at a time, to one Parquet file; return its rows.

    It appears when the last frame is in; without any row it does not. What goes wrong with the frames is raised as it
    is.

    Raises:
        UnwritableError: it can not be written.
    """
    failures: list[BaseException] = []
    groups = _grouped(frames, failures)
    first = next(groups, None)
    if first is None:
        return 0
    rows = 0
    try:
        with whole_file(path) as file, ParquetWriter(file, _to_arrow(first).schema, **WRITTEN) as writer:
            for group in chain([first], groups):
                writer.write_table(_to_arrow(group), row_group_size=ROW_GROUP)
                rows += len(group)
    except UnwritableError:
        if failures:  # an OSError of the source is none of the disk that is written to
            raise failures[0] from None
        raise
    return rows


def _grouped(frames: Iterable[pl.DataFrame], failures: list[BaseException]) -> Iterator[pl.DataFrame]:
    """Yield the frames put together to at least ``ROW_GROUP`` rows; keep what goes wrong with them."""
    gathered: list[pl.DataFrame] = []
    try:
        for frame in frames:
            gathered.append(frame)
            if sum(map(len, gathered)) >= ROW_GROUP:
                yield pl.concat(gathered)
                gathered = []
    except Exception as error:
        failures.append(error)
        raise
    if any(map(len, gathered)):
        yield pl.concat(gathered)


def _to_arrow(rows: pl.DataFrame) -> pa.Table:
    """Return the rows with types that every reader of Parquet knows."""
    return rows.to_arrow(compat_level=pl.CompatLevel.oldest())


def _check_names(parquet: ParquetFile) -> None:
    """Raise ``ValueError`` where the two copies of the columns' names differ: checksums are of pages alone."""
    kept = (parquet.metadata.metadata or {}).get(b"ARROW:schema")
    if kept is not None:
        written = pa.ipc.read_schema(pa.py_buffer(base64.b64decode(kept))).names
        if written != parquet.schema_arrow.names:
            raise ValueError(f"its columns are {', '.join(parquet.schema_arrow.names)}, not {', '.join(written)}")


def _failure(part: UPath, error: BaseException) -> DistilleryError:
    what = f"{part} can not be read ({first_line(error)})"
    if isinstance(error, OSError) and error.errno in NOT_OF_THE_FILE:
        return UnreadableError(f"{what}; make it readable, or close other programs, then run the same command again")
    return DamagedPartError(f"{what}; run the same command again to compute its rows anew")
