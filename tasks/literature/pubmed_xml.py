"""Read PubMed XML, one record at a time, with entities and the network off.

Format: https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd. Elements are looked up by one walk over the
children of each parent: calling find() per field costs half the time.
"""

import calendar
import gzip
import hashlib
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from lxml import etree

from tasks.errors import DistilleryError

Element = Any
MONTHS = {name.lower(): f"{number:02d}" for number, name in enumerate(calendar.month_abbr) if number}
RECORDS = ("PubmedArticle", "PubmedBookArticle", "MedlineCitation")
SETS = ("PubmedArticleSet", "PubmedBookArticleSet", "MedlineCitationSet")
GZIP_MAGIC = b"\x1f\x8b"
YEAR = re.compile(r"\b(1[5-9]|20)\d\d\b")


class SourceError(DistilleryError):
    """A source file can not be read; the message names it, says what is wrong and what to do."""


class RecordError(ValueError):
    """One record can not be used; the message is its reason for quarantine."""


def read_records(path: Path) -> Iterator[dict[str, Any] | RecordError]:
    """Yield each record of a PubMed XML file (plain or gzip): an article, or why the record is none.

    Articles have the columns of ``ARTICLE_SCHEMA`` but file_md5 and record.

    Raises:
        SourceError: the file is cut off, is not XML, or is not PubMed's.
    """
    try:
        with _open(path) as stream:
            yield from _read_stream(path, stream)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise SourceError(f"{path} is cut off or damaged ({error}); fetch it again") from error
    except etree.XMLSyntaxError as error:
        line = f"line {error.position[0]}" if error.position else "its start"
        raise SourceError(f"{path} is not well-formed XML at {line} ({error.msg}); fetch it again") from error


def _open(path: Path) -> BinaryIO:
    with path.open("rb") as probe:
        packed = probe.read(2) == GZIP_MAGIC
    return gzip.open(path) if packed else path.open("rb")  # type: ignore[return-value]


def _read_stream(path: Path, stream: BinaryIO) -> Iterator[dict[str, Any] | RecordError]:
    events = etree.iterparse(
        stream, tag=RECORDS, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True
    )
    found = False
    for _, element in events:
        parent = element.getparent()
        if parent is None or parent.tag not in SETS:
            continue
        found = True
        try:
            yield _read_article(element)
        except RecordError as error:
            yield error
        element.clear()
        while element.getprevious() is not None:
            del parent[0]
    root = events.root
    if not found and (root is None or root.tag not in SETS):
        tag = "nothing" if root is None else f"<{root.tag}>"
        raise SourceError(
            f"{path} is not PubMed XML: expected <PubmedArticleSet> with <PubmedArticle> records, found {tag}"
        )


def _read_article(element: Element) -> dict[str, Any]:
    if element.tag == "PubmedBookArticle":
        raise RecordError(f"PMID {_first_text(element, 'PMID') or 'unknown'}: a book, not a journal article")
    parts = {child.tag: child for child in element}
    # Until 2016 the citations stood in the set by themselves (MedlineCitationSet).
    citation = element if element.tag == "MedlineCitation" else parts.get("MedlineCitation")
    if citation is None:
        raise RecordError("the record has no <MedlineCitation>")
    row = _read_citation(citation)
    row.update(_read_identifiers(parts.get("PubmedData")))
    row["content_hash"] = _content_hash(row["title"], row["abstract"])
    return row


def _read_citation(citation: Element) -> dict[str, Any]:
    row: dict[str, Any] = {
        "status": citation.get("Status"),
        "indexing_method": citation.get("IndexingMethod"),
        "headings": [],
        "corrections": [],
    }
    for child in citation:
        tag = child.tag
        if tag == "PMID":
            row["pmid"], row["version"] = _pmid(child), int(child.get("Version") or 1)
        elif tag == "Article":
            row.update(_read_journal_article(child))
        elif tag == "MeshHeadingList":
            row["headings"] = [heading for item in child if (heading := _read_heading(item))]
        elif tag == "CommentsCorrectionsList":
            row["corrections"] = [_read_correction(item) for item in child]
    if "pmid" not in row:
        raise RecordError("the record has no <PMID>")
    if "title" not in row:
        raise RecordError(f"PMID {row['pmid']}: the record has no <Article>")
    return row


def _read_journal_article(article: Element) -> dict[str, Any]:
    row: dict[str, Any] = {
        "title": "", "abstract": "", "sections": [], "publication_types": [], "language": [],
        "journal": None, "date": None, "year": None, "copyright": None,
    }  # fmt: skip
    for child in article:
        tag = child.tag
        if tag == "ArticleTitle":
            row["title"] = _text(child)
        elif tag == "Abstract":
            row.update(_read_abstract(child))
        elif tag == "Journal":
            row.update(_read_journal(child))
        elif tag == "Language":
            row["language"].append(child.text)
        elif tag == "PublicationTypeList":
            row["publication_types"] = [{"ui": item.get("UI"), "name": item.text} for item in child]
    return row


def _read_abstract(abstract: Element) -> dict[str, Any]:
    sections, rights = [], None
    for child in abstract:
        if child.tag == "AbstractText":
            text = _text(child)
            if text:
                sections.append({"label": child.get("Label"), "category": child.get("NlmCategory"), "text": text})
        elif child.tag == "CopyrightInformation":
            rights = _text(child)
    abstract_text = "\n".join(
        f"{part['label']}: {part['text']}" if part["label"] else part["text"] for part in sections
    )
    return {"sections": sections, "abstract": abstract_text, "copyright": rights}


def _read_journal(journal: Element) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for child in journal:
        if child.tag == "Title":
            row["journal"] = _text(child)
        elif child.tag == "JournalIssue":
            for part in child:
                if part.tag == "PubDate":
                    row["date"] = _date({item.tag: (item.text or "").strip() for item in part})
                    row["year"] = int(row["date"][:4]) if row["date"] else None
    return row


def _date(parts: dict[str, str]) -> str | None:
    """Return 1998, 1998-12 or 1998-12-24; of a span such as ``1998 Dec-1999 Jan``, when it begins."""
    if "MedlineDate" in parts:
        year = YEAR.search(parts["MedlineDate"])
        if year is None:
            return None
        month = _month(parts["MedlineDate"][year.end() :].strip()[:3])
        return f"{year.group()}-{month}" if month else year.group()
    year_text, month, day = parts.get("Year", ""), _month(parts.get("Month", "")), parts.get("Day", "")
    if not YEAR.fullmatch(year_text):
        return None
    if month and day.isdigit():
        return f"{year_text}-{month}-{int(day):02d}"
    return f"{year_text}-{month}" if month else year_text


def _month(text: str) -> str | None:
    if text.isdigit() and 1 <= int(text) <= 12:
        return f"{int(text):02d}"
    return MONTHS.get(text[:3].lower())


def _read_heading(item: Element) -> dict[str, Any] | None:
    heading: dict[str, Any] = {"qualifiers": [], "major": False}
    for child in item:
        major = child.get("MajorTopicYN") == "Y"
        heading["major"] = heading["major"] or major
        if child.tag == "DescriptorName":
            heading["ui"], heading["name"] = child.get("UI"), child.text
        elif child.tag == "QualifierName":
            heading["qualifiers"].append(child.text)
    return heading if heading.get("ui") else None


def _read_correction(item: Element) -> dict[str, Any]:
    pmid = _first_text(item, "PMID")
    return {"kind": item.get("RefType"), "pmid": int(pmid) if pmid and pmid.isdigit() else None}


def _read_identifiers(data: Element | None) -> dict[str, str | None]:
    """Read the article's own DOI and PMCID; the lists inside its references belong to other articles."""
    found: dict[str, str | None] = {"doi": None, "pmcid": None}
    for child in () if data is None else data:
        if child.tag == "ArticleIdList":
            for item in child:
                if item.get("IdType") == "doi":
                    found["doi"] = item.text
                elif item.get("IdType") == "pmc":
                    found["pmcid"] = item.text
    return found


def _pmid(element: Element) -> int:
    text = (element.text or "").strip()
    if not text.isdigit():
        raise RecordError(f"<PMID> holds {text!r}, expected digits")
    return int(text)


def _text(element: Element) -> str:
    """Return the element's text, inline markup and MathML included, white space folded."""
    text = element.text if not len(element) else "".join(element.itertext(with_tail=True))
    return " ".join((text or "").split())


def _first_text(element: Element, tag: str) -> str | None:
    found = next(element.iter(tag), None)
    return None if found is None else found.text


def _content_hash(title: str, abstract: str) -> str:
    return hashlib.blake2b(f"{title}\n{abstract}".encode(), digest_size=10).hexdigest()
