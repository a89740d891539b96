"""Scores: how near the articles that a question retrieves lie to its source, by their MeSH headings."""

from collections.abc import Callable, Collection, Mapping
from enum import StrEnum
from typing import Any

import polars as pl

from mesh.check_tags import CHECK_TAGS
from mesh.hierarchy import Hierarchy
from mesh.information_content import corpus_information_content
from mesh.released import ReleasedSimilarity
from mesh.similarity import Similarity
from mesh.table import SHIPPED_YEAR
from tasks.store.outcome import REFUSED_SCHEMA, Outcome
from tasks.store.recipe import Recipe
from tasks.store.row_key import ROW_KEY, with_row_key

SCORE_SCHEMA = {ROW_KEY: pl.String, "question_id": pl.String, "measure": pl.String, "score": pl.Float64}

Headings = Mapping[int, list[str]]
SetSimilarity = Callable[[Collection[str], Collection[str]], float | None]


class Measure(StrEnum):
    """How two articles' headings are compared. ``released`` is the authors' formula, for comparison only."""

    LIN_BMA = "lin-bma"
    SIMGIC = "simgic"
    RELEASED = "released"

    @property
    def recipe(self) -> Recipe:
        """The scores recipe."""
        parameters: dict[str, Any] = {
            "measure": self.value,
            "mesh": SHIPPED_YEAR,
            "check_tags": self is Measure.RELEASED,
        }
        return Recipe("scores", 1, parameters)


def headings_by_pmid(articles: pl.DataFrame, hierarchy: Hierarchy) -> dict[int, list[str]]:
    """Return each article's descriptor UIs, each once; those that the hierarchy does not know are left out."""
    uis = pl.col("headings").list.eval(pl.element().struct.field("ui")).list.unique(maintain_order=True)
    return {
        pmid: [ui for ui in headings if ui in hierarchy]
        for pmid, headings in articles.select("pmid", uis.alias("uis")).iter_rows()
    }


def set_similarity(measure: Measure, hierarchy: Hierarchy, headings: Headings) -> SetSimilarity:
    """Return the measure as a function of two heading sets, its frequencies counted over ``headings``."""
    if measure is Measure.RELEASED:
        return ReleasedSimilarity(hierarchy, headings.values()).all_pairs_mean
    similarity = Similarity(hierarchy, corpus_information_content(hierarchy, headings.values()))
    return similarity.best_match_average if measure is Measure.LIN_BMA else similarity.simgic


def wanted_scores(contexts: pl.DataFrame, candidates: pl.DataFrame, measure: Measure, collection: str) -> pl.DataFrame:
    """Return questions (question_id, source, pmids), keyed by themselves, their contexts and the collection counted."""
    joined = contexts.select("question_id", "pmids").join(
        candidates.select("question_id", source="pmid"), on="question_id", maintain_order="left"
    )
    named = joined.with_columns(pl.lit(collection).alias("collection")).sort("question_id")
    return with_row_key(named, measure.recipe, ["question_id", "pmids", "collection"])


def score_questions(questions: pl.DataFrame, measure: Measure, hierarchy: Hierarchy, headings: Headings) -> Outcome:
    """Return each question's score in [0, 1]: the mean over its contexts of their similarity to its source.

    Check tags are left out, but for ``released``. A question whose source or contexts have no other headings
    can not be scored and goes to quarantine.

    Args:
        questions: row_key, question_id, source (PMID), pmids (of the contexts).
        headings: descriptor UIs by PMID.
    """
    compare = set_similarity(measure, hierarchy, headings)
    compared = headings if measure is Measure.RELEASED else without_check_tags(headings)
    rows: list[tuple[str, str, str, float]] = []
    refused: list[tuple[str, str, str]] = []
    for key, question_id, source, pmids in questions.select(ROW_KEY, "question_id", "source", "pmids").iter_rows():
        scores = [score for pmid in pmids if (score := compare(compared[source], compared[pmid])) is not None]
        if scores:
            rows.append((key, question_id, measure.value, sum(scores) / len(scores)))
        else:
            refused.append((key, f"PMID {source}", "no headings to compare beside check tags"))
    return Outcome(
        pl.DataFrame(rows, schema=SCORE_SCHEMA, orient="row"),
        pl.DataFrame(refused, schema=REFUSED_SCHEMA, orient="row"),
    )


def without_check_tags(headings: Headings) -> dict[int, list[str]]:
    """Return the headings without those that say nothing about an article's subject."""
    return {pmid: [ui for ui in uis if ui not in CHECK_TAGS] for pmid, uis in headings.items()}
