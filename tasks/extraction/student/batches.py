"""Windows and their targets as tensors."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from tasks.extraction.examples import LabelledSpan, Span
from tasks.extraction.student.model import IGNORED
from tasks.extraction.student.tags import tags_of
from tasks.extraction.student.words import Window
from tasks.extraction.targets import Targets

EVENT = ("event",)


@dataclass(frozen=True, slots=True)
class Row:
    """A window with a target for each of its words.

    Attributes:
        tags: of the spans.
        anchors: for each anchor that lies in the window, where its words' sub-tokens stand.
        event_tags: for each of these anchors, the tags of its related spans.
        sentence: the label, or ``IGNORED``.
        lost: spans that words can not stand for.
    """

    window: Window
    tags: tuple[int, ...]
    anchors: tuple[tuple[Span, ...], ...]
    event_tags: tuple[tuple[int, ...], ...]
    sentence: int
    lost: int


def row_of(window: Window, targets: Targets, labels: Sequence[str], anchor: str | None) -> Row:
    """Return a window of a sentence with what is to be learnt of it; spans that it cuts off are no targets."""
    inside = [span for span in targets.spans if _within(span.place, window)]
    tags, lost = tags_of(inside, window.words, labels)
    anchors, event_tags = [], []
    for span in inside if anchor is not None else ():
        if span.label != anchor:
            continue
        events = [pair.event for pair in targets.relations if pair.drug == span.place and _within(pair.event, window)]
        row, unseen = tags_of((LabelledSpan(*event, EVENT[0]) for event in events), window.words, EVENT)
        anchors.append(places_of(span.place, window))
        event_tags.append(tuple(row))
        lost += unseen
    label = IGNORED if targets.label is None else targets.label
    return Row(window, tuple(tags), tuple(anchors), tuple(event_tags), label, lost)


def places_of(span: Span, window: Window) -> tuple[Span, ...]:
    """Return where the sub-tokens of a span's words stand."""
    return tuple(place for word, place in zip(window.words, window.places, strict=True) if word.overlaps(span))


def batch_of(rows: Sequence[Row], padding: int) -> dict[str, Tensor]:
    """Return what ``Student.forward`` takes, padded on the right; a word's target stands at its first sub-token."""
    windows = [row.window for row in rows]
    read = inputs_of(windows, padding)
    shape = read["input_ids"].shape
    tags = torch.full(shape, IGNORED)
    most = max((len(row.anchors) for row in rows), default=0)
    event_tags = torch.full((shape[0], max(most, 1), shape[1]), IGNORED)
    for number, row in enumerate(rows):
        first = [place.start for place in row.window.places]
        tags[number, first] = torch.tensor(row.tags, dtype=torch.long)
        for which, events in enumerate(row.event_tags):
            event_tags[number, which, first] = torch.tensor(events, dtype=torch.long)
    return {
        **read,
        "tags": tags,
        "sentence": torch.tensor([row.sentence for row in rows]),
        "anchors": anchors_of([row.anchors for row in rows], shape[1]),
        "event_tags": event_tags,
    }


def inputs_of(windows: Sequence[Window], padding: int) -> dict[str, Tensor]:
    """Return input_ids and attention_mask of windows, (windows, tokens of the longest)."""
    shape = (len(windows), max(len(window.token_ids) for window in windows))
    input_ids, attended = torch.full(shape, padding), torch.zeros(shape, dtype=torch.long)
    for number, window in enumerate(windows):
        input_ids[number, : len(window.token_ids)] = torch.tensor(window.token_ids)
        attended[number, : len(window.token_ids)] = 1
    return {"input_ids": input_ids, "attention_mask": attended}


def anchors_of(anchors: Sequence[Sequence[Sequence[Span]]], length: int) -> Tensor:
    """Return the weights of tokens in each anchor's mean: (windows, anchors, tokens), at least one anchor wide."""
    weights = torch.zeros(len(anchors), max(1, *(len(each) for each in anchors)), length)
    for number, each in enumerate(anchors):
        for which, places in enumerate(each):
            for place in places:
                weights[number, which, place.start : place.end] = 1
    return weights / weights.sum(-1, keepdim=True).clamp(min=1)


def _within(span: Span, window: Window) -> bool:
    return bool(window.words) and window.words[0].start <= span.start and span.end <= window.words[-1].end
