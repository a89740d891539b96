"""Which predictions a benchmark asks of an examinee, and how they are had."""

import polars as pl

from tasks.evaluation.ask import choice_asking, text_asking
from tasks.evaluation.examinee import Examinee
from tasks.serving.asking import Asking
from tasks.store.row_key import with_row_key


def wanted_predictions(items: pl.DataFrame, examinee: Examinee) -> pl.DataFrame:
    """Return the predictions to have, keyed by what the examinee is shown of each item.

    Args:
        items: item, name, question, contexts.

    Returns:
        row_key, item, name, question, contexts.
    """
    shown = ["item", "question"] if examinee.setting == "question-only" else ["item", "question", "contexts"]
    return with_row_key(items.select("item", "name", "question", "contexts"), examinee.recipe, shown)


def prediction_asking(examinee: Examinee) -> Asking:
    """Return how an examinee is asked about each item; refused requests go to quarantine."""
    thinking_tokens = examinee.language_model.thinking_tokens
    if examinee.method == "choice":
        return choice_asking(examinee.setting, examinee.prompt, thinking_tokens)
    return text_asking(examinee.setting, examinee.prompt, examinee.max_tokens, thinking_tokens)
