"""Scores of yes, no and maybe predictions, how sure they are, and whether two models differ.

A prediction that is null counts as wrong. Macro-F1 is scikit-learn's with the labels given (all three; yes and no where
a benchmark knows no maybe): the mean of their F1, where a label that was neither predicted nor right has 0. Intervals
hold 95 %: percentiles of the bootstrap over items (Efron and Tibshirani 1993, chapter 13).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tasks.decisions import DECISIONS
from tasks.interval import CONFIDENCE, Interval

RESAMPLES = 10_000
NO_ANSWER = "none"

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Scores:
    """What a model scored, from 0 to 1. ``unanswered`` of the ``items`` have no prediction."""

    items: int
    unanswered: int
    accuracy: Interval
    macro_f1: Interval


@dataclass(frozen=True, slots=True)
class Comparison:
    """The first model's scores minus the second's on the same items.

    ``only_first`` items did the first alone get right, ``only_second`` the second alone; ``p_value`` is McNemar's,
    exact and two-sided, for the difference in accuracy.
    """

    items: int
    accuracy: Interval
    macro_f1: Interval
    only_first: int
    only_second: int
    p_value: float


def accuracy(gold: pl.Series, predicted: pl.Series, *, labels: Sequence[str] = DECISIONS) -> float:
    """Return the share of items predicted right."""
    return float(_accuracy(_cells(labels, gold, predicted)))


def macro_f1(gold: pl.Series, predicted: pl.Series, *, labels: Sequence[str] = DECISIONS) -> float:
    """Return the mean F1 of the labels.

    The official script leaves the labels to scikit-learn, which takes those that occur: the same on PubMedQA's test
    set, but not on items of which none is, or is predicted, "maybe".
    """
    return float(_macro_f1(_cells(labels, gold, predicted)))


def score(
    gold: pl.Series,
    predicted: pl.Series,
    *,
    labels: Sequence[str] = DECISIONS,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Scores:
    """Return accuracy and macro-F1 with their intervals.

    Raises:
        ValueError: there is no item, a gold decision is missing, or something is none of the labels.
    """
    cells = _cells(labels, gold, predicted)
    drawn = _resample(cells, resamples, seed)
    return Scores(
        items=int(cells.sum()),
        unanswered=int(cells[:, -1].sum()),
        accuracy=_interval(_accuracy(cells), _accuracy(drawn)),
        macro_f1=_interval(_macro_f1(cells), _macro_f1(drawn)),
    )


def compare(
    gold: pl.Series,
    first: pl.Series,
    second: pl.Series,
    *,
    labels: Sequence[str] = DECISIONS,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Comparison:
    """Return how two models' scores differ, item by item: the bootstrap draws items, each with both predictions.

    Raises:
        ValueError: as in ``score``.
    """
    cells = _cells(labels, gold, first, second)
    drawn = _resample(cells, resamples, seed)
    right_first, right_second = (int(_right(counts).sum()) for counts in _each(cells))
    right_both = sum(int(cells[label, label, label]) for label in range(len(labels)))
    return Comparison(
        items=int(cells.sum()),
        accuracy=_interval(*(np.subtract(*map(_accuracy, _each(counts))) for counts in (cells, drawn))),
        macro_f1=_interval(*(np.subtract(*map(_macro_f1, _each(counts))) for counts in (cells, drawn))),
        only_first=right_first - right_both,
        only_second=right_second - right_both,
        p_value=mcnemar(right_first - right_both, right_second - right_both),
    )


def confusion(gold: pl.Series, predicted: pl.Series, *, labels: Sequence[str] = DECISIONS) -> dict[str, dict[str, int]]:
    """Return how many items of each gold label were predicted as each label, or not at all ("none")."""
    cells = _cells(labels, gold, predicted)
    return {
        label: dict(zip((*labels, NO_ANSWER), row, strict=True))
        for label, row in zip(labels, cells.tolist(), strict=True)
    }


def mcnemar(only_first: int, only_second: int) -> float:
    """Return the two-sided p-value of McNemar's exact test: binomial, p = 1/2, over items that one model got right.

    Source: McNemar (1947), https://doi.org/10.1007/BF02295996
    """
    trials = only_first + only_second
    tail, ways = 0, 1  # integers: exact for any number of items
    for successes in range(min(only_first, only_second) + 1):
        tail += ways
        ways = ways * (trials - successes) // (successes + 1)
    return min(1.0, 2 * tail / (1 << trials))


def _cells(labels: Sequence[str], gold: pl.Series, *predictions: pl.Series) -> Counts:
    """Return how many items have each gold label and each model's prediction: 3 x 4, or 3 x 4 x 4 for two models.

    The last of a model's places counts the items without a prediction.
    """
    if gold.is_empty():
        raise ValueError("there is no item to score")
    if gold.null_count():
        raise ValueError(f"{gold.null_count()} items have no gold decision")
    codes = [_codes(labels, given) for given in (gold, *predictions)]
    shape = (len(labels), *(len(labels) + 1 for _ in predictions))
    return np.bincount(np.ravel_multi_index(codes, shape), minlength=math.prod(shape)).reshape(shape)


def _codes(labels: Sequence[str], given: pl.Series) -> Counts:
    unknown = given.filter(~given.is_in(labels).fill_null(value=True))
    if len(unknown):
        raise ValueError(f"expected one of {', '.join(labels)} or null, found {unknown[0]!r}")
    places = range(len(labels))
    codes = given.cast(pl.String).replace_strict(labels, places, default=len(labels), return_dtype=pl.Int64)
    return codes.to_numpy()


def _resample(cells: Counts, resamples: int, seed: int) -> Counts:
    """Return the cells of as many bootstrap samples: items drawn with replacement fall into them as a multinomial."""
    items = int(cells.sum())
    drawn = np.random.default_rng(seed).multinomial(items, cells.ravel() / items, size=resamples)
    return drawn.reshape(resamples, *cells.shape)


def _each(cells: Counts) -> tuple[Counts, Counts]:
    """Return the cells of the first and of the second model."""
    return cells.sum(axis=-1), cells.sum(axis=-2)


def _right(cells: Counts) -> Counts:
    """Return how many items of each label are right."""
    places = range(cells.shape[-2])
    return cells[..., places, places]


def _accuracy(cells: Counts) -> Floats:
    right: Floats = _right(cells).sum(axis=-1) / cells.sum(axis=(-2, -1))
    return right


def _macro_f1(cells: Counts) -> Floats:
    gold, predicted = cells.sum(axis=-1), cells[..., :-1].sum(axis=-2)
    f1: Floats = 2 * _right(cells) / np.maximum(gold + predicted, 1)
    return np.asarray(f1.mean(axis=-1))


def _interval(value: Floats, drawn: Floats) -> Interval:
    low, high = np.quantile(drawn, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return Interval(float(value), float(low), float(high))
