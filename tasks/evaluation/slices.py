"""Match predictions with the items they are about, and score them by year, by heading and by file."""

from collections.abc import Iterable, Sequence
from typing import Any

import polars as pl

from tasks.decisions import DECISIONS
from tasks.errors import DistilleryError
from tasks.evaluation.metrics import score

SLICE_SCHEMA: dict[str, Any] = {
    "slice": pl.String,
    "items": pl.Int64,
    "unanswered": pl.Int64,
    "accuracy": pl.Float64,
    "accuracy_low": pl.Float64,
    "accuracy_high": pl.Float64,
    "macro_f1": pl.Float64,
    "macro_f1_low": pl.Float64,
    "macro_f1_high": pl.Float64,
}
SMALLEST_SLICE = 20
SLICE_RESAMPLES = 2_000
UNKNOWN_YEAR = "unknown"


class PredictionsError(DistilleryError):
    """Predictions do not fit the items they are to be judged on."""


def judge(items: pl.DataFrame, predictions: pl.DataFrame) -> pl.DataFrame:
    """Return items with their predictions; an item without one gets null, which counts as wrong.

    Args:
        items: item (as text: a PMID, or BioASQ's id), decision; whatever else they have is kept.
        predictions: item, prediction; likewise.

    Returns:
        The columns of both, in the order of ``items``.

    Raises:
        PredictionsError: an item is predicted twice, or is none of the items.
    """
    repeated = predictions.filter(pl.col("item").is_duplicated())["item"]
    unknown = predictions.join(items, on="item", how="anti", maintain_order="left")["item"]
    for wrong, problem in ((repeated, "items have more than one prediction"), (unknown, "predictions are of no item")):
        if len(wrong):
            raise PredictionsError(
                f"{wrong.n_unique()} {problem}, the first {wrong[0]}; expected one for each of {len(items)} items"
            )
    return items.join(predictions, on="item", how="left", maintain_order="left")


def majority_baseline(items: pl.DataFrame, training: pl.DataFrame | None = None) -> pl.DataFrame:
    """Return item and prediction: for every item the decision that is most frequent in ``training``.

    Without ``training`` that is the items' own, which is how the published 55.2 % came about. Of equally frequent
    decisions the first of yes, no and maybe is taken.
    """
    decisions = (items if training is None else training)["decision"].to_list()
    return items.select("item", prediction=pl.lit(max(DECISIONS, key=decisions.count)))


def score_by_year(
    judged: pl.DataFrame,
    *,
    smallest: int = SMALLEST_SLICE,
    labels: Sequence[str] = DECISIONS,
    resamples: int = SLICE_RESAMPLES,
    seed: int = 0,
) -> pl.DataFrame:
    """Return the scores of each year of publication with at least ``smallest`` items, the earliest first.

    Items without a year are the slice "unknown". Columns as in ``SLICE_SCHEMA``; low and high bound 95 % intervals,
    which make no allowance for how many slices are looked at.

    Args:
        judged: as from ``judge``, with year.
    """
    sliced = judged.with_columns(slice=pl.col("year").cast(pl.String).fill_null(UNKNOWN_YEAR))
    return _score_slices(sliced, smallest, labels, resamples, seed).sort("slice")


def score_by_heading(
    judged: pl.DataFrame,
    *,
    smallest: int = SMALLEST_SLICE,
    labels: Sequence[str] = DECISIONS,
    resamples: int = SLICE_RESAMPLES,
    seed: int = 0,
) -> pl.DataFrame:
    """Return the scores of the items under each MeSH heading with at least ``smallest``, the largest slice first.

    An item is in the slice of every heading it has (meshes). Otherwise as ``score_by_year``.
    """
    sliced = judged.with_columns(slice=pl.col("meshes").list.unique()).explode("slice").drop_nulls("slice")
    scored = _score_slices(sliced, smallest, labels, resamples, seed)
    return scored.sort(["items", "slice"], descending=[True, False])


def score_by_file(
    judged: pl.DataFrame,
    *,
    smallest: int = SMALLEST_SLICE,
    labels: Sequence[str] = DECISIONS,
    resamples: int = SLICE_RESAMPLES,
    seed: int = 0,
) -> pl.DataFrame:
    """Return the scores of each file that items come from (file), by name; otherwise as ``score_by_year``."""
    return _score_slices(judged.with_columns(slice="file"), smallest, labels, resamples, seed).sort("slice")


def _score_slices(
    sliced: pl.DataFrame, smallest: int, labels: Sequence[str], resamples: int, seed: int
) -> pl.DataFrame:
    groups: Iterable[tuple[Any, pl.DataFrame]] = sliced.group_by("slice", maintain_order=True)
    rows = [_score_slice(str(name), rows, labels, resamples, seed) for (name,), rows in groups if len(rows) >= smallest]
    return pl.DataFrame(rows, schema=SLICE_SCHEMA)


def _score_slice(name: str, judged: pl.DataFrame, labels: Sequence[str], resamples: int, seed: int) -> dict[str, Any]:
    scores = score(judged["decision"], judged["prediction"], labels=labels, resamples=resamples, seed=seed)
    row: dict[str, Any] = {"slice": name, "items": scores.items, "unanswered": scores.unanswered}
    for metric, interval in (("accuracy", scores.accuracy), ("macro_f1", scores.macro_f1)):
        row |= {metric: interval.value, f"{metric}_low": interval.low, f"{metric}_high": interval.high}
    return row
