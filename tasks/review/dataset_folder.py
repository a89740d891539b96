"""Dataset folders: the newest one below a root, its records and the tables that it was made from."""

import json
from typing import Any

import polars as pl
from upath import UPath

from tasks.errors import DistilleryError
from tasks.store.atomic import entries
from tasks.store.part import DamagedPartError, read_part

CHECKSUMS, RECIPES = "checksums.json", "recipes.json"
KINDS = ("sft", "preferences")


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
    if any((path / f"{kind}.parquet").exists() for kind in KINDS):
        return path, 0
    below = datasets_below(path)
    if not below:
        what = "does not exist" if not path.exists() else "is no dataset, and none lies below it"
        raise DatasetError(f"{path} {what}; name the folder that `distillery distill` ended with, or a run's --root")
    return below[0], len(below) - 1


def read_records(folder: UPath, kind: str) -> pl.DataFrame:
    """Return a dataset's records of one kind, as they were written.

    Raises:
        DatasetError: there is no such file, it is damaged, or it is none of this project's.
    """
    path = folder / f"{kind}.parquet"
    if not path.exists():
        raise DatasetError(f"{folder} has no {path.name}; name the folder that `distillery distill` ended with")
    try:
        return read_part(path)
    except DamagedPartError as error:
        raise DatasetError(f"{path} is damaged ({error.__cause__}); distil again, which writes it anew") from error


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
