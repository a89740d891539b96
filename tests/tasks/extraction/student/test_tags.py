from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.extraction.examples import LabelledSpan, Span
from tasks.extraction.student.tags import best_tags, spans_of, tag_count, tags_of

LABELS = ("drug", "event")
WORDS = [Span(0, 5), Span(6, 9), Span(9, 10), Span(11, 15)]


def test_outside_and_two_tags_for_each_label():
    assert tag_count(()) == 1
    assert tag_count(LABELS) == 5


def test_a_span_begins_and_goes_on():
    spans = [LabelledSpan(0, 9, "event"), LabelledSpan(11, 15, "drug")]
    assert tags_of(spans, WORDS, LABELS) == ([3, 4, 0, 1], 0)


def test_a_word_that_is_cut_belongs_to_its_span():
    assert tags_of([LabelledSpan(7, 9, "drug")], WORDS, LABELS) == ([0, 1, 0, 0], 0)


def test_of_spans_that_share_a_word_the_longer_is_kept_and_the_other_counted():
    spans = [LabelledSpan(6, 9, "drug"), LabelledSpan(0, 9, "event")]
    assert tags_of(spans, WORDS, LABELS) == ([3, 4, 0, 0], 1)


def test_a_span_between_words_is_counted():
    assert tags_of([LabelledSpan(5, 6, "drug")], WORDS, LABELS) == ([0, 0, 0, 0], 1)


@pytest.mark.parametrize(
    ("tags", "spans"),
    [
        ([1, 1, 0, 2], [(0, 5, "drug"), (6, 9, "drug"), (11, 15, "drug")]),
        ([1, 2, 2, 0], [(0, 10, "drug")]),
        ([1, 4, 4, 2], [(0, 5, "drug"), (6, 10, "event"), (11, 15, "drug")]),
        ([0, 0, 0, 0], []),
    ],
    ids=["two side by side", "one of three words", "an inside of another label", "nothing"],
)
def test_spans_of_tags(tags, spans):
    assert spans_of(tags, WORDS, LABELS) == [LabelledSpan(*span) for span in spans]


@given(st.lists(st.integers(1, 6), min_size=1, max_size=12), st.data())
def test_spans_come_back_from_their_tags(lengths, data):
    starts = [sum(lengths[:place]) + place for place in range(len(lengths))]
    words = [Span(start, start + length) for start, length in zip(starts, lengths, strict=True)]
    edges = sorted(data.draw(st.sets(st.integers(0, len(words)), max_size=6)))
    spans = [
        LabelledSpan(words[first].start, words[last - 1].end, data.draw(st.sampled_from(LABELS)))
        for first, last in zip(edges[::2], edges[1::2], strict=False)
    ]
    tags, lost = tags_of(spans, words, LABELS)
    assert lost == 0
    assert spans_of(tags, words, LABELS) == spans


@pytest.mark.parametrize(
    ("scores", "tags"),
    [
        ([], []),
        ([[-0.1, -3, -3], [-3, -0.1, -3]], [0, 1]),  # what is best of each is allowed
        ([[-0.1, -3, -3], [-2, -2.5, -0.2]], [0, 0]),  # no inside without a begin: outside costs 2, a begin 2.5
        ([[-0.4, -1, -3], [-2, -2.5, -0.2]], [1, 2]),  # a begin before it costs 0.6 more and saves 1.8
        ([[-3, -3, -0.1]], [0]),  # the first word has nothing before it; of equals, outside
    ],
)
def test_the_best_tags_that_are_spans(scores, tags):
    assert best_tags(np.array(scores, dtype=float).reshape(-1, 3)) == tags


@given(st.lists(st.lists(st.floats(-5, 0), min_size=5, max_size=5), min_size=1, max_size=5))
def test_no_other_tags_that_are_spans_are_better(scores):
    def allowed(tags):
        return all(tag == 0 or tag % 2 == 1 or before in (tag, tag - 1) for before, tag in pairwise([0, *tags]))

    def total(tags):
        return sum(row[tag] for row, tag in zip(scores, tags, strict=True))

    found = best_tags(np.array(scores))
    assert allowed(found)
    assert total(found) == pytest.approx(max(map(total, filter(allowed, product(range(5), repeat=len(scores))))))
