"""Scores by the evaluator: how often a question is found better than the other ones about its article."""

import polars as pl
from pydantic import BaseModel, ConfigDict

from tasks.preference.calibration import calibrated
from tasks.store.outcome import Outcome
from tasks.store.recipe import Recipe
from tasks.store.row_key import ROW_KEY, with_row_key

MEASURE = "evaluator"
NO_RIVAL = 0.5


class EvaluatorScoring(BaseModel):
    """How verdicts become scores: the temperature that their log-odds are divided by."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    temperature: float = 1.0

    @property
    def recipe(self) -> Recipe:
        """The scores recipe."""
        return Recipe("scores", 3, {"measure": MEASURE, "temperature": self.temperature})


def both_orders(verdicts: pl.DataFrame) -> pl.DataFrame:
    """Return verdicts (pmid, first_id, second_id) with ``better``, the mean of both orders' probabilities.

    A verdict counts where the one in the other order is there too, so that position decides nothing.

    Args:
        verdicts: pmid, first_id, second_id, first_better.
    """
    turned = verdicts.select(first_id="second_id", second_id="first_id", second_better=1 - pl.col("first_better"))
    both = verdicts.join(turned, on=["first_id", "second_id"]).sort("first_id", "second_id")
    better = (pl.col("first_better") + pl.col("second_better")) / 2
    return both.select("pmid", "first_id", "second_id", better=better)


def wanted_evaluator_scores(contexts: pl.DataFrame, verdicts: pl.DataFrame, scoring: EvaluatorScoring) -> pl.DataFrame:
    """Return each question with the probabilities of its being better, one per rival, keyed by them.

    Args:
        contexts: question_id.
        verdicts: see ``both_orders``.
    """
    better = both_orders(verdicts).rename({"first_id": "question_id"})
    listed = better.group_by("question_id", maintain_order=True).agg("better")
    empty = pl.lit([], dtype=pl.List(pl.Float64))
    wanted = contexts.select("question_id").join(listed, on="question_id", how="left", maintain_order="left")
    filled = wanted.with_columns(pl.col("better").fill_null(empty)).sort("question_id")
    return with_row_key(filled, scoring.recipe, ["question_id", "better"])


def score_by_evaluator(questions: pl.DataFrame, scoring: EvaluatorScoring) -> Outcome:
    """Return each question's mean calibrated probability of being better than a rival: its score; without rivals 1/2.

    Args:
        questions: row_key, question_id, better (list).

    Returns:
        Rows of row_key, question_id, measure, score.
    """
    scores = [
        sum(calibrated(one, scoring.temperature) for one in better) / len(better) if len(better) else NO_RIVAL
        for better in questions["better"].to_list()
    ]
    score = pl.Series("score", scores, dtype=pl.Float64)
    return Outcome(questions.select(ROW_KEY, "question_id", pl.lit(MEASURE).alias("measure"), score))
