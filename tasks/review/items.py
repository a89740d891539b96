"""Items of a dataset as a person reads them: question, answer, evidence, and what the question beat."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from tasks.kinds import Kind

QUESTION_MARK, PARAGRAPH = "\n\nQuestion: ", "\n\n"
"""What stands before the question in a conversation's user turn; evidence stands above, an instruction may stand below.
"""
EVIDENCE_LABELS = ("Context:", "Source:")
SHOWN_FACTS = ("probability", "logprob", "evidence_sentence", "n_tokens", "tokens")
"""Columns that are shown where a dataset has them."""


@dataclass(frozen=True, slots=True)
class Beaten:
    """A question that lost, both scores and the margin between them."""

    question: str
    score: float | None
    winner_score: float | None
    margin: float | None


@dataclass(frozen=True, slots=True)
class Item:
    """A record of a dataset, or several about one question; ``answer`` is None where there is none (of preferences).

    ``pmids`` are those of the evidence, the source first, or of the source alone; ``cited`` those that the answer
    names, None where it names none.
    """

    question_id: str
    pmids: Sequence[int]
    kind: str
    question: str
    decision: str | None
    short_answer: str | None
    answer: str | None
    evidence: str
    cited: Sequence[int] | None
    facts: dict[str, Any]
    beaten: Sequence[Beaten]


def sample_rows(rows: pl.DataFrame, count: int, seed: int) -> pl.DataFrame:
    """Return up to ``count`` rows, drawn evenly by a hash of question_id and seed, in the order of their PMID.

    The rows of one seed are among those of the same seed and a higher count. A row has ``pmids``, the source first, or
    ``pmid``.
    """
    drawn = rows.with_columns(
        drawn=pl.col("question_id").map_elements(lambda name: _hash(name, seed), return_dtype=pl.String)
    )
    chosen = drawn.sort("drawn", maintain_order=True).head(count).drop("drawn")
    source = pl.col("pmids").list.first() if "pmids" in rows.columns else pl.col("pmid")
    return chosen.sort(source, "question_id", maintain_order=True)


def items_of_sft(records: pl.DataFrame, preferences: pl.DataFrame) -> list[Item]:
    """Return an item for each record, with what its question beat according to the preferences.

    Args:
        records: question_id, pmids, messages, decision, long_answer; and kind, short_answer, cited and ``SHOWN_FACTS``
            where the dataset has them.
        preferences: question_id (of the winner), rejected, chosen_score, rejected_score, margin.
    """
    lost = _beaten_by(preferences)
    items = []
    for row in records.iter_rows(named=True):
        asked, said = _turns(row["messages"])
        evidence, question = _split(asked)
        items.append(
            Item(
                question_id=row["question_id"],
                pmids=row["pmids"],
                kind=row.get("kind") or Kind.YES_NO.value,
                question=question,
                decision=row.get("decision"),
                short_answer=row.get("short_answer"),
                answer=row.get("long_answer") or said,
                evidence=evidence,
                cited=row.get("cited") or None,
                facts={name: row[name] for name in SHOWN_FACTS if row.get(name) is not None},
                beaten=lost.get(row["question_id"], ()),
            )
        )
    return items


def items_of_preferences(records: pl.DataFrame) -> list[Item]:
    """Return an item for each pair; what the generator was shown stands for the evidence.

    Args:
        records: question_id, pmids, prompt, chosen, rejected, chosen_score, rejected_score, margin; kind where there.
    """
    return [
        Item(
            question_id=row["question_id"],
            pmids=row["pmids"],
            kind=row.get("kind") or Kind.YES_NO.value,
            question=_turns(row["chosen"])[1],
            decision=None,
            short_answer=None,
            answer=None,
            evidence=_turns(row["prompt"])[0],
            cited=None,
            facts={},
            beaten=[_beaten(row)],
        )
        for row in records.iter_rows(named=True)
    ]


def _hash(name: str | None, seed: int) -> str:
    return hashlib.blake2b(f"{seed} {name}".encode(), digest_size=8).hexdigest()


def _beaten_by(preferences: pl.DataFrame) -> dict[str, list[Beaten]]:
    lost: dict[str, list[Beaten]] = {}
    for row in preferences.iter_rows(named=True):
        lost.setdefault(row["question_id"], []).append(_beaten(row))
    return lost


def _beaten(row: dict[str, Any]) -> Beaten:
    return Beaten(_turns(row["rejected"])[1], row.get("rejected_score"), row.get("chosen_score"), row.get("margin"))


def _turns(messages: Sequence[dict[str, str | None]] | None) -> tuple[str, str]:
    """Return the last thing that the user says and the last that the model says; nothing where they say nothing."""
    said = {"user": "", "assistant": ""}
    for message in messages or ():
        if message:
            said[message["role"] or ""] = message["content"] or ""
    return said["user"], said["assistant"]


def _split(asked: str) -> tuple[str, str]:
    """Return evidence and question of a user turn; one without a mark is all question."""
    above, mark, below = f"{PARAGRAPH}{asked}".rpartition(QUESTION_MARK)
    if not mark:
        return "", asked.strip()
    evidence = above.strip()
    for label in EVIDENCE_LABELS:
        evidence = evidence.removeprefix(label).strip()
    return evidence, below.partition(PARAGRAPH)[0].strip()
