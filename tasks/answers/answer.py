"""Answer each article's best question from its abstract and contexts."""

import re
from typing import Any

import polars as pl

from tasks.answers.answerer import ANSWER, LONGEST_ANSWER, Answerer
from tasks.decisions import DECISIONS
from tasks.serving.asking import Asking, Columns, Row
from tasks.serving.constraint import read_choice, read_json
from tasks.serving.logprobs import places_of
from tasks.serving.reply import Reply, why_silent
from tasks.serving.request import Request
from tasks.store.row_key import with_row_key

REPLY_COLUMNS: dict[str, Any] = {"decision": pl.String, "long_answer": pl.String, "logprob": pl.Float64}
NO_ANSWER = "not a complete answer"
DECIDED = re.compile(r'"decision"\s*:\s*"[^"\w]*(\w+)[^"\w]*"')
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


def answer_asking(answerer: Answerer) -> Asking:
    """Return how each question (row_key, question_id, pmid, question, evidence, passages) is answered.

    Its rows are row_key, question_id, pmid, evidence, decision, long_answer, logprob: the log-probability of the
    decision's tokens as they were sampled.
    """

    def request(row: Row) -> Request:
        evidence = join_evidence(row["passages"], answerer.context_words)
        return Request(
            answerer.prompt.conversation(evidence=evidence, question=row["question"]),
            max_tokens=answerer.max_tokens,
            constraint=ANSWER,
            alternatives=0,
            thinking_tokens=answerer.language_model.thinking_tokens,
        )

    def read(reply: Reply, _row: Row) -> Columns | str:
        return read_answer(reply)

    return Asking(request, read, REPLY_COLUMNS, kept=("question_id", "pmid", "evidence"))


def join_evidence(passages: list[str], context_words: int) -> str:
    """Return the source passage whole and the first words of each context, a blank line between."""
    source, *contexts = passages
    return "\n\n".join([source, *(" ".join(context.split()[:context_words]) for context in contexts if context_words)])


def read_answer(reply: Reply) -> Columns | str:
    """Return decision, long answer (whole sentences, where there is one) and log-probability; else the reason."""
    answer = read_json(reply.text)
    if answer is None:
        silent = why_silent(reply)
        return silent or ("cut off before it was complete" if reply.finish_reason == "length" else NO_ANSWER)
    said, reasons = answer.get("decision"), answer.get("long_answer")
    if not (isinstance(said, str) and isinstance(reasons, str)):
        return NO_ANSWER
    decision, whole = read_choice(said, DECISIONS), " ".join(reasons.split())
    if decision is None or not whole:
        return NO_ANSWER
    long_answer = whole[:LONGEST_ANSWER]
    ends = [match.end() for match in SENTENCE_END.finditer(long_answer)]
    if not ends and len(long_answer) < len(whole):
        return f"a long answer of {len(whole):,} characters, of which no sentence ends within {LONGEST_ANSWER}"
    return {
        "decision": decision,
        "long_answer": long_answer[: ends[-1]] if ends else long_answer,
        "logprob": decision_logprob(reply, decision),
    }


def decision_logprob(reply: Reply, decision: str) -> float | None:
    """Return the summed log-probability of the tokens that spell the decision; None where they can not be told."""
    spelling = [reply.tokens[place] for place in places_of(DECIDED, reply)]
    if decision not in "".join(token for token, _ in spelling).casefold():
        return None
    return sum(logprob for _, logprob in spelling)
