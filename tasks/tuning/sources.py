"""Where training rows come from: a dataset that was distilled, or BioASQ's questions about documents."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from tasks.errors import DistilleryError
from tasks.kinds import Kind
from tasks.questions.generator import Generator, Policy
from tasks.serving.conversation import Prompt
from tasks.store.recipe import digest
from tasks.store.row_key import ROW_KEY

MESSAGES = pl.List(pl.Struct({"role": pl.String, "content": pl.String}))
COLUMNS: dict[str, dict[str, pl.DataType]] = {
    "cpt": {"text": pl.String()},
    "sft": {"messages": MESSAGES},
    "evaluator": {"prompt": MESSAGES, "completion": MESSAGES},
    "preferences": {"prompt": MESSAGES, "chosen": MESSAGES, "rejected": MESSAGES, "margin": pl.Float64()},
}
"""What trainings read of each kind of record, beside the PMIDs."""


class TrainingSourceError(DistilleryError):
    """A folder or file holds nothing that can be trained on; the message names it and says what was expected."""


def read_dataset(folder: Path, kind: str) -> pl.DataFrame:
    """Return a dataset's records of one kind (cpt, sft, evaluator or preferences) with their row keys.

    Raises:
        TrainingSourceError: the folder is no dataset, or has no such records.
    """
    path = folder / f"{kind}.parquet"
    try:
        records = pl.read_parquet(path, glob=False)
    except (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise TrainingSourceError(
            f"{folder} is no dataset of this project: {path.name} can not be read ({error}); name the folder that "
            "`distillery distill` ended with"
        ) from error
    if records.is_empty():
        raise TrainingSourceError(f"{path} holds no {kind} records; distil more articles, or lower the margin of pairs")
    records = _as_written(path, records, kind)
    keys = [digest(record) for record in records.iter_rows(named=True)]
    return records.with_columns(pl.Series(ROW_KEY, keys, dtype=pl.String))


def _as_written(path: Path, records: pl.DataFrame, kind: str) -> pl.DataFrame:
    """Return records with the columns that trainings read in their types; others stay as they are.

    Raises:
        TrainingSourceError: one is missing or of another type, or has no value in some record.
    """
    for name, dtype in {**COLUMNS[kind], "pmids": pl.List(pl.Int64)}.items():
        found = records.schema.get(name)
        try:
            if found is None or (dtype == pl.String and found != pl.String):
                raise pl.exceptions.SchemaError
            records = records.with_columns(pl.col(name).cast(dtype))
        except pl.exceptions.PolarsError as error:
            raise TrainingSourceError(
                f"{path} is none of this project's: expected a column {name} of {dtype}, found {found or 'none'}; name "
                "the folder that `distillery distill` ended with"
            ) from error
        empty = int(records.select(_is_missing(name, dtype).sum()).item())
        if empty:
            raise TrainingSourceError(f"{path}: {name} is empty in {empty} of {len(records)} records; distil again")
    return records


def _is_missing(name: str, dtype: pl.DataType) -> pl.Expr:
    """Return whether a value, or one of those in a list, is missing."""
    column = pl.col(name)
    if dtype == MESSAGES:
        contents = column.list.eval(pl.element().struct.field("content"))
        return column.is_null() | (column.list.len() == 0) | contents.list.eval(pl.element().is_null()).list.any()
    if isinstance(dtype, pl.List):
        return column.is_null() | column.list.first().is_null()
    return column.is_null()


def read_policy(folder: Path) -> Generator | None:
    """Return the generator that a dataset's preferences are for; None where the dataset does not say.

    It is a ``Policy`` where its model was behind a server, or where it asked several kinds of questions; in datasets of
    earlier versions the server's address says so.
    """
    path = folder / "policy.json"
    try:
        policy = Policy.model_validate_json(path.read_text(encoding="utf-8"))
        own = policy.model_dump(exclude={"served", "prompts"})
        return policy if policy.served or policy.prompts else Generator(**own)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:  # pydantic's errors and UTF-8's among the values
        raise TrainingSourceError(f"{path} holds no generator; distil again, or name one (--generator)") from error


def from_document_questions(pairs: pl.DataFrame, prompts: Mapping[Kind, Prompt]) -> pl.DataFrame:
    """Return documents and their questions as supervised examples.

    Args:
        pairs: question_id, pmid, title, document, kind, question.
        prompts: what a generator is told, by kind of question; their templates hold {title} and {abstract}.

    Returns:
        row_key, pmid, prompt and completion (lists of messages).
    """
    rows = [
        {
            ROW_KEY: f"{question_id} PMID {pmid}",
            "pmid": pmid,
            "prompt": prompts[kind].conversation(title=title, abstract=document),
            "completion": [{"role": "assistant", "content": question}],
        }
        for question_id, pmid, title, document, kind, question in pairs.select(
            "question_id", "pmid", "title", "document", "kind", "question"
        ).iter_rows()
    ]
    schema: dict[str, Any] = {ROW_KEY: pl.String, "pmid": pl.Int64, "prompt": MESSAGES, "completion": MESSAGES}
    return pl.DataFrame(rows, schema=schema)


def with_abstracts(pairs: pl.DataFrame, articles: pl.DataFrame) -> pl.DataFrame:
    """Return pairs with title and abstract where an article is at hand; the others keep the text of their snippets.

    Args:
        pairs: question_id, pmid, document, question.
        articles: pmid, title, abstract.
    """
    known = articles.filter(pl.col("abstract") != "").unique("pmid", keep="first", maintain_order=True)
    joined = pairs.join(known.select("pmid", "title", "abstract"), on="pmid", how="left", maintain_order="left")
    return joined.with_columns(pl.col("title").fill_null(""), document=pl.coalesce("abstract", "document")).drop(
        "abstract"
    )
