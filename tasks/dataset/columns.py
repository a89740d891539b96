"""The columns of a dataset's records: their types, and what they hold in words."""

from typing import Any, NamedTuple

import polars as pl

MESSAGES = pl.List(pl.Struct({"role": pl.String, "content": pl.String}))
LICENCE = "Abstracts courtesy of the U.S. National Library of Medicine; copyright may rest with their publishers."
REFUSAL = "refusal"
"""Why a record is not written; null for those that are."""


class Column(NamedTuple):
    """A column's type and meaning."""

    dtype: Any
    meaning: str


KIND = Column(pl.String, "of the question: yes/no, factoid, list or explanation")
DECISION = Column(pl.String, "yes, no or maybe; null for other kinds")
EVIDENCE_SENTENCE = Column(pl.String, "the sentence of the articles shown that supports the answer; null where none")
TOKENS = Column(pl.Int32, "length in tokens of the tokenizer in recipes.json, with its chat template")

CONTENT: dict[str, dict[str, Column]] = {
    "sft": {
        "messages": Column(MESSAGES, "system, user and assistant turn"),
        "kind": KIND,
        "decision": DECISION,
        "short_answer": Column(pl.String, "what a factoid or list question asks for; null for other kinds"),
        "long_answer": Column(pl.String, "the explanation"),
        "cited": Column(pl.List(pl.Int64), "PMIDs that the answer names as used"),
        "evidence_sentence": EVIDENCE_SENTENCE,
        "probability": Column(pl.Float64, "of the decision, as the answer model gave it; null where unknown"),
        "n_tokens": TOKENS,
    },
    "cpt": {
        "text": Column(pl.String, "abstract, question's contexts, question and answer; an abstract stands here once"),
        "kind": KIND,
        "n_tokens": Column(pl.Int32, "length in tokens of the tokenizer in recipes.json"),
    },
    "preferences": {
        "prompt": Column(MESSAGES, "what a generator is told"),
        "chosen": Column(MESSAGES, "the better question"),
        "rejected": Column(MESSAGES, "the worse one"),
        "chosen_score": Column(pl.Float64, "score of the better question"),
        "rejected_score": Column(pl.Float64, "score of the worse one"),
        "margin": Column(pl.Float64, "their difference"),
        "kind": KIND,
        "n_tokens": Column(pl.Int32, "length in tokens of the prompt with the longer question"),
    },
    "evaluator": {
        "prompt": Column(MESSAGES, "what an evaluator is told of two questions"),
        "completion": Column(MESSAGES, "which is better: 1 or 2"),
        "margin": Column(pl.Float64, "difference of their scores"),
        "kind": KIND,
        "n_tokens": TOKENS,
    },
    "verifiable": {
        "prompt": Column(MESSAGES, "system and user turn of the same question's sft record"),
        "question": Column(pl.String, "the question"),
        "context": Column(pl.String, "the articles shown, the source first"),
        "answer": Column(pl.String, "decision or short answer, items of a list separated by semicolons"),
        "evidence_sentence": EVIDENCE_SENTENCE,
        "pmid": Column(pl.Int64, "of the source"),
        "kind": KIND,
        "n_tokens": Column(pl.Int32, "length of the prompt in tokens"),
    },
}
"""The configs of a dataset; the columns of ``preferences`` are what TRL's DPOTrainer reads."""
PROVENANCE: dict[str, Column] = {
    "question_id": Column(pl.String, "of the question"),
    "pmids": Column(pl.List(pl.Int64), "articles whose text stands in the record, the source first"),
    "branch": Column(pl.String, "tree numbers of the MeSH branch"),
    "recipes": Column(pl.List(pl.String), "tables that the record comes from"),
    "models": Column(pl.List(pl.String), "language models of the run"),
    "licence": Column(pl.String, "note on the rights in the abstracts"),
}
RECORD_SCHEMA: dict[str, Any] = {
    "config": pl.String,
    **{name: column.dtype for name, column in PROVENANCE.items()},
    **{name: column.dtype for columns in CONTENT.values() for name, column in columns.items()},
    REFUSAL: pl.String,
}
"""All configs in one frame: a record has null in the columns of others."""
