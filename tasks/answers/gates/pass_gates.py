"""Which answers pass their gates."""

from typing import Any

import polars as pl

from tasks.answers.answer import KEPT, REPLY_COLUMNS, passages_of, with_passages
from tasks.answers.answerer import Answerer
from tasks.answers.gates.case import Case, Example
from tasks.answers.gates.registry import VERSION, refusal
from tasks.answers.gates.settings import AnswerGates
from tasks.answers.gates.wording import LISTS
from tasks.evidence import evidence_text
from tasks.kinds import Kind
from tasks.store.outcome import REFUSED_SCHEMA, Outcome
from tasks.store.recipe import Recipe, digest
from tasks.store.row_key import ROW_KEY, with_row_key

ANSWER_COLUMNS = [*KEPT, *REPLY_COLUMNS]


def gates_recipe(answerer: Answerer, gates: AnswerGates) -> Recipe:
    """Return the recipe of the answers that pass: the gates look at the answerer's examples and evidence, too."""
    return Recipe("answer-gates", VERSION, {**gates.parameters, "words": digest(LISTS)}, reads=(answerer.recipe,))


def wanted_passed(
    answers: pl.DataFrame, preferences: pl.DataFrame, articles: pl.DataFrame, answerer: Answerer, gates: AnswerGates
) -> pl.DataFrame:
    """Return answers with question and passages, keyed by all that the gates look at.

    Args:
        answers: as ``answer_asking`` makes them.
        preferences: chosen_id, chosen.
        articles: pmid, title, abstract, content_hash.

    Returns:
        row_key, the columns of the answers, question, passages (pmid, title, abstract of each).
    """
    asked = answers.drop(ROW_KEY).join(
        preferences.select(question_id="chosen_id", question="chosen"), on="question_id", maintain_order="left"
    )
    joined = with_passages(asked, articles)
    return with_row_key(joined, gates_recipe(answerer, gates), [*ANSWER_COLUMNS, "question", "hashes"]).drop("hashes")


def pass_answer_gates(answers: pl.DataFrame, answerer: Answerer, gates: AnswerGates) -> Outcome:
    """Return the answers that are fit to train on, with the columns that they came with; the others with the reason.

    Args:
        answers: as ``wanted_passed`` returns them.
    """
    shots = {kind: tuple(map(Example.of, answerer.prompt_of(kind).shots)) for kind in Kind}
    reasons = [
        refusal(case_of(row, answerer, shots[Kind(row["kind"])]), gates) for row in answers.iter_rows(named=True)
    ]
    judged = answers.with_columns(reason=pl.Series(reasons, dtype=pl.String))
    refused = judged.filter(pl.col("reason").is_not_null()).select(
        ROW_KEY, pl.format("PMID {}: {}", "pmid", "question").alias("key"), "reason"
    )
    passed = judged.filter(pl.col("reason").is_null()).select(ROW_KEY, *ANSWER_COLUMNS)
    return Outcome(passed, refused.cast(pl.Schema(REFUSED_SCHEMA)))


def case_of(row: dict[str, Any], answerer: Answerer, examples: tuple[Example, ...]) -> Case:
    """Return an answer with its question and passages as the gates look at it."""
    return Case(
        question=row["question"],
        long_answer=row["long_answer"],
        evidence=evidence_text(passages_of(row), answerer.context_words),
        kind=Kind(row["kind"]),
        decision=row["decision"],
        short_answer=row["short_answer"],
        cited=tuple(row["cited"]),
        probability=row["probability"],
        cites=answerer.cites,
        examples=examples,
    )
