"""Write a dataset folder: each config of records as Parquet and JSON Lines, a card and the recipes."""

import hashlib
import json
import uuid
from typing import Any

import polars as pl
from upath import UPath

from tasks.dataset.card import card
from tasks.dataset.columns import CONTENT, PROVENANCE
from tasks.evaluation.leakage import LeakageError, evaluation_pmids
from tasks.store.atomic import whole_file, whole_folder, write_text
from tasks.store.part import write_atomically

CHECKSUMS = "checksums.json"
POLICY = "policy.json"


def write_dataset(
    folder: UPath, records: pl.DataFrame, recipes: dict[str, Any], policy: dict[str, Any], branch: str
) -> None:
    """Write the dataset, whole or not at all; a whole one that stands there already stays as it is.

    The same arguments give the same bytes.

    Args:
        policy: the generator that the preferences are for, as JSON.

    Raises:
        LeakageError: a record names a PMID of an evaluation set.
        UnwritableError: the disk is full, or nothing may be written there.
    """
    _refuse_leakage(records)
    if is_whole(folder):
        return
    with whole_folder(folder.with_name(f".{uuid.uuid4().hex}.tmp")) as unfinished:
        _write_files(unfinished, records, recipes, policy, branch)
        _replace(unfinished, folder)


def _write_files(
    unfinished: UPath, records: pl.DataFrame, recipes: dict[str, Any], policy: dict[str, Any], branch: str
) -> None:
    for config, content in CONTENT.items():
        chosen = records.filter(pl.col("config") == config).select(*content, *PROVENANCE)
        write_atomically(unfinished / f"{config}.parquet", chosen)
        with whole_file(unfinished / f"{config}.jsonl") as file:
            chosen.write_ndjson(file)
    write_text(unfinished / "README.md", card(branch, records))
    write_text(unfinished / "recipes.json", json.dumps(recipes, indent=2, ensure_ascii=False) + "\n")
    write_text(unfinished / POLICY, json.dumps(policy, indent=2, ensure_ascii=False) + "\n")
    write_text(unfinished / CHECKSUMS, json.dumps(_checksums(unfinished), indent=2) + "\n")


def is_whole(folder: UPath) -> bool:
    """Return whether every file of the dataset is there, with the content that it was written with."""
    try:
        recorded = json.loads((folder / CHECKSUMS).read_text())
        return bool(recorded == _checksums(folder))
    except (OSError, ValueError):
        return False


def _checksums(folder: UPath) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir(), key=lambda path: path.name)
        if path.name != CHECKSUMS
    }


def _replace(unfinished: UPath, folder: UPath) -> None:
    if folder.exists():
        folder.rename(folder.with_name(f".{folder.name}-damaged-{uuid.uuid4().hex[:8]}"))
    unfinished.rename(folder)


def _refuse_leakage(records: pl.DataFrame) -> None:
    leaked = sorted(set(records["pmids"].explode().to_list()) & evaluation_pmids())
    if leaked:
        named = ", ".join(map(str, leaked[:10]))
        raise LeakageError(f"{len(leaked)} PMIDs of PubMedQA stand in the records ({named}); no dataset was written")
