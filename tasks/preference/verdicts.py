"""Verdicts: the evaluator's word on every two questions about an article, in both orders."""

import math
from typing import Any

import polars as pl

from tasks.preference.evaluator import CHOICES, Evaluator
from tasks.serving.ask_rows import ask_rows
from tasks.serving.chat import ChatReply, ChatRequest
from tasks.serving.endpoint import Endpoint
from tasks.store.outcome import Outcome
from tasks.store.row_key import ROW_KEY, with_row_key

REPLY_SCHEMA = {"first_better": pl.Float64}
VERDICT_SCHEMA = {ROW_KEY: pl.String, "pmid": pl.Int64, "first_id": pl.String, "second_id": pl.String, **REPLY_SCHEMA}
ALTERNATIVES = 20
SHOWN = ["title", "first", "second", "first_titles", "second_titles"]


def ordered_pairs(candidates: pl.DataFrame, contexts: pl.DataFrame, titles: pl.DataFrame) -> pl.DataFrame:
    """Return every two questions about an article in both orders, with the titles that each finds.

    Args:
        candidates: question_id, pmid, question.
        contexts: question_id, pmids.
        titles: pmid, title of all articles.

    Returns:
        pmid, title, first_id, first, first_titles, second_id, second, second_titles; questions without contexts are
        left out.
    """
    found = (
        contexts.select("question_id", place="pmids")
        .explode("place")
        .join(titles.select(place="pmid", found="title"), on="place", how="left", maintain_order="left")
        .group_by("question_id", maintain_order=True)
        .agg("found")
    )
    asked = candidates.select("question_id", "pmid", "question").join(found, on="question_id")
    first = asked.select("pmid", first_id="question_id", first="question", first_titles="found")
    second = asked.select("pmid", second_id="question_id", second="question", second_titles="found")
    paired = first.join(second, on="pmid").filter(pl.col("first_id") != pl.col("second_id"))
    return paired.join(titles.select("pmid", "title"), on="pmid", how="left").sort("pmid", "first_id", "second_id")


def wanted_verdicts(
    candidates: pl.DataFrame, contexts: pl.DataFrame, titles: pl.DataFrame, evaluator: Evaluator
) -> pl.DataFrame:
    """Return ``ordered_pairs`` keyed by what the evaluator is shown."""
    pairs = ordered_pairs(candidates, contexts, titles)
    return with_row_key(pairs, evaluator.recipe, ["first_id", "second_id", *SHOWN])


def ask_verdicts(pairs: pl.DataFrame, evaluator: Evaluator, endpoint: Endpoint) -> Outcome:
    """Return how probable the evaluator finds it that the question shown first is the better one.

    The server lets the model write nothing but 1 or 2; a reply without log-probabilities counts as certain.

    Args:
        pairs: row_key and the columns of ``ordered_pairs``.

    Returns:
        Rows of row_key, pmid, first_id, second_id, first_better (a probability).

    Raises:
        EndpointError: the server failed for good, or refused every request.
    """
    options: dict[str, Any] = {
        "temperature": 0.0,
        "max_tokens": 2,
        "logprobs": True,
        "top_logprobs": ALTERNATIVES,
        "structured_outputs": {"choice": list(CHOICES)},
    }
    requests = [
        ChatRequest(evaluator.messages(title, (first, second), found), options)
        for title, first, second, *found in pairs.select(SHOWN).iter_rows()
    ]
    rows = pairs.select(ROW_KEY, "pmid", "first_id", "second_id")
    return ask_rows(rows, requests, endpoint, read_verdict, REPLY_SCHEMA)


def read_verdict(reply: ChatReply) -> dict[str, Any] | str:
    """Return the probability of 1 against 2, or why there is none."""
    verdict = reply.text.strip()
    if verdict not in CHOICES:
        return f"the reply is none of {', '.join(CHOICES)}"
    said = reply.alternatives[0] if reply.alternatives else ()
    first, second = (sum(math.exp(logprob) for token, logprob in said if token.strip() == one) for one in CHOICES)
    if first + second == 0:
        return {"first_better": float(verdict == CHOICES[0])}
    return {"first_better": first / (first + second)}
