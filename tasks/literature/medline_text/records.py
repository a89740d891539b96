"""Cut MEDLINE format into records of tagged fields, as its bytes come in, and into blocks of XML."""

import codecs
import re
from collections.abc import Iterable, Iterator

from lxml import etree

from tasks.literature.medline_text.elements import Fields, record_element
from tasks.literature.source_text import SourceError

BLOCK_BYTES = 200_000
START = re.compile(rb"\s*(?!TY )[A-Z][A-Z0-9]{1,3} *- ")
FIELD = re.compile(r"([A-Z][A-Z0-9]{1,3}) *- ?(.*)")
FIRST = "PMID"


def is_medline_text(head: bytes) -> bool:
    """Whether a file that begins so (in UTF-8) is in MEDLINE format; RIS, which looks alike, begins with TY."""
    return START.match(head.removeprefix(codecs.BOM_UTF8)) is not None


def medline_blocks(chunks: Iterable[bytes], name: str) -> Iterator[bytes]:
    """Yield blocks of ``<PubmedArticle>`` and ``<PubmedBookArticle>`` records that hold what the text does, in order.

    Nothing at the end of a file in this format says that it is whole.

    Args:
        name: what to call the source in errors.

    Raises:
        SourceError: the text is not in UTF-8.
    """
    block: list[bytes] = []
    for fields in _records(_lines(chunks, name)):
        block.append(etree.tostring(record_element(fields), encoding="utf-8"))
        if sum(map(len, block)) > BLOCK_BYTES:
            yield b"".join(block)
            block = []
    if block:
        yield b"".join(block)


def _lines(chunks: Iterable[bytes], name: str) -> Iterator[str]:
    rest = b""
    try:
        for chunk in chunks:
            *whole, rest = (rest + chunk).split(b"\n")
            yield from map(bytes.decode, whole)
        yield rest.decode()
    except UnicodeDecodeError as error:
        raise SourceError(f"{name} is not in UTF-8 ({error}); convert it") from error


def _records(lines: Iterable[str]) -> Iterator[Fields]:
    """Yield the fields of each record, a tag and its text; a blank line or another PMID begins the next one."""
    fields: list[list[str]] = []
    for line in lines:
        text = line.strip().removeprefix("\ufeff")
        field = FIELD.match(text) if line[:1] != " " else None
        if fields and (not text or (field and field[1] == FIRST)):
            yield [(tag, words) for tag, words in fields]
            fields = []
        if field:
            fields.append([field[1], field[2]])
        elif text and fields:
            fields[-1][1] += f" {text}"
    if fields:
        yield [(tag, words) for tag, words in fields]
