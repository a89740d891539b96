"""Scores by the evaluator: how often a question is found better than the other ones about its article."""

import polars as pl

from tasks.store.outcome import Outcome
from tasks.store.recipe import Recipe
from tasks.store.row_key import ROW_KEY, with_row_key

MEASURE = "evaluator"
NO_RIVAL = 0.5


EVALUATOR_SCORES = Recipe("scores", 2, {"measure": MEASURE})


def wanted_evaluator_scores(contexts: pl.DataFrame, verdicts: pl.DataFrame) -> pl.DataFrame:
    """Return each question with the probabilities of its being better, one per rival and order, keyed by them.

    A verdict counts where the one in the other order is there too, so that position decides nothing.

    Args:
        contexts: question_id.
        verdicts: pmid, first_id, second_id, first_better.
    """
    turned = verdicts.select(first_id="second_id", second_id="first_id", second_better=1 - pl.col("first_better"))
    both = verdicts.join(turned, on=["first_id", "second_id"]).sort("first_id", "second_id")
    better = both.select(question_id="first_id", better=(pl.col("first_better") + pl.col("second_better")) / 2)
    listed = better.group_by("question_id", maintain_order=True).agg("better")
    empty = pl.lit([], dtype=pl.List(pl.Float64))
    wanted = contexts.select("question_id").join(listed, on="question_id", how="left", maintain_order="left")
    filled = wanted.with_columns(pl.col("better").fill_null(empty)).sort("question_id")
    return with_row_key(filled, EVALUATOR_SCORES, ["question_id", "better"])


def score_by_evaluator(questions: pl.DataFrame) -> Outcome:
    """Return each question's mean probability of being better than a rival: its score; without rivals 1/2.

    Args:
        questions: row_key, question_id, better (list).

    Returns:
        Rows of row_key, question_id, measure, score.
    """
    score = pl.col("better").list.mean().fill_null(NO_RIVAL)
    return Outcome(questions.select(ROW_KEY, "question_id", measure=pl.lit(MEASURE), score=score))
