"""The articles table: its columns and what counts as the same article."""

import polars as pl

from tasks.store.recipe import Recipe

HEADING = pl.Struct({"ui": pl.String, "name": pl.String, "major": pl.Boolean, "qualifiers": pl.List(pl.String)})
SECTION = pl.Struct({"label": pl.String, "category": pl.String, "text": pl.String})
PUBLICATION_TYPE = pl.Struct({"ui": pl.String, "name": pl.String})
CORRECTION = pl.Struct({"kind": pl.String, "pmid": pl.Int64})

ARTICLE_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "pmid": pl.Int64,
    "version": pl.Int32,
    "status": pl.String,
    "title": pl.String,
    "abstract": pl.String,
    "sections": pl.List(SECTION),
    "headings": pl.List(HEADING),
    "indexing_method": pl.String,
    "publication_types": pl.List(PUBLICATION_TYPE),
    "corrections": pl.List(CORRECTION),
    "journal": pl.String,
    "date": pl.String,
    "year": pl.Int32,
    "language": pl.List(pl.String),
    "copyright": pl.String,
    "doi": pl.String,
    "pmcid": pl.String,
    "content_hash": pl.String,
    "file_md5": pl.String,
    "record": pl.Int32,
}
"""One row per record of a file, known by the file's MD5 and its place there.

``date`` is as exact as the record says: 1998, 1998-12 or 1998-12-24.
"""

ARTICLES = Recipe("articles", 1)
FILES = Recipe("files", 1, reads=(ARTICLES,))
FILE_SCHEMA = {"md5": pl.String, "name": pl.String, "rows": pl.Int64, "quarantined": pl.Int64}
"""One row per harvested file; a file without one was not read to its end."""
