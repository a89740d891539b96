"""Preferences: each article's best question, and the pairs whose scores lie far enough apart to learn from."""

from typing import Any

import polars as pl
from pydantic import BaseModel, ConfigDict, Field

from tasks.preference.score import Measure, Scoring
from tasks.store.outcome import Outcome
from tasks.store.recipe import Recipe
from tasks.store.row_key import ROW_KEY, with_row_key
from tasks.vocabulary.vocabulary import Vocabulary

COLUMNS = [
    ROW_KEY, "pmid", "chosen_id", "chosen", "rejected_id", "rejected",
    "chosen_score", "rejected_score", "margin", "is_pair",
]  # fmt: skip


class PreferenceRule(BaseModel):
    """The score that decides, and how far two questions must lie apart in it to make a pair."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    measure: Measure = Field(default=Measure.SIMGIC, title="Measure", description="Compares articles by headings.")
    major_weight: float = Field(
        default=2.0, ge=1, title="Weight of major topics", description="How much more they count than other headings."
    )
    margin: float = Field(default=0.02, ge=0, le=1, title="Margin", description="Smallest difference of a pair.")

    @property
    def recipe(self) -> Recipe:
        """The preferences recipe; what scores go by shows in the scores themselves."""
        parameters: dict[str, Any] = {"measure": self.measure.value, "margin": self.margin}
        return Recipe("preferences", 2, parameters)

    def scoring(self, measure: Measure, vocabulary: Vocabulary) -> Scoring:
        """Return how a measure scores under this rule."""
        return Scoring(measure=measure, major_weight=self.major_weight, vocabulary=vocabulary)


def wanted_preferences(candidates: pl.DataFrame, scores: pl.DataFrame, rule: PreferenceRule) -> pl.DataFrame:
    """Return one row per article: its scored questions, best first (lists), keyed by the questions and scores.

    Equal scores are taken in the order of the questions' ids.
    """
    scored = candidates.join(scores.select("question_id", "score"), on="question_id")
    ranked = scored.sort(["pmid", "score", "question_id"], descending=[False, True, False])
    grouped = ranked.group_by("pmid", maintain_order=True).agg(
        ids=pl.col("question_id"), questions=pl.col("question"), scores=pl.col("score")
    )
    return with_row_key(grouped, rule.recipe, ["pmid", "ids", "questions", "scores"])


def prefer(articles: pl.DataFrame, rule: PreferenceRule) -> Outcome:
    """Return each article's best and worst question, and whether they make a preference pair.

    A pair needs two different questions whose scores differ by the margin at least; an article with one candidate
    has a best question all the same.

    Args:
        articles: row_key, pmid, ids, questions and scores (lists, best first).
    """
    several = pl.col("ids").list.len() > 1
    ranked = articles.with_columns(
        chosen_id=pl.col("ids").list.first(),
        chosen=pl.col("questions").list.first(),
        chosen_score=pl.col("scores").list.first(),
        rejected_id=pl.when(several).then(pl.col("ids").list.last()),
        rejected=pl.when(several).then(pl.col("questions").list.last()),
        rejected_score=pl.when(several).then(pl.col("scores").list.last()),
    ).with_columns(margin=pl.col("chosen_score") - pl.col("rejected_score"))
    differ = pl.col("chosen").str.to_lowercase() != pl.col("rejected").str.to_lowercase()
    apart = (pl.col("margin") >= rule.margin) & (pl.col("margin") > 0)
    return Outcome(ranked.with_columns(is_pair=(differ & apart).fill_null(False)).select(COLUMNS))
