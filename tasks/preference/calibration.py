"""Calibration: a temperature that makes an evaluator as sure as it is right (Guo et al. 2017, arXiv 1706.04599)."""

import math
from collections.abc import Sequence

import numpy as np

COLDEST, HOTTEST = 0.05, 20.0
SUREST = 1e-6
STEPS = 60


def calibrated(probability: float, temperature: float) -> float:
    """Return a probability with its log-odds divided by a temperature; one of 0 or 1 counts as nearly so."""
    return probability if temperature == 1 else 1 / (1 + math.exp(-log_odds(probability) / temperature))


def log_odds(probability: float) -> float:
    """Return ln(p / (1 - p)), finite for 0 and 1, too."""
    kept = min(max(probability, SUREST), 1 - SUREST)
    return math.log(kept / (1 - kept))


def fit_temperature(right: Sequence[float]) -> float:
    """Return the temperature under which right verdicts are likeliest, between 0.05 and 20.

    The mean of -ln p is convex in 1 / temperature; its minimum is where its derivative changes sign, which halving
    the interval finds. An evaluator that is right no more than half of the time by its own log-odds gets 20: its
    probabilities are worth next to nothing.

    Args:
        right: the probability of each verdict that is right, of pairs that the evaluator has not learnt from.

    Raises:
        ValueError: there is no verdict.
    """
    if not len(right):
        raise ValueError("a temperature is fitted on verdicts, and there is none; label more articles")
    odds = np.array([log_odds(one) for one in right])
    low, high = 1 / HOTTEST, 1 / COLDEST
    for _ in range(STEPS):
        middle = (low + high) / 2
        # The derivative of the mean of ln(1 + exp(-b x)) by b.
        slope = float(np.mean(-odds / (1 + np.exp(np.clip(middle * odds, -500, 500)))))
        low, high = (middle, high) if slope < 0 else (low, middle)
    return 2 / (low + high)
