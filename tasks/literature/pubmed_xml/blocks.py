"""Cut a PubMed file into blocks of whole records, as its bytes come in.

The text of XML holds no bare ``<``, so an end tag is one wherever it stands (but for comments and CDATA, which PubMed
does not use and which make a block that is no XML, read record by record). Nothing of the file's prolog reaches the
parser of records: no DTD, no entity.
"""

import codecs
import re
from collections.abc import Iterator, Sequence
from io import BytesIO, TextIOWrapper
from typing import BinaryIO

from lxml import etree

from tasks.errors import DistilleryError

SETS = {
    "PubmedArticleSet": (b"PubmedArticle", b"PubmedBookArticle", b"DeleteCitation"),
    "PubmedBookArticleSet": (b"PubmedBookArticle",),
    "MedlineCitationSet": (b"MedlineCitation", b"DeleteCitation"),
}
BLOCK_BYTES = 200_000
PROLOG_BYTES = 1_000_000
RECORD_BYTES = 200_000_000
STEP_BYTES = 256
UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
XML_DECLARATION = re.compile(rb"^(?:\xef\xbb\xbf)?\s*<\?xml[^>]*\?>\s*")
ENCODING = re.compile(rb"""^<\?xml[^>]*\bencoding=["']([A-Za-z0-9._-]+)["']""")


class SourceError(DistilleryError):
    """A source can not be read; the message names it, says what is wrong and what to do."""


def read_blocks(stream: BinaryIO, name: str) -> Iterator[bytes]:
    """Yield pieces of about ``BLOCK_BYTES`` in UTF-8, each ending with a record.

    Args:
        name: what to call the source in errors.

    Raises:
        SourceError: it is not PubMed's XML, or ends before its set does.
    """
    chunks = _utf8_chunks(stream, name)
    tag, rest = _skip_prolog(chunks, name)
    if tag is None:
        return
    for chunk in chunks:
        end = _last_end(rest, SETS[tag])
        if end:
            yield rest[:end]
        elif len(rest) > RECORD_BYTES:
            raise SourceError(f"{name} holds a record of more than {RECORD_BYTES // 1_000_000} MB; fetch it again")
        rest = rest[end:] + chunk
    closing = list(re.finditer(rb"</" + tag.encode() + rb"\s*>", rest))
    if not closing:
        raise SourceError(f"{name} is cut off: it ends without </{tag}>; fetch it again")
    last = rest[: closing[-1].start()]
    if last.strip():
        yield last


def _last_end(text: bytes, records: Sequence[bytes]) -> int:
    """Return where the last end tag of a record ends, 0 without one."""
    end = max(place + len(tag) + 3 if (place := text.rfind(b"</" + tag + b">")) >= 0 else 0 for tag in records)
    if not end and text:  # an end tag may hold white space, though PubMed's do not
        spaced = list(re.finditer(rb"</(?:" + b"|".join(records) + rb")\s+>", text))
        end = spaced[-1].end() if spaced else 0
    return end


def _utf8_chunks(stream: BinaryIO, name: str) -> Iterator[bytes]:
    """Yield the stream's bytes in UTF-8, whatever its first line declares."""
    chunk = stream.read(BLOCK_BYTES)
    declared = ENCODING.match(chunk)
    encoding = "utf-16" if chunk[:2] in UTF16_MARKS else declared.group(1).decode() if declared else "utf-8"
    if encoding.lower() in ("utf-8", "utf8", "us-ascii", "ascii"):
        while chunk:
            yield chunk
            chunk = stream.read(BLOCK_BYTES)
        return
    try:
        with TextIOWrapper(BytesIO(), encoding=encoding):  # refuses codecs that are none of text
            decoder = codecs.getincrementaldecoder(encoding)()
        while chunk:
            yield decoder.decode(chunk).encode()
            chunk = stream.read(BLOCK_BYTES)
    except (LookupError, UnicodeError) as error:
        raise SourceError(f"{name} is not in the encoding {encoding} that it declares; convert it to UTF-8") from error


def _skip_prolog(chunks: Iterator[bytes], name: str) -> tuple[str | None, bytes]:
    """Return the root's tag, None for an empty set, and what was read beyond its start tag."""
    head = b""
    for chunk in chunks:
        head += chunk
        tag = _root_tag(head, name)
        if tag or len(head) > PROLOG_BYTES:
            break
    else:
        tag = None
    start = re.search(rb"<" + tag.encode() + rb"(?:\s[^>]*)?/?>", head) if tag in SETS else None
    if tag is None or start is None:
        found = f"<{tag}>" if tag else "nothing"
        raise SourceError(
            f"{name} is not PubMed XML: expected <PubmedArticleSet> with <PubmedArticle> records, found {found}"
        )
    return (None if start.group().endswith(b"/>") else tag), head[start.end() :]


def _root_tag(head: bytes, name: str) -> str | None:
    """Return the tag of the first element, None where the text ends before it."""
    parser = etree.XMLPullParser(("start",), resolve_entities=False, no_network=True, load_dtd=False)
    text = XML_DECLARATION.sub(b"", head)  # it may name the encoding of the file, and this is UTF-8
    try:
        for place in range(0, len(text), STEP_BYTES):
            parser.feed(text[place : place + STEP_BYTES])
            for _, element in parser.read_events():
                return str(element.tag)
    except etree.XMLSyntaxError as error:
        raise SourceError(f"{name} is not well-formed XML at its start ({error.msg}); fetch it again") from error
    return None
