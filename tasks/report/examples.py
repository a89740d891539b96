"""A dozen articles with their questions, contexts and answer, where it passed the gates, for a person to read."""

from typing import Any

import polars as pl

from tasks.report.run_tables import RunTables
from tasks.store.reference import TableRef
from tasks.store.store import Store

EXAMPLES = 12


def pick_examples(store: Store, run: RunTables, titles: dict[int, str]) -> list[dict[str, Any]]:
    """Return examples spread evenly over the articles by margin, the clearest preference first."""
    preferences = store.read(run.preferences).sort("margin", "pmid", descending=[True, False], nulls_last=True)
    picked = preferences[spread(len(preferences), EXAMPLES)]
    ids = pl.concat([picked["chosen_id"], picked["rejected_id"].drop_nulls()])
    contexts = {row["question_id"]: row for row in _of(store, run.contexts, ids).iter_rows(named=True)}
    answers = {row["question_id"]: row for row in _of(store, run.passed_answers, ids).iter_rows(named=True)}
    return [_example(row, contexts, answers, titles) for row in picked.iter_rows(named=True)]


def spread(length: int, count: int) -> list[int]:
    """Return up to ``count`` places of a sequence, evenly spread from its first to its last."""
    if length <= count:
        return list(range(length))
    return [place * (length - 1) // (count - 1) for place in range(count)]


def _of(store: Store, ref: TableRef, ids: pl.Series) -> pl.DataFrame:
    return store.read(ref).filter(pl.col("question_id").is_in(ids.implode()))


def _example(
    row: dict[str, Any], contexts: dict[str, Any], answers: dict[str, Any], titles: dict[int, str]
) -> dict[str, Any]:
    def question(side: str) -> dict[str, Any] | None:
        if row[f"{side}_id"] is None:
            return None
        found = contexts[row[f"{side}_id"]]
        near = [
            {"title": titles[pmid], "similarity": similarity}
            for pmid, similarity in zip(found["pmids"], found["similarities"], strict=True)
        ]
        return {"text": row[side], "score": row[f"{side}_score"], "contexts": near}

    return {
        "pmid": row["pmid"],
        "title": titles[row["pmid"]],
        "is_pair": any(_is_shown(pair, row) for pair in row["pairs"]),
        "chosen": question("chosen"),
        "rejected": question("rejected"),
        "answer": answers.get(row["chosen_id"]),
    }


def _is_shown(pair: dict[str, Any], row: dict[str, Any]) -> bool:
    return (pair["chosen_id"], pair["rejected_id"]) == (row["chosen_id"], row["rejected_id"])
