"""Harvest files into the articles table, and the view of it that a run sees: each article once, at its latest."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import polars as pl

from tasks.literature.article import ARTICLE_SCHEMA, ARTICLES, FILE_SCHEMA, FILES
from tasks.literature.pubmed_xml import RecordError, read_records
from tasks.literature.sources import SourceFile
from tasks.store.row_key import ROW_KEY, row_key, with_row_key
from tasks.store.store import Store

CHUNK_ROWS = 10_000


def missing_files(store: Store, files: Sequence[SourceFile]) -> list[SourceFile]:
    """Return the files that the store does not hold whole: not read to their end, or parts of them lost since."""
    store.table(FILES).keys()  # sets damaged parts aside
    recorded = dict(file_summaries(store, files).select("md5", "rows").iter_rows())
    articles = store.table(ARTICLES)
    return [file for file in files if recorded.get(file.md5) != len(articles.read_group(file.md5, [ROW_KEY]))]


def harvest_file(store: Store, file: SourceFile) -> None:
    """Read a file into the articles table in chunks; what counts it as harvested is written last.

    Raises:
        SourceError: the file is cut off, is not XML, or is not PubMed's.
    """
    table = store.table(ARTICLES)
    rows = quarantined = 0
    for chunk in _chunks(enumerate(read_records(file.path))):
        articles = [row | {"file_md5": file.md5, "record": place} for place, row in chunk if isinstance(row, dict)]
        frame = pl.DataFrame(articles, schema=ARTICLE_SCHEMA)
        table.commit(with_row_key(frame, ARTICLES, ["file_md5", "record"]), group=file.md5)
        errors = [(place, error) for place, error in chunk if isinstance(error, RecordError)]
        table.quarantine(_quarantine_rows(file, errors))
        rows, quarantined = rows + len(articles), quarantined + len(errors)
    entry = {"md5": file.md5, "name": file.path.name, "rows": rows, "quarantined": quarantined}
    listed = pl.DataFrame([entry], schema=FILE_SCHEMA).with_columns(pl.lit(_file_key(file)).alias(ROW_KEY))
    store.table(FILES).commit(listed)  # the same content gives the same part, which is left as it is


def file_summaries(store: Store, files: Sequence[SourceFile]) -> pl.DataFrame:
    """Return md5, name, rows and quarantined of those files that were harvested."""
    found = store.table(FILES).read(pl.Series([_file_key(file) for file in files], dtype=pl.String))
    return found if "md5" in found.columns else pl.DataFrame(schema=FILE_SCHEMA)


def latest_articles(store: Store, files: Sequence[SourceFile]) -> pl.Series:
    """Return the row keys of each article's latest record in ``files``.

    The highest version of a PMID wins, then the later file in the order given, then the later record.
    """
    table = store.table(ARTICLES)
    found = [
        rows.with_columns(pl.lit(order).alias("order"))
        for order, file in enumerate(files)
        if not (rows := table.read_group(file.md5, [ROW_KEY, "pmid", "version", "record"])).is_empty()
    ]
    if not found:
        return pl.Series(ROW_KEY, [], dtype=pl.String)
    ordered = pl.concat(found).sort("pmid", "version", "order", "record")
    return ordered.unique("pmid", keep="last", maintain_order=True)[ROW_KEY]


def _file_key(file: SourceFile) -> str:
    return row_key(FILES.digest, file.md5)


def _quarantine_rows(file: SourceFile, errors: list[tuple[int, RecordError]]) -> pl.DataFrame:
    rows = [
        (row_key(ARTICLES.digest, file.md5, place), f"{file.path.name} record {place + 1}", str(error))
        for place, error in errors
    ]
    return pl.DataFrame(rows, schema={ROW_KEY: pl.String, "key": pl.String, "reason": pl.String}, orient="row")


def _chunks(records: Iterable[tuple[int, Any]]) -> Iterator[list[tuple[int, Any]]]:
    iterator = iter(records)
    while chunk := list(islice(iterator, CHUNK_ROWS)):
        yield chunk
