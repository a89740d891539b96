"""Dataset folders: the newest one below a root, its records and the tables that it was made from."""

import json
from typing import Any

import polars as pl
from upath import UPath

from tasks.errors import DistilleryError
from tasks.store.atomic import entries, first_line
from tasks.store.part import DamagedPartError, read_part

CHECKSUMS, RECIPES = "checksums.json", "recipes.json"
MESSAGES = pl.List(pl.Struct({"role": pl.String, "content": pl.String}))
SHARED = {"question_id": pl.String(), "pmids": pl.List(pl.Int64)}
COLUMNS: dict[str, dict[str, pl.DataType]] = {
    "sft": {**SHARED, "messages": MESSAGES, "decision": pl.String(), "long_answer": pl.String()},
    "preferences": {
        **SHARED, "prompt": MESSAGES, "chosen": MESSAGES, "rejected": MESSAGES,
        "chosen_score": pl.Float64(), "rejected_score": pl.Float64(), "margin": pl.Float64(),
    },
}  # fmt: skip
"""What every version of the project wrote of each kind of record, beside columns that came later."""


class DatasetError(DistilleryError):
    """A folder is no dataset, or one of its files can not be read; the message names it and says what to do."""


def datasets_below(root: UPath) -> list[UPath]:
    """Return the datasets that runs over a root wrote, the newest first."""
    found = [
        (path.stat().st_mtime, folder.name, folder)
        for folder in entries(root / "datasets")
        if not folder.name.startswith(".") and (path := folder / CHECKSUMS).is_file()
    ]
    return [folder for *_, folder in sorted(found, key=lambda each: each[:2], reverse=True)]


def find_dataset(path: UPath) -> tuple[UPath, int]:
    """Return a dataset folder, or the newest one below a root, and how many others lie beside it there.

    Raises:
        DatasetError: it is neither.
    """
    if any((path / f"{kind}.parquet").exists() for kind in COLUMNS):
        return path, 0
    below = datasets_below(path)
    if not below:
        what = "does not exist" if not path.exists() else "is no dataset, and none lies below it"
        raise DatasetError(f"{path} {what}; name the folder that `distillery distill` ended with, or a run's --root")
    return below[0], len(below) - 1


def read_records(folder: UPath, kind: str) -> pl.DataFrame:
    """Return a dataset's records of one kind (sft or preferences), with every column that they have.

    Raises:
        DatasetError: there is no such file, it is damaged, or it is none of this project's.
    """
    path = folder / f"{kind}.parquet"
    if not path.exists():
        raise DatasetError(f"{folder} has no {path.name}; name the folder that `distillery distill` ended with")
    try:
        records = read_part(path)
    except DamagedPartError as error:
        why = first_line(error.__cause__ or error)
        raise DatasetError(f"{path} is damaged ({why}); distil again, which writes it anew") from error
    for name, dtype in COLUMNS[kind].items():
        found = records.schema.get(name)
        try:
            if found is None or (dtype == pl.String and found not in (pl.String, pl.Null)):
                raise pl.exceptions.SchemaError
            records = records.with_columns(pl.col(name).cast(dtype))
        except pl.exceptions.PolarsError as error:
            raise DatasetError(
                f"{path} is none of this project's: expected a column {name} of {dtype}, found {found or 'none'}; name "
                "the folder that `distillery distill` ended with"
            ) from error
    unnamed = records.filter(pl.col("question_id").is_null() | (pl.col("pmids").list.len().fill_null(0) == 0))
    if len(unnamed):
        raise DatasetError(
            f"{path}: {len(unnamed)} of {len(records)} records name no question or no PMID; distil again"
        )
    return records


def recorded_tables(folder: UPath) -> dict[str, dict[str, Any]]:
    """Return the tables that a dataset was made from, with their recipes.

    Raises:
        DatasetError: the dataset does not say.
    """
    path = folder / RECIPES
    try:
        recipes = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(recipes, dict):
            raise ValueError("it is no JSON object")
    except (OSError, ValueError, RecursionError) as error:
        raise DatasetError(f"{path} can not be read ({error}); distil again, which writes it anew") from error
    return recipes
