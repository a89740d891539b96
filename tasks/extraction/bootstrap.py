"""Intervals of scores over sentences that come in groups: those of one article are not independent.

Source: Efron and Tibshirani (1993), chapter 13 (percentiles), chapter 8 (drawing whole groups).
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from tasks.interval import CONFIDENCE, Interval

RESAMPLES = 10_000
DRAWN_AT_ONCE = 500

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]


def intervals(
    counts: Counts, groups: Sequence[str], measure: Callable[[Floats], Floats], *, resamples: int, seed: int
) -> list[Interval]:
    """Return the value and the 95 % interval of each measure; the order of the sentences does not matter.

    Args:
        counts: what is counted in each sentence, sentences x counts.
        groups: each sentence's group; whole groups are drawn, with replacement.
        measure: takes sums of the counts over sentences, (…, counts), and returns measures, (…, measures).

    Raises:
        ValueError: there is no sentence.
    """
    if not len(counts):
        raise ValueError("there is no sentence to score")
    names, places = np.unique(np.asarray(groups), return_inverse=True)
    sums = np.zeros((len(names), counts.shape[1]))
    np.add.at(sums, places, counts)
    dice = np.random.default_rng(seed)
    chances = np.full(len(names), 1 / len(names))
    drawn = np.concatenate(
        [
            dice.multinomial(len(names), chances, size=min(DRAWN_AT_ONCE, resamples - done)).astype(np.float64) @ sums
            for done in range(0, resamples, DRAWN_AT_ONCE)
        ]
    )
    low, high = np.quantile(measure(drawn), [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2], axis=0)
    values = measure(sums.sum(axis=0))
    return [
        Interval(float(value), float(least), float(most)) for value, least, most in zip(values, low, high, strict=True)
    ]
