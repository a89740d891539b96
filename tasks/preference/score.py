"""Scores: how near the articles that a question retrieves lie to its source, by their MeSH headings."""

from collections.abc import Callable
from enum import StrEnum
from typing import Any

import polars as pl
from pydantic import BaseModel, ConfigDict

from mesh.batch import BatchSimilarity
from mesh.check_tags import CHECK_TAGS
from mesh.descriptor_index import DescriptorIndex, Floats, HeadingSets, Ints
from mesh.document_frequency import corpus_information_content
from mesh.hierarchy import Hierarchy
from mesh.released import ReleasedSimilarity
from mesh.released_batch import ReleasedBatch
from tasks.logger import logger
from tasks.store.outcome import Outcome
from tasks.store.recipe import Recipe
from tasks.store.row_key import ROW_KEY, with_row_key
from tasks.vocabulary.vocabulary import Vocabulary

SetMeasure = Callable[[HeadingSets, Ints, Ints], Floats]


class Measure(StrEnum):
    """How two articles' headings are compared. ``released`` is the authors' formula, for comparison only."""

    LIN_BMA = "lin-bma"
    SIMGIC = "simgic"
    RELEASED = "released"


class Scoring(BaseModel):
    """A measure, how much more a major topic counts in it than another heading, and the MeSH that it goes by."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    measure: Measure
    major_weight: float = 1.0
    vocabulary: Vocabulary = Vocabulary()

    @property
    def recipe(self) -> Recipe:
        """The scores recipe."""
        parameters: dict[str, Any] = {"measure": self.measure.value, "mesh": self.vocabulary.cache_identity}
        if self.measure is not Measure.RELEASED:
            parameters["major_weight"] = self.major_weight
        return Recipe("scores", 2, parameters)


def wanted_scores(contexts: pl.DataFrame, candidates: pl.DataFrame, scoring: Scoring, collection: str) -> pl.DataFrame:
    """Return questions (question_id, source, pmids), keyed by themselves, their contexts and the collection counted."""
    joined = contexts.select("question_id", "pmids").join(
        candidates.select("question_id", source="pmid"), on="question_id", maintain_order="left"
    )
    named = joined.with_columns(pl.lit(collection).alias("collection")).sort("question_id")
    return with_row_key(named, scoring.recipe, ["question_id", "pmids", "collection"])


def score_questions(questions: pl.DataFrame, scoring: Scoring, hierarchy: Hierarchy, articles: pl.DataFrame) -> Outcome:
    """Return each question's score in [0, 1]: the mean over its contexts of their similarity to its source.

    Frequencies are counted over ``articles``. Check tags are left out of what is compared, but for ``released``, and so
    are headings that the hierarchy does not know. A question whose source or contexts have no other headings can not be
    scored and goes to quarantine.

    Args:
        questions: row_key, question_id, source (PMID), pmids (of the contexts).
        articles: pmid, headings (list of struct with ui and major) of every article of the collection.
    """
    sets, compare = prepare(articles, scoring, hierarchy)
    if sets.unknown:
        logger.warning(
            "scores: headings that %s does not know and that do not count: %s", hierarchy, f"{sets.unknown:,}"
        )
    places = articles.select("pmid").with_row_index("place").cast({"place": pl.Int32})
    pairs = (
        questions.select(ROW_KEY, "source", context="pmids")
        .explode("context")
        .join(places.rename({"place": "first"}), left_on="source", right_on="pmid", maintain_order="left")
        .join(places.rename({"place": "second"}), left_on="context", right_on="pmid", maintain_order="left")
    )
    values = compare(sets, pairs["first"].to_numpy(), pairs["second"].to_numpy())
    # A list's mean, not a group's: Polars adds a group up in portions that depend on the other rows, and the last bit
    # of a score would decide between equals.
    valued = pairs.with_columns(value=pl.Series(values, dtype=pl.Float64).fill_nan(None))
    listed = valued.group_by(ROW_KEY, maintain_order=True).agg("value")
    scores = listed.select(ROW_KEY, score=pl.col("value").list.drop_nulls().list.mean())
    scored = questions.select(ROW_KEY, "question_id", "source").join(
        scores, on=ROW_KEY, how="left", maintain_order="left"
    )
    measure = pl.lit(scoring.measure.value).alias("measure")
    reason = pl.lit("no headings to compare beside check tags").alias("reason")
    return Outcome(
        scored.drop_nulls("score").select(ROW_KEY, "question_id", measure, "score"),
        scored.filter(pl.col("score").is_null()).select(ROW_KEY, pl.format("PMID {}", "source").alias("key"), reason),
    )


def prepare(articles: pl.DataFrame, scoring: Scoring, hierarchy: Hierarchy) -> tuple[HeadingSets, SetMeasure]:
    """Return the articles' heading sets, in their order, and the measure of pairs of them."""
    uis = articles["headings"].list.eval(pl.element().struct.field("ui"))
    if scoring.measure is Measure.RELEASED:
        index = DescriptorIndex(hierarchy, uis.explode().drop_nulls().unique())
        frequencies = dict(uis.explode().drop_nulls().value_counts().iter_rows())
        return index.heading_sets(uis), ReleasedBatch(index, ReleasedSimilarity(hierarchy, frequencies)).all_pairs_mean
    subject = pl.element().filter(~pl.element().struct.field("ui").is_in(CHECK_TAGS))
    headings = articles["headings"].list.eval(subject)
    weight = pl.when(pl.element().struct.field("major")).then(scoring.major_weight).otherwise(1.0)
    subjects = headings.list.eval(pl.element().struct.field("ui"))
    index = DescriptorIndex(hierarchy, subjects.explode().drop_nulls().unique())
    batch = BatchSimilarity(index, corpus_information_content(hierarchy, uis))
    compare = batch.best_match_average if scoring.measure is Measure.LIN_BMA else batch.simgic
    return index.heading_sets(subjects, headings.list.eval(weight)), compare
