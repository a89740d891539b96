"""Verdicts: the evaluator's word on every two questions about an article, in both orders."""

import math
from typing import Any

import polars as pl

from tasks.preference.evaluator import CHOICES, Evaluator
from tasks.serving.asking import Asking, Columns, Row
from tasks.serving.constraint import AROUND_A_WORD, Choice, read_choice
from tasks.serving.logprobs import first_word, places_of
from tasks.serving.reply import Reply, why_silent
from tasks.serving.request import Request
from tasks.store.row_key import ROW_KEY, with_row_key

REPLY_COLUMNS: dict[str, Any] = {"first_better": pl.Float64, "weighed": pl.Boolean}
VERDICT_SCHEMA = {ROW_KEY: pl.String, "pmid": pl.Int64, "first_id": pl.String, "second_id": pl.String, **REPLY_COLUMNS}
ALTERNATIVES = 20
SHOWN = ["article", "first", "second", "first_found", "second_found"]


def ordered_pairs(
    candidates: pl.DataFrame, contexts: pl.DataFrame, articles: pl.DataFrame, evaluator: Evaluator
) -> pl.DataFrame:
    """Return every two questions of a kind about an article in both orders, with what is shown of what each finds.

    Args:
        candidates: question_id, pmid, kind, question.
        contexts: question_id, pmids.
        articles: pmid, title, abstract of those that contexts and candidates name; there may be more.

    Returns:
        pmid, article, first_id, first, first_found, second_id, second, second_found; questions without contexts are
        left out.
    """
    texts = {pmid: (title, abstract) for pmid, title, abstract in
             articles.select("pmid", "title", "abstract").iter_rows()}  # fmt: skip
    asked = candidates.select("question_id", "pmid", "kind", "question").join(
        contexts.select("question_id", "pmids"), on="question_id", maintain_order="left"
    )
    found = [
        [evaluator.show(*texts[pmid], question) for pmid in pmids[: evaluator.titles]]
        for question, pmids in asked.select("question", "pmids").iter_rows()
    ]
    shown = asked.with_columns(pl.Series("found", found, dtype=pl.List(pl.String)))
    first, second = (
        shown.select("pmid", "kind", pl.col("question_id", "question", "found").name.prefix(f"{place}_")).rename(
            {f"{place}_question_id": f"{place}_id", f"{place}_question": place}
        )
        for place in ("first", "second")
    )
    paired = first.join(second, on=["pmid", "kind"]).filter(pl.col("first_id") != pl.col("second_id"))
    # The two in one order, so that the article is shown alike whichever comes first.
    about = [
        evaluator.show(*texts[pmid], " ".join(sorted(both)))
        for pmid, *both in paired.select("pmid", "first", "second").iter_rows()
    ]
    return (
        paired.with_columns(pl.Series("article", about, dtype=pl.String))
        .select("pmid", "first_id", "second_id", *SHOWN)
        .sort("pmid", "first_id", "second_id")
    )


def wanted_verdicts(
    candidates: pl.DataFrame, contexts: pl.DataFrame, articles: pl.DataFrame, evaluator: Evaluator
) -> pl.DataFrame:
    """Return ``ordered_pairs`` keyed by what the evaluator is shown."""
    pairs = ordered_pairs(candidates, contexts, articles, evaluator)
    return with_row_key(pairs, evaluator.recipe, ["first_id", "second_id", *SHOWN])


def verdict_asking(evaluator: Evaluator) -> Asking:
    """Return how the evaluator is asked how probable it is that the question shown first is the better one.

    The server lets the model write nothing but 1 or 2, where it can; a reply without log-probabilities counts as
    certain, and is not ``weighed``. Rows are row_key, pmid, first_id, second_id, first_better (a probability) and
    weighed, from ``ordered_pairs``.
    """

    def request(pair: Row) -> Request:
        found = (pair["first_found"], pair["second_found"])
        return Request(
            evaluator.messages(pair["article"], (pair["first"], pair["second"]), found),
            max_tokens=2,
            constraint=Choice(CHOICES),
            alternatives=ALTERNATIVES,
            thinking_tokens=evaluator.language_model.thinking_tokens,
        )

    def read(reply: Reply, _pair: Row) -> Columns | str:
        return read_verdict(reply)

    return Asking(request, read, REPLY_COLUMNS, kept=("pmid", "first_id", "second_id"))


def read_verdict(reply: Reply) -> Columns | str:
    """Return the probability of 1 against 2 and whether it was weighed; or why there is none."""
    verdict = read_choice(reply.text, CHOICES)
    if verdict is None:
        return why_silent(reply) or f"the reply is none of {', '.join(CHOICES)}"
    said = [token for place in places_of(first_word(CHOICES), reply) for token in reply.alternatives[place]]
    first, second = (
        sum(math.exp(logprob) for token, logprob in said if token.strip(AROUND_A_WORD) == one) for one in CHOICES
    )
    if first + second == 0:
        return {"first_better": float(verdict == CHOICES[0]), "weighed": False}
    return {"first_better": first / (first + second), "weighed": True}


def count_unweighed(verdicts: pl.DataFrame) -> int:
    """Return how many verdicts are 0 or 1 since their server sent no log-probabilities."""
    return int((~verdicts["weighed"]).sum())
