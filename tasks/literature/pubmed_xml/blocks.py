"""Cut a PubMed file into blocks of whole records, as its bytes come in.

The text of XML holds no bare ``<``, so an end tag is one wherever it stands (but for comments and CDATA, which PubMed
does not use and which make a block that is no XML, read record by record). Nothing of the file's prolog reaches the
parser of records: no DTD, no entity.
"""

import re
from collections.abc import Iterator, Sequence

from lxml import etree

from tasks.literature.source_text import SourceError
from tasks.logger import logger

SETS = {
    "PubmedArticleSet": (b"PubmedArticle", b"PubmedBookArticle", b"DeleteCitation"),
    "PubmedBookArticleSet": (b"PubmedBookArticle",),
    "BookDocumentSet": (b"BookDocument", b"DeleteDocument"),
    "MedlineCitationSet": (b"MedlineCitation", b"DeleteCitation"),
}
ALONE = ("PubmedArticle", "PubmedBookArticle", "BookDocument", "MedlineCitation")
"""Records that are a file of their own, without a set around them."""
PROLOG_BYTES = 1_000_000
RECORD_BYTES = 200_000_000
STEP_BYTES = 256
EPILOG = re.compile(rb"<!--.*?-->|<\?.*?\?>", re.DOTALL)
XML_DECLARATION = re.compile(rb"^(?:\xef\xbb\xbf)?\s*<\?xml[^>]*\?>\s*")


def read_blocks(chunks: Iterator[bytes], name: str) -> Iterator[bytes]:
    """Yield pieces about as large as the chunks (in UTF-8), each ending with a record.

    Args:
        name: what to call the source in errors.

    Raises:
        SourceError: it is not PubMed's XML, or ends before its set does.
    """
    tag, rest = _skip_prolog(chunks, name)
    if tag is None:
        return
    records = SETS.get(tag, (tag.encode(),))
    for chunk in chunks:
        end = _last_end(rest, records)
        if end:
            yield rest[:end]
        elif len(rest) > RECORD_BYTES:
            raise SourceError(f"{name} holds a record of more than {RECORD_BYTES // 1_000_000} MB; fetch it again")
        rest = rest[end:] + chunk
    closing = list(re.finditer(rb"</" + tag.encode() + rb"\s*>", rest))
    if not closing:
        raise SourceError(f"{name} is cut off: it ends without </{tag}>; fetch it again")
    last = rest[: closing[-1].end() if tag in ALONE else closing[-1].start()]
    if last.strip():
        yield last
    behind = EPILOG.sub(b"", rest[closing[-1].end() :]).strip()
    if behind:
        logger.warning("%s: %s bytes behind </%s> are no part of it, and are not read", name, f"{len(behind):,}", tag)


def check_root(chunks: Iterator[bytes], name: str) -> None:
    """Check that the first element is one of PubMed's.

    Raises:
        SourceError: it is not.
    """
    _skip_prolog(chunks, name)


def _last_end(text: bytes, records: Sequence[bytes]) -> int:
    """Return where the last end tag of a record ends, 0 without one."""
    end = max(place + len(tag) + 3 if (place := text.rfind(b"</" + tag + b">")) >= 0 else 0 for tag in records)
    if not end and text:  # an end tag may hold white space, though PubMed's do not
        spaced = list(re.finditer(rb"</(?:" + b"|".join(records) + rb")\s+>", text))
        end = spaced[-1].end() if spaced else 0
    return end


def _skip_prolog(chunks: Iterator[bytes], name: str) -> tuple[str | None, bytes]:
    """Return the root's tag, None for an empty set, and what was read beyond its start tag, or from a lone record's."""
    head = b""
    for chunk in chunks:
        head += chunk
        tag = _root_tag(head, name)
        if tag or len(head) > PROLOG_BYTES:
            break
    else:
        tag = None
    known = tag in SETS or tag in ALONE
    start = re.search(rb"<" + tag.encode() + rb"(?:\s[^>]*)?/?>", head) if tag and known else None
    if tag is None or start is None:
        found = f"<{tag}>" if tag else "nothing"
        raise SourceError(
            f"{name} is not PubMed XML: expected <PubmedArticleSet> with <PubmedArticle> records, found {found}"
        )
    if tag in ALONE:
        return tag, head[start.start() :]
    return (None if start.group().endswith(b"/>") else tag), head[start.end() :]


def _root_tag(head: bytes, name: str) -> str | None:
    """Return the tag of the first element, None where the text ends before it."""
    parser = etree.XMLPullParser(("start",), resolve_entities=False, no_network=True, load_dtd=False)
    text = XML_DECLARATION.sub(b"", head)  # it may name the encoding of the file, and this is UTF-8
    for place in range(0, len(text), STEP_BYTES):
        fault = None
        try:
            parser.feed(text[place : place + STEP_BYTES])
        except etree.XMLSyntaxError as error:  # behind the root, it is a record's
            fault = error
        for _, element in parser.read_events():
            return str(element.tag)
        if fault is not None:
            raise SourceError(
                f"{name} is neither PubMed XML nor in MEDLINE format: it is not well-formed XML at its start "
                f"({fault.msg}); fetch it again, or export it from PubMed anew"
            ) from fault
    return None
