from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.extraction.ade_corpus import read_ade_corpus
from tasks.extraction.examples import relation_pairs
from tasks.extraction.locate import Rule, locate, normalised

SHARED = Path(__file__).parents[4] / "shared" / "data" / "ade"
# Characters that casefold or decompose into several, marks, and what normalising drops.
ODD = "aAbBsSiIİıßẞﬁſKÅée\u0301\u0307½㎏℀ŉǰΐ1 -,.()\t\u00a0"
TEXT = st.text(st.sampled_from(ODD), max_size=25)


@pytest.mark.parametrize(
    ("mention", "text", "rule", "found"),
    [
        ("rash", "A rash, a rash.", Rule.EXACT, ["rash", "rash"]),
        ("rash", "A Rash, a rash.", Rule.EXACT, ["rash"]),
        ("RASH", "A Rash, a rash.", Rule.CASE, ["Rash", "rash"]),
        ("QT prolongation", "Long QT-prolongation", Rule.NORMALISED, ["QT-prolongation"]),
        ("qt  prolongation.", "(QT\n prolongation)", Rule.NORMALISED, ["QT\n prolongation"]),
        ("- aspirin", "After aspirin", Rule.NORMALISED, ["aspirin"]),
        ("Sjogren's", "the SJÖGREN’S syndrome", Rule.NORMALISED, ["SJÖGREN’S"]),
        ("cafe", "a cafe\u0301 b", Rule.NORMALISED, ["cafe\u0301"]),
        ("STRASSE", "der Straße nach", Rule.CASE, ["Straße"]),
        ("fibrosis", "lung ﬁbrosis", Rule.CASE, ["ﬁbrosis"]),
        ("a a", "a a a a", Rule.EXACT, ["a a", "a a"]),
        ("azithromycin", "azithromycin-induced", Rule.EXACT, ["azithromycin"]),
        (" rash\t", "a rash!", Rule.EXACT, ["rash"]),
        ("(+)-x", "of (+)-x.", Rule.EXACT, ["(+)-x"]),
    ],
)
def test_strings_are_found_by_the_strictest_rule(mention, text, rule, found):
    located = locate(mention, text)
    assert (located.rule, [text[span.start : span.end] for span in located.spans]) == (rule, found)


@pytest.mark.parametrize(
    ("mention", "text"),
    [
        ("iron", "the environment"),
        ("headache", "some headaches"),
        ("s", "ß"),
        ("a s", "a ß"),
        ("1", "½"),
        ("fever", "a rash"),
        ("", "a rash"),
        (" - ", "a - b"),
        (" \u0301", "e\u0301"),
        ("rash", ""),
        ("QTprolongation", "QT prolongation"),
    ],
)
def test_what_does_not_stand_there_is_not_found(mention, text):
    assert locate(mention, text) is None


@given(TEXT, TEXT)
def test_what_is_found_says_the_same(mention, text):
    located = locate(mention, text)
    for span in located.spans if located else ():
        assert 0 <= span.start < span.end <= len(text)
        piece = text[span.start : span.end]
        assert normalised(piece) == normalised(mention)
        assert located.rule is not Rule.CASE or piece.casefold() == mention.strip().casefold()
        assert located.rule is not Rule.EXACT or piece == mention.strip()


@given(TEXT, TEXT, TEXT, st.sampled_from([str, str.upper, str.lower, normalised]))
def test_whole_words_are_found_however_they_are_changed(before, words, after, change):
    text = f"{before} {words} {after}"
    if not normalised(words) or normalised(change(words)) != normalised(words):
        return
    located = locate(change(words), text)
    assert located is not None
    assert all(before.end <= after.start for before, after in zip(located.spans, located.spans[1:], strict=False))


@pytest.mark.skipif(not SHARED.exists(), reason="the real files are not beside this checkout")
def test_every_real_mention_is_found_where_it_stands():
    rows = read_ade_corpus(SHARED).examples.select("text", "relations").iter_rows()
    mentions = [(text, span) for text, cell in rows for pair in relation_pairs(cell) for span in pair]
    assert len(mentions) == 10_364
    for text, span in mentions:
        located = locate(text[span.start : span.end], text)
        assert located.rule is Rule.EXACT
        assert span in located.spans
