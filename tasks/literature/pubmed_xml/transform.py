"""Parse blocks of records and run the stylesheet over them, with entities, DTDs and the network off."""

import re
from dataclasses import dataclass, field

from lxml import etree

from tasks.literature.pubmed_xml.decode import UNREADABLE
from tasks.literature.pubmed_xml.stylesheet import DELIMITERS, RECORD, ROOT, compile_stylesheet

MARKUP = ("b", "i", "sup", "sub", "u")
TITLES = ("ArticleTitle", "BookTitle", "VernacularTitle", "SectionTitle")
TEXTS = ("AbstractText", "CopyrightInformation", "CoiStatement", "GeneralNote", "Note")
PHRASES = ("Affiliation", "CollectiveName", "Keyword", "Citation", "RefSource")
MIXED = (*MARKUP, *TITLES, *TEXTS, *PHRASES)
"""Elements that hold text beside other elements (entity %text; of the DTD). Declared so, they keep the white space
between elements; all others drop it, a third of the nodes."""
OPEN = (
    f"<!DOCTYPE {ROOT} [{''.join(f'<!ELEMENT {tag} ANY>' for tag in MIXED)}]>"
    f'<{ROOT} xmlns:mml="http://www.w3.org/1998/Math/MathML" xmlns:xlink="http://www.w3.org/1999/xlink">'
).encode()
CLOSE = f"</{ROOT}>".encode()
STARTS = re.compile(rb"(?=<(?:PubmedArticle|PubmedBookArticle|DeleteCitation)[\s>])")
BARE_STARTS = re.compile(rb"(?=<(?:MedlineCitation|BookDocument|DeleteCitation|DeleteDocument)[\s>])")
WHOLE = re.compile(rb"<(\w+)[\s>].*</\1\s*>", re.DOTALL)
SEAM = re.compile(
    rb"</(PubmedArticleSet|PubmedBookArticleSet|BookDocumentSet|MedlineCitationSet)\s*>\s*"
    rb"(?:<\?xml[^>]*\?>\s*)?(?:<!DOCTYPE[^>\[]*>\s*)?<\1(?:\s[^>]*)?>"
)
"""Where one set ends and the next begins, in files that were written one behind the other."""
RESERVED = re.compile(f"[{DELIMITERS[0]}-{DELIMITERS[-1]}]")
RESERVED_REFERENCE = re.compile(rb"&#(?:x0*[fF][dD][dD][0-5]|0*6497[6-9]|0*6498[01]);")
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


@dataclass(slots=True)
class BlockText:
    """What the stylesheet made of a block: a line for each record, and why each of the unreadable ones is."""

    lines: bytes
    reasons: list[str] = field(default_factory=list)

    def refuse(self, reason: str) -> None:
        """Add a line for what can not be read."""
        self.lines += (UNREADABLE + RECORD).encode()
        self.reasons.append(reason)


class BlockReader:
    """Parses and transforms blocks; libxml2's parser and libxslt's transformation belong to one thread each."""

    def __init__(self) -> None:
        self._parser = etree.XMLParser(
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=True,
            collect_ids=False,
            remove_blank_text=True,
            remove_comments=True,
            remove_pis=True,
        )
        self._transform = compile_stylesheet()

    def read(self, block: bytes) -> BlockText:
        """Return the block's records; one that is no XML does not cost the others."""
        try:
            return BlockText(self._lines(_without_reserved(block)))
        except etree.XMLSyntaxError:
            return self._read_singly(SEAM.sub(b"", block))

    def _read_singly(self, block: bytes) -> BlockText:
        text = BlockText(b"")
        starts = STARTS if b"<PubmedArticle" in block or b"<PubmedBookArticle" in block else BARE_STARTS
        for piece in filter(bytes.strip, starts.split(block)):
            whole = WHOLE.match(piece)
            record, rest = (piece[: whole.end()], piece[whole.end() :]) if whole else (piece, b"")
            try:
                text.lines += self._lines(_without_reserved(record))
            except etree.XMLSyntaxError as error:
                text.refuse(f"the record is not well-formed XML ({error.msg})")
            if rest.strip():
                text.refuse("what stands behind the record before is none of PubMed's")
        return text

    def _lines(self, xml: bytes) -> bytes:
        return bytes(self._transform(etree.fromstring(OPEN + xml + CLOSE, self._parser)))


def _without_reserved(xml: bytes) -> bytes:
    """Replace the code points that serve as delimiters: Unicode keeps them out of texts, an attacker may not."""
    # One byte is sought ten times as fast as two.
    if b"\xef" in xml and b"\xef\xb7" in xml:
        xml = RESERVED.sub(REPLACEMENT, xml.decode(errors="replace")).encode()
    return RESERVED_REFERENCE.sub(REPLACEMENT.encode(), xml) if b"#" in xml and b"&#" in xml else xml
