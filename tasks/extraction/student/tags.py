"""Spans as one tag for each word: outside, or the begin or inside of a label (Ramshaw and Marcus 1995)."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tasks.extraction.examples import LabelledSpan, Span

OUTSIDE = 0


def tag_count(labels: Sequence[str]) -> int:
    """Return how many tags there are: outside, and two for each label."""
    return 1 + 2 * len(labels)


def tags_of(spans: Iterable[LabelledSpan], words: Sequence[Span], labels: Sequence[str]) -> tuple[list[int], int]:
    """Return the tag of each word, and how many spans no word or another span's word stands for.

    A word that a span cuts counts as a part of it. Of spans that share a word the longer is kept.
    """
    tags, lost = [OUTSIDE] * len(words), 0
    for span in sorted(spans, key=lambda each: (each.start - each.end, each)):
        covered = [place for place, word in enumerate(words) if word.overlaps(Span(span.start, span.end))]
        if not covered or any(tags[place] != OUTSIDE for place in covered):
            lost += 1
            continue
        begin = 1 + 2 * labels.index(span.label)
        tags[covered[0]] = begin
        for place in covered[1:]:
            tags[place] = begin + 1
    return tags, lost


def best_tags(scores: NDArray[np.floating[Any]]) -> list[int]:
    """Return the best tags in which every inside follows a begin or inside of its label (Viterbi 1967).

    Args:
        scores: log-probabilities, (words, tags).
    """
    found: list[int] = scores.argmax(axis=1).tolist() if len(scores) else []
    if all(_may_follow(tag, before) for before, tag in pairwise([OUTSIDE, *found])):
        return found
    tags = range(scores.shape[1])
    allowed = np.array([[_may_follow(tag, before) for tag in tags] for before in tags])
    step = np.where(allowed, 0.0, -np.inf)
    best, came_from = scores[0] + step[OUTSIDE], []
    for each in scores[1:]:
        ways = best[:, None] + step
        came_from.append(ways.argmax(axis=0))
        best = ways.max(axis=0) + each
    path = [int(best.argmax())]
    for before in reversed(came_from):
        path.append(int(before[path[-1]]))
    return path[::-1]


def spans_of(tags: Sequence[int], words: Sequence[Span], labels: Sequence[str]) -> list[LabelledSpan]:
    """Return the spans that tags stand for; an inside without a begin before it of its label begins a span."""
    found: list[LabelledSpan] = []
    previous = OUTSIDE
    for tag, word in zip(tags, words, strict=True):
        inside = tag != OUTSIDE and tag % 2 == 0
        if tag == OUTSIDE:
            pass
        elif inside and previous in (tag, tag - 1):
            found[-1] = found[-1]._replace(end=word.end)
        else:
            found.append(LabelledSpan(word.start, word.end, labels[(tag - 1) // 2]))
        previous = tag
    return found


def _may_follow(tag: int, before: int) -> bool:
    return tag == OUTSIDE or tag % 2 == 1 or before in (tag, tag - 1)
