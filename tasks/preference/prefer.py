"""Preferences: each article's best question, and pairs of its questions that lie far enough apart to learn from."""

from typing import Any

import polars as pl
from pydantic import BaseModel, ConfigDict, Field

from tasks.preference.pairs import Candidate, Pair, best_pairs, lost_by_refusal
from tasks.preference.score import Measure, Scoring
from tasks.store.outcome import Outcome
from tasks.store.recipe import Recipe
from tasks.store.row_key import ROW_KEY, with_row_key
from tasks.vocabulary.vocabulary import Vocabulary

PAIR_SCHEMA: dict[str, Any] = {
    "chosen_id": pl.String, "chosen": pl.String, "chosen_score": pl.Float64,
    "rejected_id": pl.String, "rejected": pl.String, "rejected_score": pl.Float64, "margin": pl.Float64,
}  # fmt: skip
PREFERENCE_SCHEMA = {ROW_KEY: pl.String, "pmid": pl.Int64, **PAIR_SCHEMA, "pairs": pl.List(pl.Struct(PAIR_SCHEMA))}


class PreferenceRule(BaseModel):
    """The score that decides, and how far two questions must lie apart in it to make a pair."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    measure: Measure = Field(default=Measure.SIMGIC, title="Measure", description="Compares articles by headings.")
    major_weight: float = Field(
        default=2.0, ge=1, title="Weight of major topics", description="How much more they count than other headings."
    )
    margin: float = Field(default=0.02, ge=0, le=1, title="Margin", description="Smallest difference of a pair.")
    copying_penalty: float = Field(
        default=0.25,
        ge=0,
        title="Penalty for copying",
        description="Taken from a score for a question of nothing but four-grams of its article; else in proportion.",
    )
    most_pairs: int = Field(
        default=2, ge=1, title="Pairs per article", description="One more sets the best question against a refused one."
    )

    @property
    def recipe(self) -> Recipe:
        """The preferences recipe; what scores go by shows in the scores themselves."""
        parameters: dict[str, Any] = {
            "measure": self.measure.value,
            "margin": self.margin,
            "copying_penalty": self.copying_penalty,
            "most_pairs": self.most_pairs,
        }
        return Recipe("preferences", 3, parameters)

    def scoring(self, measure: Measure, vocabulary: Vocabulary) -> Scoring:
        """Return how a measure scores under this rule."""
        return Scoring(measure=measure, major_weight=self.major_weight, vocabulary=vocabulary)


def wanted_preferences(
    questions: pl.DataFrame, candidates: pl.DataFrame, scores: pl.DataFrame, rule: PreferenceRule
) -> pl.DataFrame:
    """Return one row per article with scored questions, keyed by its questions and their scores.

    Here scores are less the rule's penalty for copying. Equal ones are taken in the order of the questions' ids.

    Args:
        questions: question_id, pmid, question of all that were asked; what is no candidate was refused by the gates.
        candidates: question_id, pmid, question, copied.
        scores: question_id, score.

    Returns:
        row_key, pmid, ids, questions, scores, copied (lists, best first), refused_ids and refused (lists, by id).
    """
    scored = candidates.join(scores.select("question_id", "score"), on="question_id").with_columns(
        score=pl.col("score") - rule.copying_penalty * pl.col("copied")
    )
    ranked = scored.sort(["pmid", "score", "question_id"], descending=[False, True, False])
    grouped = ranked.group_by("pmid", maintain_order=True).agg(
        ids="question_id", questions="question", scores="score", copied="copied"
    )
    refused = questions.join(candidates, on="question_id", how="anti").sort("pmid", "question_id")
    lost = refused.group_by("pmid", maintain_order=True).agg(refused_ids="question_id", refused="question")
    empty = pl.lit([], dtype=pl.List(pl.String))
    joined = grouped.join(lost, on="pmid", how="left", maintain_order="left").with_columns(
        pl.col("refused_ids", "refused").fill_null(empty)
    )
    return with_row_key(joined, rule.recipe, ["pmid", *(name for name in joined.columns if name != "pmid")])


def prefer(articles: pl.DataFrame, rule: PreferenceRule) -> Outcome:
    """Return each article's best and worst question and the pairs that its questions make.

    See ``tasks.preference.pairs`` for what makes a pair. A question that the gates refuse always loses: against the
    best one it makes one pair more. An article with one candidate has a best question all the same.

    Args:
        articles: as ``wanted_preferences`` returns them.

    Returns:
        Rows of ``PREFERENCE_SCHEMA``; rejected and margin are those of the worst question, null where there is but one.
    """
    return Outcome(
        pl.DataFrame([_prefer(row, rule) for row in articles.iter_rows(named=True)], schema=PREFERENCE_SCHEMA)
    )


def _prefer(row: dict[str, Any], rule: PreferenceRule) -> dict[str, Any]:
    columns = (row[name] for name in ("ids", "questions", "scores", "copied"))
    candidates = [Candidate(*values) for values in zip(*columns, strict=True)]
    best, worst = candidates[0], candidates[-1]
    refused = list(zip(row["refused_ids"], row["refused"], strict=True))
    pairs = best_pairs(candidates, rule.margin, rule.most_pairs) + lost_by_refusal(candidates, refused)
    return {
        ROW_KEY: row[ROW_KEY],
        "pmid": row["pmid"],
        **(_columns((best, worst)) if len(candidates) > 1 else _alone(best)),
        "pairs": [_columns(pair) for pair in pairs],
    }


def _columns(pair: Pair) -> dict[str, Any]:
    chosen, rejected = pair
    return {
        **_alone(chosen),
        "rejected_id": rejected.question_id,
        "rejected": rejected.question,
        "rejected_score": rejected.score,
        "margin": chosen.score - rejected.score,
    }


def _alone(best: Candidate) -> dict[str, Any]:
    return {"chosen_id": best.question_id, "chosen": best.question, "chosen_score": best.score}
