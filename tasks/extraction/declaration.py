"""An extraction task, declared."""

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from tasks.extraction.targets import Form


@dataclass(frozen=True, slots=True)
class ExtractionTask:
    """What is extracted.

    Attributes:
        name: as it is asked for.
        form: how its labels stand in a row of examples.
        span_labels: labels of the spans to tag.
        anchor: the label of spans that others are related to.
        sentence_labels: what a sentence can be, in the order of its numbers.
        f1: of predicted examples (second) by gold ones (first).
    """

    name: str
    form: Form
    f1: Callable[[pl.DataFrame, pl.DataFrame], float]
    span_labels: tuple[str, ...] = ()
    anchor: str | None = None
    sentence_labels: tuple[str, ...] = ()
