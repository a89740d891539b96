"""Mistakes of a student, each told apart by what would have made it right."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

import polars as pl

from tasks.extraction.declaration import ExtractionTask
from tasks.extraction.examples import LabelledSpan, Relation
from tasks.extraction.targets import Targets


class Mistake(StrEnum):
    """What is wrong; the first that fits."""

    BOUNDARY = "boundary"
    """Drug and event overlap the gold ones, and so does a span of the right label."""
    WRONG_DRUG = "wrong drug"
    """The event overlaps one of gold, whose drug is another one."""
    WRONG_LABEL = "wrong label"
    """The span overlaps one of gold, whose label is another one; or the sentence has another label."""
    SPURIOUS = "spurious"
    """Gold has nothing of the kind."""
    MISSED = "missed"
    """Gold has it, and nothing that was found comes near."""


MISTAKE_SCHEMA: dict[str, Any] = {
    "example_id": pl.String, "mistake": pl.String, "gold": pl.String, "predicted": pl.String,
}  # fmt: skip

Named = Relation | LabelledSpan


def mistakes(gold: pl.DataFrame, predicted: pl.DataFrame, task: ExtractionTask) -> pl.DataFrame:
    """Return a row for everything that was found and is wrong, and for everything that nothing found comes near.

    Relations are judged where the task has any, else spans, else the sentence's label.

    Args:
        gold, predicted: rows of the task's schema; a sentence without a predicted row has nothing.

    Returns:
        Rows of example_id, mistake, gold and predicted: the words concerned, null where there is none.
    """
    given = {row["example_id"]: task.form.read(row) for row in predicted.iter_rows(named=True)}
    rows = []
    for row in gold.iter_rows(named=True):
        right, found = task.form.read(row), given.get(row["example_id"], Targets())
        for mistake, theirs, ours in _of_sentence(right, found, task):
            shown = [None if each is None else _shown(each, row["text"], task) for each in (theirs, ours)]
            rows.append((row["example_id"], mistake.value, *shown))
    return pl.DataFrame(rows, schema=MISTAKE_SCHEMA, orient="row")


def _of_sentence(
    right: Targets, found: Targets, task: ExtractionTask
) -> Iterable[tuple[Mistake, Named | int | None, Named | int | None]]:
    if task.sentence_labels:
        if found.label is None and right.label is not None:
            yield Mistake.MISSED, right.label, None
        elif right.label != found.label:
            yield Mistake.WRONG_LABEL, right.label, found.label
        return
    wanted: set[Named] = set(right.relations if task.anchor else right.spans)
    given: set[Named] = set(found.relations if task.anchor else found.spans)
    near: set[Named] = set()
    for each in sorted(given - wanted):
        mistake, other = _nearest(each, wanted)
        if other is not None:
            near.add(other)
        yield mistake, other, each
    for each in sorted(wanted - given - near):
        yield Mistake.MISSED, each, None


def _nearest(given: Named, wanted: Iterable[Named]) -> tuple[Mistake, Named | None]:
    """Return how what was found differs from the gold that comes nearest."""
    found: dict[Mistake, Named] = {}
    for each in sorted(wanted):
        mistake = _difference(given, each)
        if mistake is not None:
            found.setdefault(mistake, each)
    for mistake in Mistake:
        if mistake in found:
            return mistake, found[mistake]
    return Mistake.SPURIOUS, None


def _difference(given: Named, wanted: Named) -> Mistake | None:
    if isinstance(given, Relation) and isinstance(wanted, Relation):
        if not given.event.overlaps(wanted.event):
            return None
        return Mistake.BOUNDARY if given.drug.overlaps(wanted.drug) else Mistake.WRONG_DRUG
    if isinstance(given, LabelledSpan) and isinstance(wanted, LabelledSpan) and given.place.overlaps(wanted.place):
        return Mistake.BOUNDARY if given.label == wanted.label else Mistake.WRONG_LABEL
    return None


def _shown(each: Named | int, text: str, task: ExtractionTask) -> str:
    if isinstance(each, int):
        return task.sentence_labels[each]
    if isinstance(each, Relation):
        return f"{text[slice(*each.drug)]}: {text[slice(*each.event)]}"
    return f"{each.label}: {text[slice(*each.place)]}"
