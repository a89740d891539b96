"""Headings that carry a name alone: those of files before 2015 and of MEDLINE format.

Their UIs depend on the year of MeSH that a run goes by, and the articles table must not: it holds what the records say.
So they are looked up where headings are compared, by stages whose recipes name that year.
"""

import polars as pl

from mesh.hierarchy import Hierarchy

UI, NAME = pl.element().struct.field("ui"), pl.element().struct.field("name")


def with_uis(articles: pl.DataFrame, hierarchy: Hierarchy) -> pl.DataFrame:
    """Return the articles, each heading without a UI with that of the descriptor that goes by its name.

    A name is a preferred one or an entry term; one that the hierarchy does not know, as of an older year of MeSH, stays
    without a UI (see ``count_unnamed``).

    Args:
        articles: headings (list of struct with ui and name), and whatever else.
    """
    lacking = articles["headings"].list.eval(pl.when(UI.is_null()).then(NAME)).explode().drop_nulls().unique()
    if lacking.is_empty():
        return articles
    found = {name: ui for name in lacking if (ui := hierarchy.find(name)) is not None}
    known = pl.field("name").replace_strict(list(found), list(found.values()), default=None, return_dtype=pl.String)
    named = pl.element().struct.with_fields(ui=pl.coalesce(pl.field("ui"), known))
    return articles.with_columns(pl.col("headings").list.eval(named))


def count_unnamed(articles: pl.DataFrame) -> int:
    """Return how many headings of the articles have no UI."""
    return int(articles["headings"].list.eval(UI.is_null()).list.sum().sum())
