"""Labels: the rule's verdicts, in the words in which an evaluator is asked, for it to learn from."""

from typing import Any

import polars as pl

from tasks.preference.evaluator import CHOICES, Evaluator
from tasks.preference.verdicts import SHOWN, ordered_pairs
from tasks.store.outcome import Outcome
from tasks.store.recipe import Recipe
from tasks.store.row_key import ROW_KEY, with_row_key

MESSAGES = pl.List(pl.Struct({"role": pl.String, "content": pl.String}))
LABEL_SCHEMA = {
    ROW_KEY: pl.String, "pmid": pl.Int64, "first_id": pl.String,
    "prompt": MESSAGES, "completion": MESSAGES, "margin": pl.Float64,
}  # fmt: skip


def labelling(evaluator: Evaluator) -> Recipe:
    """Return the labels recipe: what is shown, whichever model is to learn it."""
    parameters: dict[str, Any] = {"system": evaluator.system, "titles": evaluator.titles}
    return Recipe("labels", 2, parameters)


def wanted_labels(
    candidates: pl.DataFrame,
    contexts: pl.DataFrame,
    titles: pl.DataFrame,
    scores: pl.DataFrame,
    margin: float,
    evaluator: Evaluator,
) -> pl.DataFrame:
    """Return the ordered pairs whose scores differ by the margin at least, keyed by what is shown and by the scores.

    Args:
        candidates, contexts, titles: see ``ordered_pairs``.
        scores: question_id, score by the rule.
    """
    pairs = (
        ordered_pairs(candidates, contexts, titles)
        .join(scores.select(first_id="question_id", first_score="score"), on="first_id")
        .join(scores.select(second_id="question_id", second_score="score"), on="second_id")
        .with_columns(margin=(pl.col("first_score") - pl.col("second_score")).abs())
        .filter(pl.col("margin") >= margin, pl.col("margin") > 0)
        .sort("pmid", "first_id", "second_id")
    )
    return with_row_key(pairs, labelling(evaluator), ["first_id", "second_id", *SHOWN, "first_score", "second_score"])


def label_pairs(pairs: pl.DataFrame, evaluator: Evaluator) -> Outcome:
    """Return what the evaluator is to be asked about each pair and what it should say.

    Every pair stands in both orders, so that the place of the better question teaches nothing.

    Returns:
        Rows of ``LABEL_SCHEMA``; prompt and completion are lists of messages.
    """
    prompts = [
        evaluator.messages(title, (first, second), found)
        for title, first, second, *found in pairs.select(SHOWN).iter_rows()
    ]
    answers = [CHOICES[0] if first > second else CHOICES[1]
               for first, second in pairs.select("first_score", "second_score").iter_rows()]  # fmt: skip
    completions = [[{"role": "assistant", "content": answer}] for answer in answers]
    return Outcome(
        pairs.select(
            ROW_KEY,
            "pmid",
            "first_id",
            pl.Series("prompt", prompts, dtype=MESSAGES),
            pl.Series("completion", completions, dtype=MESSAGES),
            "margin",
        )
    )
