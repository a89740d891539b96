"""Which harvested articles a run may sample, search and write into a corpus."""

from collections.abc import Collection, Iterator

import polars as pl

from tasks.evaluation.leakage import evaluation_pmids
from tasks.store.reference import TableRef
from tasks.store.store import Store

EXCLUSION_COLUMNS = [
    "pmid", "kind", "abstract", "other_abstracts", "headings", "publication_types", "corrections",
]  # fmt: skip
USABLE_COLUMNS = ["pmid", "title", "abstract", "headings", "content_hash"]
NO_ABSTRACT, NOT_INDEXED, EVALUATED = "no abstract", "not indexed yet", "in an evaluation set"
OTHER_ABSTRACT = "no abstract of its own, only another agency's or language's (other_abstracts)"
RETRACTION_TYPES = ("D016441", "D016440")  # Retracted Publication, Retraction of Publication
RETRACTION_TYPE_NAMES = ("retracted publication", "retraction of publication", "retraction notice")
"""Before 2015, and in MEDLINE format, types have no UI; the last one is the newer name of the second."""
RETRACTION_LINKS = ("RetractionIn", "RetractionOf", "RetractedandRepublishedIn")


def with_exclusion(articles: pl.DataFrame) -> pl.DataFrame:
    """Add ``exclusion``: why an article stays out, null for one that may be used.

    Expects the columns ``EXCLUSION_COLUMNS``. Articles that are not indexed yet stay out
    because nothing of theirs can be compared; they come in when a later file brings their headings.
    """
    return articles.with_columns(
        pl.when(is_retracted())
        .then(pl.lit("retracted, or a retraction notice"))
        .when(pl.col("pmid").is_in(list(evaluation_pmids())))
        .then(pl.lit(EVALUATED))
        .when(pl.col("kind") == "book")
        .then(pl.lit("a book"))
        .when((pl.col("abstract") == "") & (pl.col("other_abstracts").list.len() > 0))
        .then(pl.lit(OTHER_ABSTRACT))
        .when(pl.col("abstract") == "")
        .then(pl.lit(NO_ABSTRACT))
        .when(pl.col("headings").list.len() == 0)
        .then(pl.lit(NOT_INDEXED))
        .alias("exclusion")
    )


def is_retracted() -> pl.Expr:
    """Whether a record is a retracted article or a notice of retraction, by publication type or by its links."""
    ui, name = (pl.element().struct.field(field) for field in ("ui", "name"))
    told = ui.is_in(RETRACTION_TYPES) | name.str.to_lowercase().is_in(RETRACTION_TYPE_NAMES)
    types = pl.col("publication_types").list.eval(told).list.any()
    links = pl.col("corrections").list.eval(pl.element().struct.field("kind").is_in(RETRACTION_LINKS)).list.any()
    return types.fill_null(False) | links.fill_null(False)


def read_usable(store: Store, articles: TableRef, despite: Collection[str] = ()) -> pl.DataFrame:
    """Return the referenced articles that may be used: pmid, title, abstract, headings and content_hash.

    Args:
        despite: exclusions that do not matter: who only reads texts needs no headings.
    """
    rows = store.read(articles, [*EXCLUSION_COLUMNS, *USABLE_COLUMNS])
    return _usable(rows, USABLE_COLUMNS, despite)


def usable_parts(store: Store, articles: TableRef, columns: list[str]) -> Iterator[pl.DataFrame]:
    """Yield the same a part at a time, whatever the size of the table."""
    for rows in store.read_parts(articles, [*EXCLUSION_COLUMNS, *columns]):
        yield _usable(rows, columns)


def _usable(rows: pl.DataFrame, columns: list[str], despite: Collection[str] = ()) -> pl.DataFrame:
    exclusion = pl.col("exclusion")
    return with_exclusion(rows).filter(exclusion.is_null() | exclusion.is_in(list(despite))).select(columns)
