"""What reading a gold corpus comes to: one example per sentence, and whatever is none, with its reason."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import polars as pl

from tasks.extraction.examples import SENTENCE_SCHEMA
from tasks.store.outcome import REFUSED_SCHEMA
from tasks.store.row_key import row_key

CONFLICT_SCHEMA: dict[str, Any] = {"text": pl.String, "keys": pl.List(pl.String), "labels": pl.List(pl.String)}


@dataclass(frozen=True, slots=True)
class Gold:
    """Examples of a corpus, ready to train on and to judge by.

    ``refused`` has row_key, key (where it stands in the files) and reason. ``conflicts`` are sentences that are
    labelled in more than one way: text, keys, labels (JSON); none of them is an example. ``merged`` is how many
    sentences were left out because another one says the same and is labelled the same. ``pmids`` are those of all
    sentences, whatever became of them.
    """

    examples: pl.DataFrame
    refused: pl.DataFrame
    conflicts: pl.DataFrame
    merged: int
    pmids: frozenset[int] = frozenset()


def one_per_sentence(
    read: Iterable[tuple[str, dict[str, Any]]],
    refused: Iterable[tuple[str, str]],
    schema: dict[str, Any],
    refused_pmids: Iterable[int] = (),
) -> Gold:
    """Merge rows with the same text, so that no sentence can stand in training and test alike.

    Of rows from several articles, that of the lowest PMID is kept.

    Args:
        read: key and row, in the order of the files.
        refused: key and reason.
        refused_pmids: of the articles of what was refused, where they are known.
        schema: that of the rows; its columns beside ``SENTENCE_SCHEMA`` are the labels.
    """
    by_text: dict[str, list[tuple[str, dict[str, Any]]]] = {}
    pmids: set[int] = set(refused_pmids)
    for key, row in read:
        if row["pmid"] is not None:
            pmids.add(row["pmid"])
        by_text.setdefault(row["text"], []).append((key, row))
    kept: list[dict[str, Any]] = []
    conflicts: list[dict[str, Any]] = []
    merged = 0
    for text, same in by_text.items():
        labels = [_label(row) for _, row in same]
        if len(set(labels)) > 1:
            conflicts.append({"text": text, "keys": [key for key, _ in same], "labels": labels})
        else:
            kept.append(min((row for _, row in same), key=lambda row: row["pmid"] or 0))
            merged += len(same) - 1
    return Gold(
        examples=pl.DataFrame(kept, schema=schema),
        refused=pl.DataFrame(
            [(row_key(key, reason), key, reason) for key, reason in refused], schema=REFUSED_SCHEMA, orient="row"
        ),
        conflicts=pl.DataFrame(conflicts, schema=CONFLICT_SCHEMA),
        merged=merged,
        pmids=frozenset(pmids),
    )


def _label(row: dict[str, Any]) -> str:
    return json.dumps({name: value for name, value in row.items() if name not in SENTENCE_SCHEMA})
