import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.extraction.examples import Span
from tasks.extraction.student.words import windows


def test_words_and_their_sub_tokens(tokenizer):
    [window] = windows(["No ache."], tokenizer, 16, 4)
    assert tokenizer.convert_ids_to_tokens(window.token_ids) == [
        "[CLS]", "no", "a", "##c", "##h", "##e", ".", "[SEP]",
    ]  # fmt: skip
    assert window.words == (Span(0, 2), Span(3, 7), Span(7, 8))
    assert window.places == (Span(1, 2), Span(2, 6), Span(6, 7))
    assert window.owned == (True, True, True)


def test_a_long_text_is_cut_where_words_end(tokenizer):
    found = windows(["a b c d e f g h"], tokenizer, 7, 2)  # room for five words
    assert [[word.start // 2 for word in window.words] for window in found] == [[0, 1, 2, 3, 4], [3, 4, 5, 6, 7]]
    assert [window.owned for window in found] == [(True,) * 4 + (False,), (False,) + (True,) * 4]


def test_a_word_that_no_window_holds_loses_its_end(tokenizer):
    [window] = windows(["aches"], tokenizer, 5, 0)
    assert window.words == (Span(0, 5),)
    assert window.places == (Span(1, 4),)


def test_nothing_is_a_window_without_words(tokenizer):
    [window] = windows([""], tokenizer, 16, 4)
    assert (len(window.token_ids), window.words) == (2, ())


def test_an_overlap_of_half_a_window_is_refused(tokenizer):
    with pytest.raises(ValueError, match="below half of the window's 16 tokens, found 8"):
        windows(["a"], tokenizer, 16, 8)


@settings(max_examples=60)
@given(st.lists(st.sampled_from(["a", "ache", "of", "no", "x-ray", "."]), max_size=30), st.integers(7, 20), st.data())
def test_every_word_is_owned_once(tokenizer, words, size, data):
    overlap = data.draw(st.integers(0, (size - 1) // 2))
    text = " ".join(words)
    found = windows([text], tokenizer, size, overlap)
    owned = [word for window in found for word, own in zip(window.words, window.owned, strict=True) if own]
    [whole] = windows([text], tokenizer, 10_000, 0)
    assert owned == list(whole.words)
    assert all(len(window.token_ids) <= size for window in found)
