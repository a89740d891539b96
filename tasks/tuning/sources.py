"""Where training rows come from: a dataset that was distilled, or BioASQ's questions about documents."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
from pydantic import ValidationError

from tasks.errors import DistilleryError
from tasks.questions.generator import Generator, Policy
from tasks.store.recipe import digest
from tasks.store.row_key import ROW_KEY

Message = dict[str, str]


class TrainingSourceError(DistilleryError):
    """A folder or file holds nothing that can be trained on; the message names it and says what was expected."""


def read_dataset(folder: Path, kind: str) -> pl.DataFrame:
    """Return a dataset's records of one kind (cpt, sft or preferences) with their row keys.

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
    keys = [digest(record) for record in records.iter_rows(named=True)]
    return records.with_columns(pl.Series(ROW_KEY, keys, dtype=pl.String))


def read_policy(folder: Path) -> Generator | None:
    """Return the generator that a dataset's preferences are for; None where the dataset does not say.

    It is a ``Policy`` where its model was behind a server; in datasets of earlier versions the server's address says
    so.
    """
    path = folder / "policy.json"
    try:
        policy = Policy.model_validate_json(path.read_text())
        return policy if policy.served else Generator(**policy.model_dump(exclude={"served"}))
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        raise TrainingSourceError(f"{path} holds no generator; distil again, or name one (--generator)") from error


def from_document_questions(pairs: pl.DataFrame, prompt: Callable[[str, str], list[Message]]) -> pl.DataFrame:
    """Return documents and their questions as supervised examples.

    Args:
        pairs: question_id, pmid, title, document, question.
        prompt: the conversation that ends with a document, from title and text.

    Returns:
        row_key, pmid, prompt and completion (lists of messages).
    """
    rows = [
        {
            ROW_KEY: f"{question_id} PMID {pmid}",
            "pmid": pmid,
            "prompt": prompt(title, document),
            "completion": [{"role": "assistant", "content": question}],
        }
        for question_id, pmid, title, document, question in pairs.select(
            "question_id", "pmid", "title", "document", "question"
        ).iter_rows()
    ]
    message = pl.List(pl.Struct({"role": pl.String, "content": pl.String}))
    schema: dict[str, Any] = {ROW_KEY: pl.String, "pmid": pl.Int64, "prompt": message, "completion": message}
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
