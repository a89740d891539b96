"""Answer each article's best question from its abstract and contexts."""

import json
import re
from typing import Any

import polars as pl

from tasks.answers.answerer import ANSWER_FORMAT, Answerer
from tasks.decisions import DECISIONS
from tasks.serving.ask_rows import ask_rows
from tasks.serving.chat import ChatReply, ChatRequest
from tasks.serving.endpoint import Endpoint
from tasks.store.outcome import Outcome
from tasks.store.row_key import ROW_KEY, with_row_key

REPLY_SCHEMA = {"decision": pl.String, "long_answer": pl.String, "logprob": pl.Float64}
SENTENCE_END = re.compile(r"[.!?](?=\s|$)")


def wanted_answers(
    preferences: pl.DataFrame, contexts: pl.DataFrame, articles: pl.DataFrame, answerer: Answerer
) -> pl.DataFrame:
    """Return the best questions with their evidence, keyed by question and by the content of the evidence.

    Args:
        preferences: pmid, chosen_id, chosen.
        contexts: question_id, pmids.
        articles: pmid, title, abstract, content_hash.

    Returns:
        row_key, question_id, pmid, question, evidence (PMIDs, the source first), passages (title and abstract of each).
    """
    best = preferences.select("pmid", question_id="chosen_id", question="chosen").join(
        contexts.select("question_id", "pmids"), on="question_id", maintain_order="left"
    )
    evidence = best.with_columns(evidence=pl.concat_list("pmid", "pmids")).drop("pmids")
    passages = (
        evidence.select("question_id", "evidence")
        .explode("evidence")
        .join(articles, left_on="evidence", right_on="pmid", maintain_order="left")
        .with_columns(passage=pl.concat_str("title", "abstract", separator="\n"))
        .group_by("question_id", maintain_order=True)
        .agg(passages="passage", hashes="content_hash")
    )
    joined = evidence.join(passages, on="question_id", maintain_order="left").sort("pmid")
    return with_row_key(joined, answerer.recipe, ["question_id", "question", "evidence", "hashes"]).drop("hashes")


def answer_questions(questions: pl.DataFrame, answerer: Answerer, endpoint: Endpoint) -> Outcome:
    """Return an answer per question; what is no complete answer goes to quarantine.

    ``logprob`` is the log-probability of the decision's tokens as they were sampled.

    Args:
        questions: row_key, question_id, pmid, question, evidence, passages.

    Returns:
        Rows of row_key, question_id, pmid, evidence, decision, long_answer, logprob.

    Raises:
        EndpointError: the server failed for good.
    """
    options: dict[str, Any] = {
        "temperature": 0.0,
        "max_tokens": answerer.max_tokens,
        "logprobs": True,
        "response_format": {"type": "json_schema", "json_schema": {"name": "answer", "schema": ANSWER_FORMAT}},
    }
    requests = [
        ChatRequest(answerer.messages(join_evidence(passages, answerer.context_words), question), options)
        for question, passages in questions.select("question", "passages").iter_rows()
    ]
    rows = questions.select(ROW_KEY, "question_id", "pmid", "evidence")
    return ask_rows(rows, requests, endpoint, read_answer, REPLY_SCHEMA)


def join_evidence(passages: list[str], context_words: int) -> str:
    """Return the source passage whole and the first words of each context, a blank line between."""
    source, *contexts = passages
    return "\n\n".join([source, *(" ".join(context.split()[:context_words]) for context in contexts if context_words)])


def read_answer(reply: ChatReply) -> dict[str, Any] | str:
    """Return decision, long answer (whole sentences, where there is one) and log-probability; else the reason."""
    try:
        answer = json.loads(reply.text)
        decision, long_answer = answer["decision"], " ".join(answer["long_answer"].split())
    except (ValueError, KeyError, TypeError, AttributeError):
        return "not a complete answer"
    except RecursionError:
        return "nested too deeply to be an answer"
    if decision not in DECISIONS or not long_answer:
        return "not a complete answer"
    ends = [match.end() for match in SENTENCE_END.finditer(long_answer)]
    return {
        "decision": decision,
        "long_answer": long_answer[: ends[-1]] if ends else long_answer,
        "logprob": decision_logprob(reply, decision),
    }


def decision_logprob(reply: ChatReply, decision: str) -> float | None:
    """Return the summed log-probability of the tokens that spell the decision; None where none were sent."""
    start = reply.text.find(f'"{decision}"') + 1
    end, place, total = start + len(decision), 0, 0.0
    for token, logprob in reply.tokens:
        if place < end and place + len(token) > start:
            total += logprob
        place += len(token)
    return total if reply.tokens else None
