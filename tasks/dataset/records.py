"""Records: pre-training text, conversations, preference pairs and an evaluator's lessons, with their provenance."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from tasks.serving.conversation import Conversation
from tasks.store.recipe import Recipe, digest
from tasks.store.row_key import with_row_key

DATASET = Recipe("dataset", 2)

MESSAGES = pl.List(pl.Struct({"role": pl.String, "content": pl.String}))
LICENCE = "Abstracts courtesy of the U.S. National Library of Medicine; copyright may rest with their publishers."

CONTENT: dict[str, dict[str, Any]] = {
    "cpt": {"text": pl.String},
    "sft": {"messages": MESSAGES, "decision": pl.String, "long_answer": pl.String},
    "evaluator": {"prompt": MESSAGES, "completion": MESSAGES, "margin": pl.Float64},
    "preferences": {
        "prompt": MESSAGES,
        "chosen": MESSAGES,
        "rejected": MESSAGES,
        "chosen_score": pl.Float64,
        "rejected_score": pl.Float64,
        "margin": pl.Float64,
    },
}
"""The columns of each kind of record; those of ``preferences`` are what TRL's DPOTrainer reads."""
PROVENANCE: dict[str, Any] = {
    "question_id": pl.String,
    "pmids": pl.List(pl.Int64),
    "branch": pl.String,
    "recipes": pl.List(pl.String),
    "models": pl.List(pl.String),
    "licence": pl.String,
}
RECORD_SCHEMA = {
    "kind": pl.String,
    **PROVENANCE,
    **{column: dtype for content in CONTENT.values() for column, dtype in content.items()},
}


@dataclass(frozen=True, slots=True)
class Origin:
    """What all records of a run share: branch, tables (stage/recipe) and models that they come from."""

    branch: str
    recipes: Sequence[str]
    models: Sequence[str]

    def columns(self, pmids: list[int], question_id: str) -> dict[str, Any]:
        """Return the provenance columns of one record."""
        return {
            "question_id": question_id,
            "pmids": pmids,
            "branch": self.branch,
            "recipes": list(self.recipes),
            "models": list(self.models),
            "licence": LICENCE,
        }


def make_records(
    preferences: pl.DataFrame,
    answers: pl.DataFrame,
    labels: pl.DataFrame,
    contexts: pl.DataFrame,
    articles: pl.DataFrame,
    prompt: Callable[[str, str], Conversation],
    origin: Origin,
) -> pl.DataFrame:
    """Return every record of a run, by kind and first PMID; columns as in ``RECORD_SCHEMA``.

    Args:
        preferences: pmid, chosen_id, chosen, pairs.
        answers: question_id, decision, long_answer.
        labels: pmid, first_id, prompt, completion, margin.
        contexts: question_id, pmids.
        articles: pmid, title, abstract.
        prompt: the conversation before a generator's question, from title and abstract.
    """
    texts = {pmid: (title, abstract) for pmid, title, abstract in articles.iter_rows()}
    neighbours = dict(contexts.select("question_id", "pmids").iter_rows())
    answered = {row["question_id"]: row for row in answers.iter_rows(named=True)}
    records: list[dict[str, Any]] = []
    for row in preferences.sort("pmid").iter_rows(named=True):
        pmids = [row["pmid"], *neighbours[row["chosen_id"]]]
        passages = ["\n".join(texts[pmid]) for pmid in pmids]
        shared = origin.columns(pmids, row["chosen_id"])
        records.append({"kind": "cpt", "text": "\n\n".join([*passages, row["chosen"]]), **shared})
        if answer := answered.get(row["chosen_id"]):
            records.append({"kind": "sft", **_conversation(row["chosen"], passages, answer), **shared})
        for pair in row["pairs"]:
            source = origin.columns([row["pmid"]], pair["chosen_id"])
            records.append({"kind": "preferences", **_pair(pair, prompt(*texts[row["pmid"]])), **source})
    for pmid, question_id, *label in labels.select("pmid", "first_id", *CONTENT["evaluator"]).iter_rows():
        content = dict(zip(CONTENT["evaluator"], label, strict=True))
        records.append({"kind": "evaluator", **content, **origin.columns([pmid], question_id)})
    return pl.DataFrame(records, schema=RECORD_SCHEMA).sort("kind", pl.col("pmids").list.first(), maintain_order=True)


def wanted_records(records: pl.DataFrame) -> pl.DataFrame:
    """Add row keys: a record is made from its own content and provenance."""
    hashes = [digest(record) for record in records.iter_rows(named=True)]
    return with_row_key(records.with_columns(content=pl.Series(hashes, dtype=pl.String)), DATASET, ["content"]).drop(
        "content"
    )


def _conversation(question: str, passages: list[str], answer: dict[str, Any]) -> dict[str, Any]:
    context = "\n\n".join(passages)
    return {
        "messages": [
            {"role": "user", "content": f"Context:\n{context}\n\nQuestion: {question}"},
            {"role": "assistant", "content": f"{answer['decision'].capitalize()}. {answer['long_answer']}"},
        ],
        "decision": answer["decision"],
        "long_answer": answer["long_answer"],
    }


def _pair(pair: dict[str, Any], prompt: Conversation) -> dict[str, Any]:
    return {
        "prompt": prompt,
        "chosen": [{"role": "assistant", "content": pair["chosen"]}],
        "rejected": [{"role": "assistant", "content": pair["rejected"]}],
        "chosen_score": pair["chosen_score"],
        "rejected_score": pair["rejected_score"],
        "margin": pair["margin"],
    }
