"""What a score is made of: how many are right, predicted and in gold, sentence by sentence."""

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import polars as pl

from tasks.extraction.bootstrap import Counts
from tasks.extraction.examples import labelled_spans, relation_pairs
from tasks.extraction.matching import lenient_matches, strict_matches

Matching = Literal["strict", "lenient"]
MATCHES = {"strict": strict_matches, "lenient": lenient_matches}
Count = Callable[[pl.DataFrame, pl.DataFrame], Counts]
"""Takes gold and predicted examples; returns (sentences of gold, 3): right, predicted, gold."""


def count_relations(gold: pl.DataFrame, predicted: pl.DataFrame, matching: Matching = "strict") -> Counts:
    """Count relations; see ``scores.score_relations`` for the two ways of matching.

    Raises:
        ValueError: a sentence stands there twice, or a predicted one is not in ``gold``.
    """
    rows = []
    for right, given in cells(gold, predicted, "relations"):
        theirs, ours = set(relation_pairs(right)), set(relation_pairs(given or ()))
        rows.append((MATCHES[matching](theirs, ours), len(ours), len(theirs)))
    return _table(rows)


def count_spans(gold: pl.DataFrame, predicted: pl.DataFrame) -> Counts:
    """Count labelled spans, right where both offsets and the label are.

    Raises:
        ValueError: as in ``count_relations``.
    """
    pairs = [
        (set(labelled_spans(right)), set(labelled_spans(given or ())))
        for right, given in cells(gold, predicted, "spans")
    ]
    return _table([(len(right & given), len(given), len(right)) for right, given in pairs])


def count_labels(gold: pl.DataFrame, predicted: pl.DataFrame) -> Counts:
    """Count sentences of the label 1; a label that is missing or null is none of them.

    Raises:
        ValueError: as in ``count_relations``.
    """
    return _table([(right == given == 1, given == 1, right == 1) for right, given in cells(gold, predicted, "label")])


def f1_of(counts: Counts) -> float:
    """Return the micro-averaged F1; 0 where there is nothing."""
    right, predicted, gold = (int(total) for total in counts.sum(axis=0))
    return 2 * right / max(predicted + gold, 1)


def cells(gold: pl.DataFrame, predicted: pl.DataFrame, column: str) -> list[tuple[Any, Any]]:
    """Return the gold and the predicted cell of each gold sentence, None where there is no prediction.

    Raises:
        ValueError: as in ``count_relations``.
    """
    for name, examples in (("gold", gold), ("predicted", predicted)):
        if examples["example_id"].is_duplicated().any():
            raise ValueError(f"a {name} sentence stands there twice; expected one row per example_id")
    unknown = predicted.join(gold, on="example_id", how="anti")
    if len(unknown):
        raise ValueError(f"{len(unknown)} predicted sentences are not in gold, such as {unknown['example_id'][0]}")
    given = dict(predicted.select("example_id", column).iter_rows())
    return [(right, given.get(example_id)) for example_id, right in gold.select("example_id", column).iter_rows()]


def _table(rows: list[tuple[int, int, int]]) -> Counts:
    return np.array(rows, dtype=np.int64).reshape(-1, 3)
