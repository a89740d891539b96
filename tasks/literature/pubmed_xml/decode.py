"""From the stylesheet's delimited text to a frame of articles, without a Python object for each value."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from functools import cache

import polars as pl

from tasks.literature.pubmed_xml.dates import first_month, iso_date, span_start
from tasks.literature.pubmed_xml.field_types import Column, Date, Flag, Rows, Value, Values
from tasks.literature.pubmed_xml.fields import KINDS
from tasks.literature.pubmed_xml.stylesheet import COLUMN, DELIMITERS, HOLDS, RECORD, columns

Convert = Callable[[pl.Expr], pl.Expr]

KIND_NAMES = {
    "PubmedArticle": "article",
    "MedlineCitation": "article",
    "PubmedBookArticle": "book",
    "BookDocument": "book",
    "PMID": "deletion",
}
PUBLISHED_PARTS = ("published_year", "published_month", "published_day")

UNREADABLE = "?"
"""The line of a record that is no XML; no element has this name."""


def decode(text: bytes) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the records of ``text`` in order with the columns of ``SCHEMA``, and those that can not be used: reason.

    Both have ``record``, the place in the text counted from 0. What a record does not have is null or an empty list.
    """
    if not text:
        return pl.DataFrame(schema=SCHEMA), pl.DataFrame(schema=REFUSED_SCHEMA)
    ended = pl.Series("line", [text.removesuffix(RECORD.encode())]).cast(pl.String).str.split(RECORD)
    lines = ended.explode().to_frame().with_row_index("record")
    elements = lines.with_columns(element=pl.col("line").str.extract(f"^([^{COLUMN}]*)"))
    decoded, refused = [], []
    for (element,), rows in elements.partition_by("element", as_dict=True, maintain_order=True).items():
        if element in KINDS:
            judged = _decode_kind(rows, element)
            bad = judged["reason"].is_not_null()
            if bad.any():
                refused.append(judged.filter(bad).select(list(REFUSED_SCHEMA)))
                judged = judged.filter(~bad)
            decoded.append(judged.select(list(SCHEMA)))
        else:
            reason = element if element == UNREADABLE else f"<{element}> is no record of PubMed's"
            refused.append(rows.select("record", reason=pl.lit(reason)))
    return _in_order(decoded, SCHEMA), _in_order(refused, REFUSED_SCHEMA)


def _in_order(frames: list[pl.DataFrame], schema: Mapping[str, pl.DataType | type[pl.DataType]]) -> pl.DataFrame:
    if len(frames) == 1:
        return frames[0]
    return pl.concat([pl.DataFrame(schema=schema), *frames]).sort("record")


def _decode_kind(rows: pl.DataFrame, element: str) -> pl.DataFrame:
    """Return the records of one kind with every column of ``SCHEMA`` and the reason why a record is none.

    An expression costs Polars as much as hundreds of rows do, so columns that are empty throughout, which most are,
    come from a template.
    """
    values = _values(rows, element)
    lacking = [default.new_from_index(0, len(rows)) for name, default in ABSENT.items() if name not in values.columns]
    judged = values.hstack(lacking).with_columns(_derived(element))
    if element == "PMID":
        return judged
    return judged.with_columns(pl.col("date").str.slice(0, 4).cast(pl.Int32).alias("year"), _content_hash(judged))


def _values(rows: pl.DataFrame, element: str) -> pl.DataFrame:
    """Return ``record`` and those of the kind's columns that hold anything."""
    declared = columns(KINDS[element])
    names = [column.name for column in declared]
    fields = pl.col("line").str.split_exact(COLUMN, len(names)).struct.rename_fields(["element", *names])
    raw = rows.select("record", fields).unnest("line")
    longest = raw.select(pl.col(names).str.len_bytes().max()).row(0, named=True)
    held = [column for column in declared if longest[column.name]]
    texts = [column.name for column in held if _is_text(column)]
    converted = [_converted(column) for column in held if not _is_text(column)]
    return raw.select("record", *([_null_where_empty(pl.col(texts))] if texts else []), *converted)


def _is_text(column: Column) -> bool:
    return isinstance(column, Value) and column.dtype is pl.String


@cache
def _converted(column: Column) -> pl.Expr:
    return _converter(column, 2)(pl.col(column.name)).alias(column.name)


@cache
def _derived(element: str) -> list[pl.Expr]:
    """Return what is made of a kind's own columns."""
    kind = pl.lit(KIND_NAMES[element]).alias("kind")
    version = pl.col("version").fill_null(1)
    bad_pmid = pl.col("pmid").is_null() | (pl.col("pmid") < 1)
    no_pmid = pl.when(bad_pmid).then(pl.lit("the record has no <PMID> of digits"))
    if element == "PMID":
        return [kind, version, no_pmid.alias("reason")]
    no_article = pl.col("title").is_null() & pl.col("journal").is_null() & (pl.col("language").list.len() == 0)
    reason = no_pmid.when(no_article).then(pl.format("PMID {}: the record has no <Article>", "pmid"))
    year, month, day = (pl.col(part) for part in PUBLISHED_PARTS)
    parts = (year, first_month(month, pl.col("season")), day)
    published = pl.concat_str([part.fill_null("") for part in parts], separator="-")
    date = pl.coalesce(iso_date(published), span_start(pl.col("medline_date")))
    return [kind, version, reason.alias("reason"), _abstract(), date.alias("date"), pl.col("title").fill_null("")]


def _converter(column: Column, depth: int) -> Convert:
    """Return what turns a column's text into its values; ``depth`` counts the delimiters in use around it."""
    match column:
        case Value(dtype=dtype):
            return lambda text: _null_where_empty(text).cast(dtype, strict=False)
        case Date():
            return iso_date
        case Flag():
            return lambda text: text == HOLDS
        case Values():
            return lambda text: text.str.split(DELIMITERS[depth]).list.slice(1)
        case Rows(fields=fields):
            return _rows_converter(fields, DELIMITERS[depth], DELIMITERS[depth + 1], depth + 2)


def _rows_converter(fields: Sequence[Column], item: str, part: str, depth: int) -> Convert:
    split = pl.element().str.split_exact(part, len(fields) - 1)
    named = pl.struct(
        _converter(field, depth)(pl.element().struct.field(f"field_{place}")).alias(field.name)
        for place, field in enumerate(fields)
    )
    return lambda text: text.str.split(item).list.slice(1).list.eval(split).list.eval(named)


def _null_where_empty(text: pl.Expr) -> pl.Expr:
    return pl.when(text != "").then(text)


def _abstract() -> pl.Expr:
    """Join the sections, each after its label, with line breaks."""
    label, text = (pl.element().struct.field(name) for name in ("label", "text"))
    labelled = pl.when(label.is_null()).then(text).otherwise(pl.concat_str(label, pl.lit(": "), text))
    return pl.col("sections").list.eval(labelled).list.drop_nulls().list.join("\n").alias("abstract")


def _content_hash(articles: pl.DataFrame) -> pl.Series:
    hashes = [
        hashlib.blake2b(f"{title}\n{abstract}".encode(), digest_size=10).hexdigest()
        for title, abstract in articles.select("title", "abstract").iter_rows()
    ]
    return pl.Series("content_hash", hashes, dtype=pl.String)


def _declared_schema() -> dict[str, pl.DataType]:
    every = {column.name: column for fields in KINDS.values() for column in columns(fields)}
    empty = pl.DataFrame(schema=dict.fromkeys(every, pl.String))
    return dict(empty.select(_converted(column) for column in every.values()).schema)


REFUSED_SCHEMA = {"record": pl.UInt32, "reason": pl.String}
MADE_SCHEMA: dict[str, pl.DataType] = {
    "kind": pl.String(),
    "abstract": pl.String(),
    "date": pl.String(),
    "year": pl.Int32(),
    "content_hash": pl.String(),
}
DECLARED_SCHEMA = _declared_schema()
SCHEMA: dict[str, pl.DataType] = {
    "record": pl.UInt32(),
    **{name: dtype for name, dtype in DECLARED_SCHEMA.items() if name not in PUBLISHED_PARTS},
    **MADE_SCHEMA,
}
"""Every column of a record and its type: its place, the declared fields and what is made of them."""
ABSENT = {
    name: pl.Series(name, [[] if isinstance(dtype, pl.List) else None], dtype=dtype)
    for name, dtype in {**DECLARED_SCHEMA, **MADE_SCHEMA}.items()
}
"""What a record that lacks a field has there: nothing, or an empty list."""
