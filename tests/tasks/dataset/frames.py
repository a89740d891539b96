"""A run's tables of three articles, small enough that records can be written out by hand."""

from typing import Any

import polars as pl

from tasks.dataset.records import Origin, Sources, make_records, sort_out, wanted_records
from tasks.dataset.settings import Records
from tasks.kinds import Kind
from tasks.serving.conversation import Prompt
from tests.tasks.tuning.words import WordTokens

ARTICLES = pl.DataFrame({"pmid": [1, 2, 3], "title": ["T1", "T2", "T3"], "abstract": ["A1 is.", "A2 b c", "A3 d"]})
CONTEXTS = pl.DataFrame({"question_id": ["q1", "q2"], "pmids": [[2, 3], [1, 3]]})
PAIR = {
    "chosen_id": "q1", "chosen": "Is it?", "chosen_score": 0.8,
    "rejected_id": "q9", "rejected": "Bad?", "rejected_score": 0.2, "margin": 0.6,
}  # fmt: skip
PREFERENCES = pl.DataFrame(
    {
        "pmid": [1, 2],
        "kind": ["yes/no", "list"],
        "chosen_id": ["q1", "q2"],
        "chosen": ["Is it?", "Which are?"],
        "pairs": [[PAIR], []],
    }
)
ANSWER_SCHEMA = {
    "question_id": pl.String,
    "pmid": pl.Int64,
    "evidence": pl.List(pl.Int64),
    "kind": pl.String,
    "decision": pl.String,
    "short_answer": pl.String,
    "long_answer": pl.String,
    "cited": pl.List(pl.Int64),
    "evidence_sentence": pl.String,
    "logprob": pl.Float64,
    "probability": pl.Float64,
}
SAID = [{"role": "assistant", "content": "1"}]
LABELS = pl.DataFrame({"pmid": [1], "first_id": ["q1"], "prompt": [SAID], "completion": [SAID], "margin": [0.6]})
ORIGIN = Origin("C04", ["questions/a", "answers/b"], ["m@1"])
SETTINGS = Records(
    system={Kind.YES_NO: "Be brief.", Kind.LIST: ""},
    instruction={Kind.YES_NO: "Decide.", Kind.LIST: "Name all."},
    citing="Cite.",
)
PROMPTS = {kind: Prompt(template=f"{kind}: {{title}}/{{abstract}}") for kind in Kind}


def answer(**changes: Any) -> dict[str, Any]:
    plain = {
        "question_id": "q1", "pmid": 1, "evidence": [1, 2, 3], "kind": "yes/no", "decision": "yes",
        "short_answer": None, "long_answer": "It is.", "cited": [], "evidence_sentence": None, "logprob": -0.1,
        "probability": 0.9,
    }  # fmt: skip
    return {**plain, **changes}


def records(*answers: dict[str, Any], settings: Records = SETTINGS, context_words: int = 2) -> pl.DataFrame:
    """Return the records of the run, the refused ones among them; one answer where none are given."""
    answered = pl.DataFrame(list(answers) or [answer()], schema=ANSWER_SCHEMA)
    sources = Sources(PREFERENCES, answered, LABELS, CONTEXTS, ARTICLES)
    return make_records(sources, PROMPTS, context_words, settings, WordTokens(), ORIGIN)


def written(*answers: dict[str, Any], settings: Records = SETTINGS) -> pl.DataFrame:
    """Return the records as their table holds them."""
    return sort_out(wanted_records(records(*answers, settings=settings), settings.recipe)).rows
