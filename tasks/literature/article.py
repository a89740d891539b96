"""The articles table: what a row is, and which of its columns are promised to other stages."""

import polars as pl

from tasks.literature.pubmed_xml.decode import SCHEMA
from tasks.store.recipe import Recipe

ARTICLE_SCHEMA: dict[str, pl.DataType] = {**SCHEMA, "file": pl.String()}
"""One row per record of a file, known by the file and the record's place in it.

``kind`` is article, book or deletion (a PMID that NLM withdrew: nothing but pmid and version). Dates are as exact as
the record gives them: 1998, 1998-12 or 1998-12-24.
"""

ARTICLES = Recipe("articles", 3)
FILES = Recipe("files", 2, reads=(ARTICLES,))
FILE_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "file": pl.String,
    "name": pl.String,
    "route": pl.String,
    "retrieved": pl.String,
    "rows": pl.Int64,
    "quarantined": pl.Int64,
}
"""One row per file harvested to its end, known by the MD5 of its content.

``route`` is file, baseline or eutils (a page of PubMed's answers); ``retrieved`` is the time of the
harvest in UTC.
"""
