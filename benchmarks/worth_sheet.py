"""The sheet that questions and answers of a run are graded on: all questions, those that gates refuse included."""

import hashlib
from collections.abc import Sequence
from typing import Any

import polars as pl

from tasks.kinds import Kind
from tasks.review.dataset_folder import datasets_below, recorded_tables
from tasks.review.sheet import SheetError
from tasks.store.part import read_part
from tasks.store.store import Store

COLUMNS = (
    "id", "model", "pmid", "generator", "kind", "question", "title", "abstract", "decision", "short_answer",
    "long_answer", "cited", "evidence",
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
    questions = _rows(store, tables, "questions")
    if questions.is_empty():
        return []
    keyed = questions.with_columns(
        drawn=pl.col("pmid").map_elements(_drawn, return_dtype=pl.String), kind=_or_null(questions, "kind")
    ).with_columns(pl.col("kind").fill_null(Kind.YES_NO.value))
    drawn = keyed.unique("question_id").sort("drawn", "pmid", "generator", "question_id").head(sample)
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
    texts = _texts(store, needed)
    return [_row(row, model, texts, answers.get(row["question_id"])) for row in drawn.iter_rows(named=True)]


def tables_of_run(store: Store) -> list[str]:
    """Return the tables of the newest dataset below the root, and of a root without one all tables."""
    datasets = datasets_below(store.root)
    return list(recorded_tables(datasets[0])) if datasets else store.tables()


def _rows(store: Store, tables: Sequence[str], stage: str) -> pl.DataFrame:
    found = [
        rows
        for table in tables
        if table.partition("/")[0] == stage
        for rows in store.table(store.recipe_at(table)).rows.each(read_part)
    ]
    return pl.concat(found, how="diagonal_relaxed") if found else pl.DataFrame()


def _or_null(rows: pl.DataFrame, column: str) -> pl.Expr:
    return pl.col(column) if column in rows.columns else pl.lit(None, pl.String)


def _drawn(pmid: int) -> str:
    return hashlib.blake2b(f"worth {pmid}".encode(), digest_size=8).hexdigest()


def _answers(store: Store, tables: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return answers by question, with ``context_words``: how much of each context the model read."""
    answers = {}
    for table in tables:
        if table.partition("/")[0] == "answers":
            words = store.recipe_at(table).parameters.get("context_words", CONTEXT_WORDS)
            for row in _rows(store, [table], "answers").iter_rows(named=True):
                answers[row["question_id"]] = {**row, "context_words": words}
    return answers


def _texts(store: Store, pmids: set[int]) -> dict[int, tuple[str, str]]:
    """Return title and abstract of each article, of its highest version."""
    wanted = pl.col("pmid").is_in(sorted(pmids)) & (pl.col("kind") != "deletion")
    columns = ["pmid", "version", "kind", "title", "abstract"]
    found = [
        rows.filter(wanted)
        for table in store.tables("articles")
        for rows in store.table(store.recipe_at(table)).rows.each(lambda part: read_part(part, columns))
    ]
    if not found:
        return {}
    rows = pl.concat(found).sort("version").select("pmid", "title", "abstract")
    return {pmid: (title, abstract) for pmid, title, abstract in rows.iter_rows()}


def _row(
    row: dict[str, Any], model: str, texts: dict[int, tuple[str, str]], answer: dict[str, Any] | None
) -> dict[str, Any]:
    title, abstract = texts.get(row["pmid"], ("", ""))
    said = answer or {}
    return {
        "id": row["question_id"],
        "model": model,
        **{name: row[name] for name in ("pmid", "generator", "kind", "question")},
        "title": title,
        "abstract": abstract,
        **{name: said.get(name) for name in ("decision", "short_answer", "long_answer", "cited")},
        "evidence": _contexts(said, texts),
    }


def _contexts(answer: dict[str, Any], texts: dict[int, tuple[str, str]]) -> str:
    """Return the passages beside the source, as far as the model read them."""
    shown = []
    for pmid in answer.get("evidence", [])[1:]:
        words = "\n".join(texts.get(pmid, ("", ""))).split()[: answer["context_words"]]
        shown.append(f"[{pmid}] {' '.join(words)}")
    return "\n\n".join(shown)
