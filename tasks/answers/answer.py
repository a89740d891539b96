"""Answer each article's best question from its abstract and contexts."""

from typing import Any

import polars as pl

from tasks.answers.answerer import Answerer
from tasks.answers.read_answer import read_answer
from tasks.evidence import Passage, evidence_text, shown_passages
from tasks.kinds import Kind
from tasks.serving.asking import Asking, Columns, Row
from tasks.serving.reply import Reply
from tasks.serving.request import Request
from tasks.store.row_key import with_row_key

REPLY_COLUMNS: dict[str, Any] = {
    "decision": pl.String,
    "short_answer": pl.String,
    "long_answer": pl.String,
    "cited": pl.List(pl.Int64),
    "evidence_sentence": pl.String,
    "logprob": pl.Float64,
    "probability": pl.Float64,
}
KEPT = ("question_id", "pmid", "evidence", "kind")
DECIDED: dict[str, Any] = {
    "question_id": pl.String,
    "decided": pl.String,
    "decided_logprob": pl.Float64,
    "decided_probability": pl.Float64,
}
ALTERNATIVES = 5
"""Yes, no, maybe and their first letters; each token of an answer comes with as many, so that more would cost."""


def questions_with_evidence(
    preferences: pl.DataFrame, contexts: pl.DataFrame, articles: pl.DataFrame, context_words: int
) -> pl.DataFrame:
    """Return the best questions with the passages that they are answered from.

    Args:
        preferences: pmid, kind, chosen_id, chosen.
        contexts: question_id, pmids.
        articles: pmid, title, abstract, content_hash.

    Returns:
        question_id, pmid, kind, question, evidence (PMIDs of what is shown, the source first), passages (pmid, title,
        abstract of each), hashes (of their content); in order of PMID.
    """
    best = preferences.select("pmid", "kind", question_id="chosen_id", question="chosen").join(
        contexts.select("question_id", "pmids"), on="question_id", maintain_order="left"
    )
    shown = pl.concat_list("pmid", "pmids") if context_words else pl.concat_list("pmid")
    return with_passages(best.with_columns(evidence=shown).drop("pmids"), articles)


def with_passages(questions: pl.DataFrame, articles: pl.DataFrame) -> pl.DataFrame:
    """Return questions with the passages that their evidence names, in order of PMID.

    Args:
        questions: question_id, pmid, evidence (PMIDs) and whatever else.
        articles: pmid, title, abstract, content_hash.

    Returns:
        The same and passages (pmid, title, abstract of each), hashes (of their content).
    """
    passages = (
        questions.select("question_id", "evidence")
        .explode("evidence")
        .join(articles, left_on="evidence", right_on="pmid", maintain_order="left")
        .with_columns(passage=pl.struct(pmid="evidence", title="title", abstract="abstract"))
        .group_by("question_id", maintain_order=True)
        .agg(passages="passage", hashes="content_hash")
    )
    return questions.join(passages, on="question_id", maintain_order="left").sort("pmid")


def wanted_answers(
    preferences: pl.DataFrame,
    contexts: pl.DataFrame,
    articles: pl.DataFrame,
    answerer: Answerer,
    decided: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Return the best questions with their evidence, keyed by question, evidence and the decision, where one stands.

    Args:
        preferences, contexts, articles: as ``questions_with_evidence`` takes them.
        decided: the decisions to write answers for, columns as in ``DECIDED``; other questions are decided as they are
            answered.

    Returns:
        row_key, question_id, pmid, kind, question, evidence, passages, decided, decided_logprob, decided_probability.
    """
    asked = questions_with_evidence(preferences, contexts, articles, answerer.context_words)
    stands = pl.DataFrame(schema=DECIDED) if decided is None else decided.select(*DECIDED)
    joined = asked.join(stands, on="question_id", how="left", maintain_order="left")
    inputs = ["question_id", "question", "kind", "evidence", "hashes", *list(DECIDED)[1:]]
    return with_row_key(joined, answerer.recipe, inputs).drop("hashes")


def answer_asking(answerer: Answerer) -> Asking:
    """Return how each question of ``wanted_answers`` is answered.

    Its rows are row_key, question_id, pmid, evidence, kind and ``REPLY_COLUMNS``. ``logprob`` is that of the decision's
    tokens as they were sampled, ``probability`` that of the decision against the two others; where the decision stood
    before, both are those that it came with.
    """

    def request(row: Row) -> Request:
        kind = Kind(row["kind"])
        evidence = evidence_text(passages_of(row), answerer.context_words)
        return Request(
            answerer.prompt_of(kind).conversation(evidence=evidence, question=row["question"]),
            max_tokens=answerer.max_tokens,
            constraint=answerer.format_of(kind).schema(row["evidence"], row["decided"]),
            alternatives=ALTERNATIVES if kind == Kind.YES_NO and row["decided"] is None else None,
            thinking_tokens=answerer.language_model.thinking_tokens,
        )

    def read(reply: Reply, row: Row) -> Columns | str:
        passages = shown_passages(passages_of(row), answerer.context_words)
        answer = read_answer(reply, answerer.format_of(Kind(row["kind"])), passages, row["evidence"])
        if isinstance(answer, str) or row["decided"] is None:
            return answer
        if answer["decision"] != row["decided"]:
            return "it decides otherwise than it was to"
        return {**answer, "logprob": row["decided_logprob"], "probability": row["decided_probability"]}

    return Asking(request, read, REPLY_COLUMNS, KEPT)


def passages_of(row: Row) -> list[Passage]:
    """Return the passages of a row, the source first."""
    return [Passage(**passage) for passage in row["passages"]]


def count_unquoted(answers: pl.DataFrame) -> int:
    """Return how many answers quote nothing that stands in their evidence."""
    return answers["evidence_sentence"].null_count()
