import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from tasks.evaluation.word_windows import WordWindows

TEXTS = st.lists(st.one_of(st.none(), st.text("ab ", max_size=12)), min_size=1, max_size=8)


def windows(*texts: str | None) -> WordWindows:
    return WordWindows(pl.Series(texts, dtype=pl.String))


def test_words_are_lower_case_runs_of_letters_digits_and_underscores():
    split = windows("IL-6 (n=12)\nÜber_all", None, "", "β-catenin")
    assert split.words.to_list() == ["il", "6", "n", "12", "über_all", "β", "catenin"]
    assert split.lengths.tolist() == [5, 0, 0, 2]
    assert split.starts.tolist() == [0, 5, 5, 5, 7]


def test_a_place_belongs_to_the_text_around_it():
    split = windows("", "a b c", "", "d e", "")
    places = np.arange(5)
    assert split.texts_at(places).tolist() == [1, 1, 1, 3, 3]
    assert split.within_text(places, 2).tolist() == [True, True, False, True, False]


def test_equal_windows_have_equal_hashes_wherever_they_stand():
    split = windows("one two three four", "zero one two three")
    hashes = split.hashes(3)
    assert len(hashes) == 6
    assert hashes[0] == hashes[5]
    assert len(set(hashes.tolist())) == 5
    assert split.hashes(2)[0] != windows("two one").hashes(2)[0]


def test_texts_shorter_than_a_window():
    assert len(windows("a b").hashes(3)) == 0
    assert len(windows("", None).hashes(13)) == 0
    assert len(windows().hashes(1)) == 0


@given(TEXTS, st.integers(1, 4))
def test_hashes_tell_windows_apart_as_their_words_do(texts, size):
    split = windows(*texts)
    words = split.words.to_list()
    by_words = [tuple(words[place : place + size]) for place in range(len(words) - size + 1)]
    hashes = split.hashes(size).tolist()
    assert len(hashes) == len(by_words)
    assert len(set(zip(by_words, hashes, strict=True))) == len(set(by_words)) == len(set(hashes))


def test_words_themselves_are_compared():
    first, second = windows("a b c d"), windows("x b c y")
    places, others = np.array([1, 1, 0]), np.array([1, 2, 0])
    assert first.same_words(places, second, others, 2).tolist() == [True, False, False]
