import re

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from tasks.extraction.find_names import find_names

NAMES = pl.DataFrame(
    {"name": ["aspirin", "iron", "iron sulfate", "β-carotene"], "ui": ["D001241", "D007501", "C020748", "D019207"]}
)


def found(*texts, names=NAMES):
    return find_names(pl.Series(texts), names).rows()


def test_a_mention_is_told_by_its_characters_and_its_ui():
    assert found("No drug", "Low-dose Aspirin, or ASPIRIN.") == [
        (1, 9, 16, "aspirin", "D001241"),
        (1, 21, 28, "aspirin", "D001241"),
    ]


def test_what_stands_within_a_word_is_no_mention():
    assert found("The environment, ironing, aspirin2") == []
    assert found("iron-deficient (iron)") == [(0, 0, 4, "iron", "D007501"), (0, 16, 20, "iron", "D007501")]


def test_of_two_that_share_a_letter_the_longer_counts():
    assert found("iron sulfate") == [(0, 0, 12, "iron sulfate", "C020748")]


def test_offsets_are_characters_where_others_take_several_bytes():
    assert found("µg β-carotene é iron") == [(0, 3, 13, "β-carotene", "D019207"), (0, 16, 20, "iron", "D007501")]


def test_nothing_to_look_for_or_in():
    assert found() == []
    assert found("aspirin", names=NAMES.clear()) == []


@given(st.lists(st.sampled_from(["iron", "sulfate", "aspirin", "β", "x", "-", "Iron"]), max_size=8), st.booleans())
def test_the_same_as_a_regular_expression(words, spaced):
    text = (" " if spaced else "").join(words)
    wanted = re.compile(r"(?<![^\W_])(?:iron sulfate|aspirin|iron|β-carotene)(?![^\W_])", re.IGNORECASE)
    assert [(start, end) for _, start, end, *_ in found(text)] == [match.span() for match in wanted.finditer(text)]
