"""Read a PubMed file into frames of articles: blocks in, parsed and transformed by several threads, frames out."""

import os
import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from gzip import BadGzipFile
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import polars as pl
from isal import igzip
from isal.igzip_lib import IsalError

from tasks.literature.pubmed_xml.blocks import SourceError, read_blocks
from tasks.literature.pubmed_xml.decode import UNREADABLE, decode
from tasks.literature.pubmed_xml.transform import BlockReader

FRAME_BLOCKS = 10
GZIP_MAGIC = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Records:
    """Records of a file that follow one another: those that are articles, books or deletions, and the others.

    Both have ``record``, the place in the file counted from 0; ``frame`` has the columns of ``SCHEMA`` beside it and
    ``refused`` a reason.
    """

    frame: pl.DataFrame
    refused: pl.DataFrame


def read_records(path: Path, threads: int | None = None) -> Iterator[Records]:
    """Yield the records of a PubMed XML file, plain or gzip, in order.

    Memory stays the same for a file of any size.

    Args:
        threads: how many parse; as many as there are cores by default. They change nothing but the time it takes.

    Raises:
        SourceError: the file is cut off, is not XML, or is not PubMed's.
    """
    try:
        with open_source(path) as stream:
            yield from read_stream(stream, str(path), threads)
    except (EOFError, BadGzipFile, IsalError) as error:  # type: ignore[misc]  # isal's stub has an instance there
        raise SourceError(f"{path} is cut off or damaged ({error}); fetch it again") from error


def open_source(path: Path) -> BinaryIO:
    """Open a file for reading, unpacking it where its content is gzip."""
    with path.open("rb") as probe:
        packed = probe.read(2) == GZIP_MAGIC
    opened: BinaryIO = igzip.open(path) if packed else path.open("rb")  # type: ignore[no-untyped-call]
    return opened


def read_stream(stream: BinaryIO, name: str, threads: int | None = None) -> Iterator[Records]:
    """Yield the records of PubMed XML that comes in by a stream; see ``read_records``."""
    place = 0
    for records in _read_chunks(_chunks(read_blocks(stream, name)), threads or len(os.sched_getaffinity(0))):
        shift = pl.col("record") + place
        yield Records(records.frame.with_columns(shift), records.refused.with_columns(shift))
        place += len(records.frame) + len(records.refused)


def _chunks(blocks: Iterator[bytes]) -> Iterator[list[bytes]]:
    while chunk := list(islice(blocks, FRAME_BLOCKS)):
        yield chunk


def _read_chunks(chunks: Iterator[list[bytes]], threads: int) -> Iterator[Records]:
    """Yield the records of each chunk, in order; a parser and a stylesheet belong to one thread each."""
    if threads == 1:
        reader = BlockReader()
        for chunk in chunks:
            yield _read_chunk(reader, chunk)
        return
    local = threading.local()

    def read(chunk: list[bytes]) -> Records:
        if not hasattr(local, "reader"):
            local.reader = BlockReader()
        return _read_chunk(local.reader, chunk)

    under_way: deque[Future[Records]] = deque()
    with ThreadPoolExecutor(threads, thread_name_prefix="pubmed-xml") as pool:
        for chunk in chunks:
            under_way.append(pool.submit(read, chunk))
            if len(under_way) > threads:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()


def _read_chunk(reader: BlockReader, chunk: list[bytes]) -> Records:
    """Return the records of blocks that follow one another, their places counted from 0."""
    texts = [reader.read(block) for block in chunk]
    frame, refused = decode(b"".join(text.lines for text in texts))
    reasons = iter([reason for text in texts for reason in text.reasons])
    named = [next(reasons) if reason == UNREADABLE else reason for reason in refused["reason"]]
    return Records(frame, refused.with_columns(pl.Series("reason", named, pl.String)))
