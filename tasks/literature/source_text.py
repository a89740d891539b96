"""The text of a source, plain or gzip and in any encoding, as chunks of UTF-8; and what is said of a file without."""

import codecs
import re
from collections.abc import Iterator
from contextlib import contextmanager
from gzip import BadGzipFile
from io import BytesIO, TextIOWrapper
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from isal import igzip
from isal.igzip_lib import IsalError

from tasks.errors import DistilleryError

CHUNK_BYTES = 200_000
GZIP_MAGIC = b"\x1f\x8b"
ENCODING = re.compile(rb"""^\s*<\?xml[^>]*\bencoding=["']([A-Za-z0-9._-]+)["']""")
BEGINNINGS = {
    codecs.BOM_UTF32_LE: "utf-32",  # before UTF-16, whose mark it begins with
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
    codecs.BOM_UTF8: "utf-8",
    "<".encode("utf-32-le"): "utf-32-le",
    "<".encode("utf-32-be"): "utf-32-be",
    "<".encode("utf-16-le"): "utf-16-le",
    "<".encode("utf-16-be"): "utf-16-be",
}
"""How a file in an encoding begins: with its byte-order mark, or as XML without one (its appendix F)."""
PACKED = {
    b"PK\x03\x04": "a zip archive",
    b"BZh": "packed by bzip2",
    b"\xfd7zXZ": "packed by xz",
    b"\x28\xb5\x2f\xfd": "packed by zstd",
    b"%PDF": "a PDF",
}


class SourceError(DistilleryError):
    """A source can not be read; the message names it, says what is wrong and what to do."""


@contextmanager
def opened_source(path: Path) -> Iterator[BinaryIO]:
    """Open a file for reading, unpacking it where its content is gzip.

    Raises:
        SourceError: inside the block, where the file is cut off or damaged.
    """
    with path.open("rb") as probe:
        packed = probe.read(len(GZIP_MAGIC)) == GZIP_MAGIC
    opened: BinaryIO = igzip.open(path) if packed else path.open("rb")  # type: ignore[no-untyped-call]
    try:
        with opened:
            yield opened
    except (EOFError, BadGzipFile, IsalError) as error:  # type: ignore[misc]  # isal's stub has an instance there
        raise SourceError(f"{path} is cut off or damaged ({error}); fetch it again") from error


def utf8_chunks(stream: BinaryIO, name: str) -> Iterator[bytes]:
    """Yield a stream's bytes in UTF-8, whatever its beginning declares; what is no text is refused.

    Args:
        name: what to call the source in errors.

    Raises:
        SourceError: it is empty, packed, or not in the encoding that it declares.
    """
    chunk = stream.read(CHUNK_BYTES)
    if not chunk:
        raise SourceError(f"{name} is empty; fetch it again")
    for beginning, what in PACKED.items():
        if chunk.startswith(beginning):
            raise SourceError(f"{name} is {what}; expected text, plain or gzip: unpack it first")
    encoding = _encoding_of(chunk)
    chunks = chain([chunk], iter(lambda: stream.read(CHUNK_BYTES), b""))
    if encoding in ("utf-8", "utf8", "us-ascii", "ascii"):
        yield from chunks
        return
    try:
        with TextIOWrapper(BytesIO(), encoding=encoding):  # refuses codecs that are none of text
            decoder = codecs.getincrementaldecoder(encoding)()
        for each in chunks:
            yield decoder.decode(each).encode()
        decoder.decode(b"", final=True)
    except (LookupError, UnicodeError) as error:
        raise SourceError(f"{name} is not in the encoding {encoding} that it declares; convert it to UTF-8") from error


def _encoding_of(beginning: bytes) -> str:
    for mark, encoding in BEGINNINGS.items():
        if beginning.startswith(mark):
            return encoding
    declared = ENCODING.match(beginning)
    return declared.group(1).decode().lower() if declared else "utf-8"
