"""Verdicts of people on questions and answers: put on sheets, read back, and kept as a table below the root."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

from tasks.review.items import Item
from tasks.review.rubric import Criterion
from tasks.review.sheet import ANNOTATOR, COMMENT, CONTROL, SheetError, read_grades, read_sheet
from tasks.store.recipe import Recipe
from tasks.store.row_key import with_row_key
from tasks.store.store import Store

REVIEWS = Recipe("reviews", 1)
COLUMNS = ("id", "pmid", "question", "answer", "evidence")
"""What a sheet shows; the columns to fill in stand behind them."""
KNOWN = {"question_id": pl.String, "pmid": pl.Int64, "generator": pl.String, "kind": pl.String,
         "question": pl.String, "finish_reason": pl.String}  # fmt: skip
VERDICT_SCHEMA = {
    **KNOWN,
    **{criterion.value: pl.Boolean for criterion in Criterion},
    COMMENT: pl.String,
    "reviewer": pl.String,
    "reviewed": pl.String,
}


def sheet_of_items(items: Sequence[Item]) -> list[dict[str, Any]]:
    """Return the rows of a sheet: a question with the whole answer, what it cites, and the evidence."""
    return [
        {
            "id": item.question_id,
            "pmid": item.pmids[0],
            "question": item.question,
            "answer": _answer(item),
            "evidence": item.evidence,
        }
        for item in items
    ]


def sheet_of_refused(refused: pl.DataFrame, texts: pl.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a sheet for questions that gates refused: without an answer, their article as evidence.

    Args:
        refused: question_id, pmid, question.
        texts: pmid, title, abstract.
    """
    joined = refused.join(texts, on="pmid", how="left", maintain_order="left").select(
        pl.col("question_id").alias("id"),
        "pmid",
        "question",
        pl.lit(None).alias("answer"),
        pl.concat_str("title", "abstract", separator="\n").alias("evidence"),
    )
    return joined.to_dicts()


def read_verdicts(path: Path, known: pl.DataFrame, reviewer: str, when: str) -> tuple[pl.DataFrame, int]:
    """Return the verdicts of a sheet as ``VERDICT_SCHEMA``, and how many rows were left blank.

    Args:
        known: the questions that may be judged, with the columns of ``KNOWN``.
        reviewer: whose verdicts they are, where the sheet has no column ``annotator`` that says so.
        when: the time that they get, as ISO 8601.

    Raises:
        SheetError: the sheet can not be read, a cell is no verdict, an id is of no question known, a reviewer
            judges one twice, or nothing was filled in.
    """
    questions = {row["question_id"]: row for row in known.iter_rows(named=True)}
    rows: list[dict[str, Any]] = []
    seen: dict[tuple[str, str], int] = {}
    blank = 0
    for line, cells in read_sheet(path, ["id"]):
        found = questions.get(cells["id"])
        if found is None:
            raise SheetError(
                f"{path} line {line}, column id: {cells['id']!r} is no question of this dataset or its run; name the "
                "dataset that the sheet was written from"
            )
        who = cells.get(ANNOTATOR) or reviewer
        earlier = seen.setdefault((cells["id"], who), line)
        if earlier != line:
            raise SheetError(f"{path} line {line}, column id: {cells['id']} stands in line {earlier}, too; keep one")
        grades = read_grades(path, line, cells)
        if not grades:
            blank += 1
            continue
        said = {**grades, COMMENT: cells.get(COMMENT) or None, "reviewer": who, "reviewed": when}
        rows.append({**{name: found[name] for name in KNOWN}, **said})
    if not rows:
        raise SheetError(
            f"{path} holds no verdict: fill in the columns {', '.join(Criterion)}, or name a tool's controls "
            f"{CONTROL}{Criterion.ONE_QUESTION} and so on"
        )
    return pl.DataFrame(rows, schema=VERDICT_SCHEMA), blank


def keep_verdicts(store: Store, verdicts: pl.DataFrame) -> None:
    """Add verdicts to the table of the root; earlier ones stay, the latest of a reviewer counts."""
    store.table(REVIEWS).commit(with_row_key(verdicts, REVIEWS, ["question_id", "reviewer", "reviewed"]))


def kept_verdicts(store: Store) -> pl.DataFrame:
    """Return the verdicts of a root, of each question the latest one of each reviewer: ``VERDICT_SCHEMA``."""
    table = store.table(REVIEWS)
    rows = table.read(table.keys())
    if rows.is_empty():
        return pl.DataFrame(schema=VERDICT_SCHEMA)
    ordered = rows.select(list(VERDICT_SCHEMA)).sort("reviewed", "question_id", "reviewer")
    return ordered.unique(["question_id", "reviewer"], keep="last", maintain_order=True)


def _answer(item: Item) -> str | None:
    if item.answer is None:
        return None
    named = [text for text in (item.decision, item.short_answer) if text]
    cited = "" if item.cited is None else f"\nUsed: {', '.join(map(str, item.cited))}"
    return ": ".join([*named, item.answer]) + cited
