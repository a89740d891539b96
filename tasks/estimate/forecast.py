"""From what a few units took to what the whole run will: rows, tokens, cost and time, each with its margin.

A mean over ``n`` units is uncertain by two standard errors. What is asked about one unit differs from another by about
half of its mean (``SPREAD``; abstracts and answers differ by less), and only a share ``p`` of the units comes to a
stage, so that the relative margin is

    2 sqrt(((1 + SPREAD^2) / p - 1) / n)

which is 1/sqrt(n) where every unit does. Margins of stages are added up, not averaged out: they go back to the same few
units. Time is uncertain in one more way: a few units do not keep a server full. The shortest time supposes that it
answers as many times faster as more requests are under way, the longest that it answers no faster. Work of another kind
takes at least what it took for the few, since most of that is reading, and at most so much for each unit.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from tasks.estimate.measured import Measured
from tasks.serving.spending import Limits

SPREAD = 0.5
FULL = 64
"""Requests under way that keep most servers full."""


@dataclass(frozen=True, slots=True)
class Range:
    """A number that lies between two."""

    low: float
    high: float

    def __add__(self, other: "Range") -> "Range":
        return Range(self.low + other.low, self.high + other.high)


NONE = Range(0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a stage, or a whole run, has still to do.

    Attributes:
        units: articles or sentences for which it has; of a whole run, for which any stage has.
        requests: to language models.
        cost: None where there are no prices.
    """

    stage: str
    units: int
    requests: float
    tokens: Range
    seconds: Range
    cost: Range | None


def margin(units: int, per_unit: float) -> float:
    """Return how far the mean of so many units may be off, as a share of itself.

    Args:
        per_unit: rows or requests for each unit; below one, only that share of the units has any.
    """
    return 2.0 * math.sqrt(((1.0 + SPREAD**2) / min(1.0, per_unit) - 1.0) / units)


def forecast(measured: Measured, left: int, limits: Limits) -> Forecast:
    """Return what a stage will take for the units that are left.

    Args:
        measured: for at least one unit.
    """
    times = left / measured.units
    usage = measured.usage
    asked = usage.requests > 0
    around = _around(measured, usage.requests if asked else measured.rows)
    cost = limits.cost(usage)
    return Forecast(
        stage=measured.stage,
        units=left,
        requests=usage.requests * times,
        tokens=_times(around, usage.tokens * times),
        seconds=_asking(measured, around, times) if asked else _working(measured, around, times),
        cost=None if cost is None else _times(around, cost * times),
    )


def whole(stages: Iterable[Forecast], start_seconds: float, units: int, limits: Limits) -> Forecast:
    """Return what a run will take: its stages, and its servers' start, once, where anything is left to be asked."""
    listed = list(stages)
    asks = any(stage.requests for stage in listed)
    start = start_seconds if asks else 0.0
    costs = [stage.cost for stage in listed if stage.cost is not None]
    return Forecast(
        stage="whole run",
        units=units,
        requests=sum(stage.requests for stage in listed),
        tokens=sum((stage.tokens for stage in listed), NONE),
        seconds=sum((stage.seconds for stage in listed), Range(start, start)),
        cost=sum(costs, NONE) if limits.prompt_price is not None else None,
    )


def _around(measured: Measured, rows: int) -> Range:
    """Return the factors that a mean may be off by."""
    if not rows:
        return Range(0.0, 1.0)
    off = margin(measured.units, rows / measured.units)
    return Range(max(0.0, 1.0 - off), 1.0 + off)


def _asking(measured: Measured, around: Range, times: float) -> Range:
    fill = min(1.0, measured.usage.requests / FULL)
    return Range(measured.seconds * times * around.low * fill, measured.seconds * times * around.high)


def _working(measured: Measured, around: Range, times: float) -> Range:
    if not times:
        return NONE
    return Range(min(1.0, times) * measured.seconds, measured.seconds * max(1.0, times * around.high))


def _times(around: Range, mean: float) -> Range:
    return Range(around.low * mean, around.high * mean)
