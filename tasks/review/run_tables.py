"""What a run's tables say of questions: which were asked, which the gates refused, and of which articles."""

from collections.abc import Iterable, Sequence

import polars as pl
from upath import UPath

from tasks.kinds import Kind
from tasks.review.dataset_folder import DatasetError, datasets_below, recorded_tables
from tasks.store.part import read_part
from tasks.store.store import Store

QUESTION_SCHEMA = {
    "question_id": pl.String, "pmid": pl.Int64, "generator": pl.String, "kind": pl.String, "question": pl.String,
    "finish_reason": pl.String,
}  # fmt: skip
TEXT_SCHEMA = {"pmid": pl.Int64, "title": pl.String, "abstract": pl.String}


def root_of(folder: UPath) -> UPath:
    """Return the root that a dataset was written below.

    Raises:
        DatasetError: it lies elsewhere now.
    """
    if folder.parent.name != "datasets":
        raise DatasetError(f"{folder} lies below no root; name the root of its run with --root")
    return folder.parent.parent


def tables_of_run(store: Store, folder: UPath | None = None) -> list[str]:
    """Return the tables of a dataset, without one those of the newest below the root, else all that there are."""
    newest = folder or next(iter(datasets_below(store.root)), None)
    return list(recorded_tables(newest)) if newest else store.tables()


def stage_rows(store: Store, tables: Iterable[str], stage: str) -> pl.DataFrame:
    """Return every row of a stage's tables; a column that a table lacks is null in its rows.

    Raises:
        DamagedPartError: a part or a recipe can not be read.
    """
    found = [
        rows
        for table in tables
        if table.partition("/")[0] == stage
        for rows in store.table(store.recipe_at(table)).rows.each(read_part)
    ]
    return pl.concat(found, how="diagonal_relaxed") if found else pl.DataFrame()


def asked_questions(store: Store, tables: Sequence[str]) -> pl.DataFrame:
    """Return every question that was asked, those that the gates refuse included: ``QUESTION_SCHEMA``."""
    rows = stage_rows(store, tables, "questions")
    lacking = [pl.lit(None, dtype).alias(name) for name, dtype in QUESTION_SCHEMA.items() if name not in rows.columns]
    if rows.is_empty():
        return pl.DataFrame(schema=QUESTION_SCHEMA)
    filled = rows.with_columns(lacking).with_columns(pl.col("kind").fill_null(Kind.YES_NO.value))
    return filled.select(list(QUESTION_SCHEMA)).unique("question_id").sort("pmid", "generator", "question_id")


def refused_questions(store: Store, tables: Sequence[str]) -> pl.DataFrame:
    """Return the questions that the run's gates refused: ``QUESTION_SCHEMA``."""
    passed = stage_rows(store, tables, "candidates")
    asked = asked_questions(store, tables)
    return asked if passed.is_empty() else asked.join(passed, on="question_id", how="anti", maintain_order="left")


def article_texts(store: Store, pmids: Iterable[int]) -> pl.DataFrame:
    """Return title and abstract of articles, each of its highest version: ``TEXT_SCHEMA``."""
    wanted = pl.col("pmid").is_in(sorted(set(pmids))) & (pl.col("kind") != "deletion")
    columns = ["pmid", "version", "kind", "title", "abstract"]
    found = [
        rows.filter(wanted)
        for table in store.tables("articles")
        for rows in store.table(store.recipe_at(table)).rows.each(lambda part: read_part(part, columns))
    ]
    if not found:
        return pl.DataFrame(schema=TEXT_SCHEMA)
    latest = pl.concat(found).sort("version").unique("pmid", keep="last", maintain_order=True)
    return latest.select(list(TEXT_SCHEMA)).sort("pmid")
