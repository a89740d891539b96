"""Decisions before answers: how probable a model makes yes, no and maybe, and which of them is the calibrated one.

Where a calibration changes the model's decision, the answer that the model wrote with it argues for another one. So
decisions are asked for alone, calibrated, and the answers are written for them.
"""

from typing import Any

import polars as pl

from tasks.answers.answer import DECIDED, passages_of, questions_with_evidence
from tasks.answers.answer_format import object_of
from tasks.answers.answerer import Answerer
from tasks.answers.calibration import PROBABILITIES, Calibration
from tasks.answers.read_answer import NO_ANSWER, decision_logprob, decision_probabilities, said_decision
from tasks.decisions import DECISIONS
from tasks.evidence import evidence_text
from tasks.kinds import Kind
from tasks.serving.asking import Asking, Columns, Row
from tasks.serving.constraint import read_json
from tasks.serving.reply import Reply, why_silent
from tasks.serving.request import Request
from tasks.store.recipe import Recipe
from tasks.store.row_key import with_row_key

DECISION = object_of("decision", {"decision": {"enum": list(DECISIONS)}})
LONGEST_DECISION = 24
ALTERNATIVES = 20
REPLY_COLUMNS: dict[str, Any] = {
    "decision": pl.String,
    "logprob": pl.Float64,
    **dict.fromkeys(PROBABILITIES, pl.Float64),
}
DECISION_SCHEMA: dict[str, Any] = {"row_key": pl.String, "question_id": pl.String, "pmid": pl.Int64, **REPLY_COLUMNS}


def decisions_recipe(answerer: Answerer) -> Recipe:
    """Return the recipe of the decisions, which no calibration changes."""
    return Recipe("decisions", 1, answerer.shared)


def wanted_decisions(
    preferences: pl.DataFrame, contexts: pl.DataFrame, articles: pl.DataFrame, answerer: Answerer
) -> pl.DataFrame:
    """Return the yes/no questions with their evidence, keyed by both; see ``answer.questions_with_evidence``."""
    asked = questions_with_evidence(preferences, contexts, articles, answerer.context_words)
    decidable = asked.filter(kind=Kind.YES_NO.value)
    return with_row_key(decidable, decisions_recipe(answerer), ["question_id", "question", "evidence", "hashes"])


def decision_asking(answerer: Answerer) -> Asking:
    """Return how a decision on each question is asked for, with the conversation that an answer is asked for with.

    Rows are row_key, question_id, pmid, decision and its logprob as the model writes it, p_yes, p_no and p_maybe, which
    add up to 1; null where the server tells no probabilities.
    """
    prompt = answerer.prompt_of(Kind.YES_NO)

    def request(row: Row) -> Request:
        evidence = evidence_text(passages_of(row), answerer.context_words)
        return Request(
            prompt.conversation(evidence=evidence, question=row["question"]),
            max_tokens=LONGEST_DECISION,
            constraint=DECISION,
            alternatives=ALTERNATIVES,
            thinking_tokens=answerer.language_model.thinking_tokens,
        )

    def read(reply: Reply, _row: Row) -> Columns | str:
        return read_decided(reply)

    return Asking(request, read, REPLY_COLUMNS, kept=("question_id", "pmid"))


def read_decided(reply: Reply) -> Columns | str:
    """Return decision, logprob, p_yes, p_no and p_maybe of a reply, or the reason why there are none."""
    answer = read_json(reply.text)
    decision = None if answer is None else said_decision(answer)
    if decision is None:
        return why_silent(reply) or NO_ANSWER
    found = decision_probabilities(reply)
    shares = [None if found is None else found[each] for each in DECISIONS]
    logprob = decision_logprob(reply, decision)
    return {"decision": decision, "logprob": logprob, **dict(zip(PROBABILITIES, shares, strict=True))}


def calibrated(decisions: pl.DataFrame, calibration: Calibration) -> pl.DataFrame:
    """Return the likeliest calibrated decision on each question; columns as in ``answer.DECIDED``.

    Where the probabilities are not known the model's own decision stands, and its probability stays unknown.

    Args:
        decisions: question_id, decision, logprob, p_yes, p_no, p_maybe.
    """
    rows: list[tuple[str, str, float | None, float | None]] = []
    for row in decisions.iter_rows(named=True):
        decision, logprob, probability = row["decision"], row["logprob"], None
        shares = [row[column] for column in PROBABILITIES]
        if None not in shares:
            weighed = calibration.apply(dict(zip(DECISIONS, shares, strict=True)))
            decision = max(DECISIONS, key=weighed.__getitem__)
            logprob = logprob if decision == row["decision"] else None
            probability = round(weighed[decision], 6)
        rows.append((row["question_id"], decision, logprob, probability))
    return pl.DataFrame(rows, schema=DECIDED, orient="row")
