import unicodedata

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from tasks.extraction.known_sentences import KnownSentences
from tasks.extraction.locate import normalised

KNOWN = KnownSentences(["A naïve man (aged 5) didn't take 5mg of β-carotene.", "--", ""])
TEXT = st.text(alphabet="aAbSsé\u0301ßſﬁ5αβ -.", max_size=6) | st.text(max_size=6)


@pytest.mark.parametrize(
    ("sentence", "known"),
    [
        ("A naïve man (aged 5) didn't take 5mg of β-carotene.", True),
        ("a NAIVE man , aged 5 , did n't take 5 mg of Β - carotene", True),
        ("A naïve man (aged 5) didn't take 5mg of α-carotene.", False),
        ("A naïve man (aged 5) didn't take 5mg of carotene.", False),
        ("A naïve man (aged 6) didn't take 5mg of β-carotene.", False),
        ("A naïve man", False),
        ("--", False),
        ("", False),
    ],
)
def test_letters_and_digits_tell_sentences_apart(sentence, known):
    assert (sentence in KNOWN) == known


def letters(text: str) -> str:
    return normalised(text).replace(" ", "")


@given(TEXT, TEXT)
@example("ß", "SS")
@example("é.", "-E")
def test_a_sentence_is_known_where_its_letters_are(one, other):
    assert (other in KnownSentences([one])) == (letters(one) == letters(other) != "")


@given(TEXT, st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]), st.sampled_from([str, str.casefold, normalised]))
def test_how_a_sentence_was_prepared_does_not_matter(text, form, change):
    assume(normalised(text))
    assert change(unicodedata.normalize(form, text)) in KnownSentences([text])
