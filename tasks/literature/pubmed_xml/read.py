"""Read a PubMed file into frames of articles: blocks in, parsed and transformed by several threads, frames out."""

import os
import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from gzip import BadGzipFile
from pathlib import Path
from typing import BinaryIO

import polars as pl
from isal import igzip
from isal.igzip_lib import IsalError

from tasks.literature.pubmed_xml.blocks import SourceError, read_blocks
from tasks.literature.pubmed_xml.decode import UNREADABLE, decode
from tasks.literature.pubmed_xml.transform import BlockReader, BlockText

FRAME_BYTES = 3_000_000
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
    workers = threads or len(os.sched_getaffinity(0))
    place, waiting = 0, list[BlockText]()
    for text in _transformed(read_blocks(stream, name), workers):
        waiting.append(text)
        if sum(len(each.lines) for each in waiting) > FRAME_BYTES:
            records = _decode(waiting, place)
            place += len(records.frame) + len(records.refused)
            waiting = []
            yield records
    if waiting:
        yield _decode(waiting, place)


def _transformed(blocks: Iterator[bytes], workers: int) -> Iterator[BlockText]:
    if workers == 1:
        reader = BlockReader()
        yield from map(reader.read, blocks)
        return
    local = threading.local()

    def read(block: bytes) -> BlockText:
        if not hasattr(local, "reader"):
            local.reader = BlockReader()
        return local.reader.read(block)  # type: ignore[no-any-return]

    under_way: deque[Future[BlockText]] = deque()
    with ThreadPoolExecutor(workers, thread_name_prefix="pubmed-xml") as pool:
        for block in blocks:
            under_way.append(pool.submit(read, block))
            if len(under_way) > 2 * workers:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()


def _decode(texts: list[BlockText], first: int) -> Records:
    frame, refused = decode(b"".join(text.lines for text in texts))
    reasons = iter([reason for text in texts for reason in text.reasons])
    named = [next(reasons) if reason == UNREADABLE else reason for reason in refused["reason"]]
    shift = pl.col("record") + first
    return Records(frame.with_columns(shift), refused.with_columns(shift, pl.Series("reason", named, pl.String)))
