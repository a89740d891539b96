"""The sheet that questions and answers of a run are graded on: all questions, those that gates refuse included."""

import hashlib
from collections.abc import Sequence
from typing import Any

import polars as pl

from tasks.review.run_tables import article_texts, asked_questions, stage_rows, tables_of_run
from tasks.review.sheet import SheetError
from tasks.store.store import Store

COLUMNS = (
    "id", "model", "pmid", "generator", "kind", "question", "finish_reason", "title", "abstract", "decision",
    "short_answer", "long_answer", "cited", "evidence_pmids", "evidence",
)  # fmt: skip
CONTEXT_WORDS = 80


def sheet_rows(store: Store, model: str, sample: int) -> list[dict[str, Any]]:
    """Return ``sample`` questions to grade, with their article and, where it was answered, the answer.

    Articles are drawn by a hash of their PMID, each with all its questions: so the same ones come from every root that
    holds them, whatever generated the questions.

    Args:
        model: the label that the rows get.

    Raises:
        SheetError: a generator asked two questions about one article, so that the root holds several runs.
    """
    tables = tables_of_run(store)
    keyed = asked_questions(store, tables).with_columns(
        drawn=pl.col("pmid").map_elements(_drawn, return_dtype=pl.String)
    )
    drawn = keyed.sort("drawn", "pmid", "generator", "question_id").head(sample)
    twice = drawn.filter(pl.struct("pmid", "generator").is_duplicated())
    if len(twice):
        pmid, generator = twice.select("pmid", "generator").row(0)
        raise SheetError(
            f"{generator} asked several questions about PMID {pmid}: {store.root} holds runs with other prompts or "
            "models; distil into a fresh root, or end the run with a dataset, whose tables alone then count"
        )
    answers = _answers(store, tables)
    needed = set(drawn["pmid"])
    needed |= {pmid for each in drawn["question_id"] if each in answers for pmid in answers[each]["evidence"]}
    texts = {pmid: (title, abstract) for pmid, title, abstract in article_texts(store, needed).iter_rows()}
    return [_row(row, model, texts, answers.get(row["question_id"])) for row in drawn.iter_rows(named=True)]


def _drawn(pmid: int) -> str:
    return hashlib.blake2b(f"worth {pmid}".encode(), digest_size=8).hexdigest()


def _answers(store: Store, tables: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return answers by question, with ``context_words``: how much of each context the model read."""
    answers = {}
    for table in tables:
        if table.partition("/")[0] == "answers":
            words = store.recipe_at(table).parameters.get("context_words", CONTEXT_WORDS)
            for row in stage_rows(store, [table], "answers").iter_rows(named=True):
                answers[row["question_id"]] = {**row, "context_words": words}
    return answers


def _row(
    row: dict[str, Any], model: str, texts: dict[int, tuple[str, str]], answer: dict[str, Any] | None
) -> dict[str, Any]:
    title, abstract = texts.get(row["pmid"], ("", ""))
    said = answer or {}
    return {
        "id": row["question_id"],
        "model": model,
        **{name: row[name] for name in ("pmid", "generator", "kind", "question", "finish_reason")},
        "title": title,
        "abstract": abstract,
        **{name: said.get(name) for name in ("decision", "short_answer", "long_answer", "cited")},
        "evidence_pmids": said.get("evidence"),
        "evidence": _contexts(said, texts),
    }


def _contexts(answer: dict[str, Any], texts: dict[int, tuple[str, str]]) -> str:
    """Return the passages beside the source, as far as the model read them."""
    shown = []
    for pmid in answer.get("evidence", [])[1:]:
        words = "\n".join(texts.get(pmid, ("", ""))).split()[: answer["context_words"]]
        shown.append(f"[{pmid}] {' '.join(words)}")
    return "\n\n".join(shown)
