"""Which predictions a benchmark asks of an examinee, and how they are had."""

import polars as pl

from tasks.evaluation.ask import ask_by_choice, ask_by_text
from tasks.evaluation.examinee import Examinee
from tasks.serving.endpoint import Endpoint
from tasks.store.outcome import Outcome
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


def predict(items: pl.DataFrame, examinee: Examinee, endpoint: Endpoint) -> Outcome:
    """Return a row per item, as ``ask_by_choice`` and ``ask_by_text`` do; refused requests go to quarantine.

    Raises:
        EndpointError: the server failed for good, or refused every request.
    """
    if examinee.method == "choice":
        return ask_by_choice(items, endpoint, examinee.setting, prompt=examinee.prompt)
    return ask_by_text(items, endpoint, examinee.setting, prompt=examinee.prompt, max_tokens=examinee.max_tokens)
