"""Read a PubMed file into frames of articles: blocks in, parsed and transformed by several threads, frames out."""

import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import BinaryIO, TypeVar

import polars as pl

from tasks.literature.medline_text.records import is_medline_text, medline_blocks
from tasks.literature.pubmed_xml.blocks import check_root, read_blocks
from tasks.literature.pubmed_xml.decode import UNREADABLE, decode
from tasks.literature.pubmed_xml.transform import BlockReader, BlockText
from tasks.literature.source_text import opened_source, utf8_chunks
from tasks.stopping import check_stop

FRAME_BYTES = 1_000_000

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Records:
    """Records of a file that follow one another: those that are articles, books or deletions, and the others.

    Both have ``record``, the place in the file counted from 0; ``frame`` has the columns of ``SCHEMA`` beside it and
    ``refused`` a reason.
    """

    frame: pl.DataFrame
    refused: pl.DataFrame


def read_records(path: Path, threads: int | None = None) -> Iterator[Records]:
    """Yield the records of a file in PubMed XML or MEDLINE format, plain or gzip, in order; its content decides.

    Memory stays the same for a file of any size.

    Args:
        threads: how many parse; as many as there are cores by default. They change nothing but the time it takes.

    Raises:
        SourceError: the file is cut off, is in neither format, or is not PubMed's.
    """
    with opened_source(path) as stream:
        yield from read_stream(stream, str(path), threads)


def check_format(path: Path) -> None:
    """Check by its beginning that a file is in PubMed XML or MEDLINE format.

    Raises:
        SourceError: it is in neither.
    """
    with opened_source(path) as stream:
        chunks = utf8_chunks(stream, str(path))
        head = next(chunks)
        if not is_medline_text(head):
            check_root(chain([head], chunks), str(path))


def read_stream(stream: BinaryIO, name: str, threads: int | None = None) -> Iterator[Records]:
    """Yield the records that come in by a stream; see ``read_records``."""
    chunks = utf8_chunks(stream, name)
    head = next(chunks)
    whole = chain([head], chunks)
    blocks = medline_blocks(whole, name) if is_medline_text(head) else read_blocks(whole, name)
    place = 0
    for records in _read_blocks(blocks, threads or len(os.sched_getaffinity(0))):
        check_stop()
        shift = pl.col("record") + place
        yield Records(records.frame.with_columns(shift), records.refused.with_columns(shift))
        place += len(records.frame) + len(records.refused)


def _read_blocks(blocks: Iterator[bytes], threads: int) -> Iterator[Records]:
    """Yield the records of the blocks, in order, a frame at a time; each frame's places are counted from 0.

    Threads parse small blocks and decode what many of them came to: elements take a hundred times the memory of their
    text, and decoding costs as much for a few records as for hundreds.
    """
    local = threading.local()  # a parser and a stylesheet belong to one thread each

    def read(block: bytes) -> BlockText:
        if not hasattr(local, "reader"):
            local.reader = BlockReader()
        return local.reader.read(block)  # type: ignore[no-any-return]

    if threads == 1:
        yield from map(_decode, _frames_of(map(read, blocks)))
        return
    with ThreadPoolExecutor(threads, thread_name_prefix="pubmed-xml") as pool:
        texts = _in_order(pool, read, blocks, 2 * threads)
        yield from _in_order(pool, _decode, _frames_of(texts), threads - 1)


def _in_order(
    pool: Executor, function: Callable[[Item], Result], items: Iterable[Item], ahead: int
) -> Iterator[Result]:
    """Yield the function's results in the order of the items, with at most ``ahead`` of them under way or waiting."""
    under_way: deque[Future[Result]] = deque()
    for item in items:
        under_way.append(pool.submit(function, item))
        while len(under_way) > ahead or (under_way and under_way[0].done()):
            yield under_way.popleft().result()
    while under_way:
        yield under_way.popleft().result()


def _frames_of(texts: Iterable[BlockText]) -> Iterator[list[BlockText]]:
    """Yield texts that follow one another, ``FRAME_BYTES`` or a little more of them at a time."""
    waiting: list[BlockText] = []
    for text in texts:
        waiting.append(text)
        if sum(len(each.lines) for each in waiting) > FRAME_BYTES:
            yield waiting
            waiting = []
    if waiting:
        yield waiting


def _decode(texts: list[BlockText]) -> Records:
    frame, refused = decode(b"".join(text.lines for text in texts))
    reasons = iter([reason for text in texts for reason in text.reasons])
    named = [next(reasons) if reason == UNREADABLE else reason for reason in refused["reason"]]
    return Records(frame, refused.with_columns(pl.Series("reason", named, pl.String)))
