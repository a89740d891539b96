"""From declared fields to the XSLT stylesheet that writes records as delimited text.

libxslt runs it in C and without Python's lock, so that threads share the work: a walk over the elements in Python
takes as long on one core and can not be shared.
"""

from collections.abc import Iterable
from functools import cache
from xml.sax.saxutils import quoteattr

from lxml import etree

from tasks.literature.pubmed_xml.field_types import Column, Date, Field, Flag, Rows, Value, Values, Within
from tasks.literature.pubmed_xml.fields import KINDS

DELIMITERS = tuple(map(chr, range(0xFDD0, 0xFDD6)))
"""What ends a record, starts a column, an item, and so on inwards: code points that Unicode keeps for a program's own
use, allowed in XML (https://www.unicode.org/faq/private_use.html#noncharacters)."""
RECORD, COLUMN = DELIMITERS[:2]
HOLDS = "+"
"""What stands for a condition that holds; nothing does for one that does not."""
ROOT = "records"
DELETIONS = ("DeleteCitation", "DeleteDocument")
MATCHES = {"PMID": " | ".join(f"{element}/PMID" for element in DELETIONS)}
SELECTED = " | ".join(
    [
        f"{ROOT}/*[not({' or '.join(f'self::{element}' for element in DELETIONS)})]",
        *(f"{ROOT}/{element}/PMID" for element in DELETIONS),
    ]
)


def compile_stylesheet() -> etree.XSLT:
    """Return the transformation of ``<records>``: a line of each record's kind and columns, no file or network read.

    Threads may not share one.
    """
    return etree.XSLT(etree.fromstring(write_stylesheet()), access_control=etree.XSLTAccessControl.DENY_ALL)


@cache
def write_stylesheet() -> str:
    """Return the stylesheet's source."""
    templates = "".join(
        f'<xsl:template match="{MATCHES.get(kind, kind)}">{kind}{"".join(map(_write_column, fields))}'
        f"{_literal(RECORD)}</xsl:template>"
        for kind, fields in KINDS.items()
    )
    return (
        '<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"><xsl:output method="text"/>'
        f'<xsl:template match="/"><xsl:apply-templates select="{SELECTED}"/></xsl:template>'
        f'<xsl:template match="*"><xsl:value-of select="name()"/>{_literal(RECORD)}</xsl:template>'
        f"{templates}</xsl:stylesheet>"
    )


def columns(fields: Iterable[Field]) -> list[Column]:
    """Return the columns of ``fields`` in the order in which the stylesheet writes them."""
    found: list[Column] = []
    for field in fields:
        found.extend(columns(field.fields) if isinstance(field, Within) else [field])
    return found


def _write_column(field: Field) -> str:
    if not isinstance(field, Within):
        return _literal(COLUMN) + _write(field, 2)
    inside = "".join(map(_write_column, field.fields))
    absent = _literal(COLUMN * len(columns(field.fields)))
    # The first of them alone: a second one would shift every column behind it.
    return _each(f"{field.path}[1]", inside) + f"<xsl:if test={quoteattr(f'not({field.path})')}>{absent}</xsl:if>"


def _write(field: Field, depth: int) -> str:
    """Write a column's content; ``depth`` counts the delimiters in use around it."""
    match field:
        case Flag(path=path):
            return f"<xsl:if test={quoteattr(path)}>{_literal(HOLDS)}</xsl:if>"
        case Value(path=path) | Date(path=path):
            return f"<xsl:value-of select={quoteattr(f'normalize-space({path})')}/>"
        case Values(path=path):
            return _each(path, f'{_literal(DELIMITERS[depth])}<xsl:value-of select="normalize-space(.)"/>')
        case Rows(path=path, fields=fields):
            parts = _literal(DELIMITERS[depth + 1]).join(_write(part, depth + 2) for part in fields)
            return _each(path, _literal(DELIMITERS[depth]) + parts)
        case Within():
            raise TypeError("a column can not hold the fields of an inner element; give it a path")


def _each(path: str, body: str) -> str:
    return f"<xsl:for-each select={quoteattr(path)}>{body}</xsl:for-each>"


def _literal(text: str) -> str:
    return f"<xsl:text>{text}</xsl:text>"
