import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.preference.key_sentences import KeySentences, split_sentences

ABSTRACT = "Zinc was given to 40 rats.\nRESULTS: Iron fell by half. Ferritin rose.\nCONCLUSIONS: Zinc lowers iron."


def test_the_last_sentences_conclude():
    assert KeySentences().of(ABSTRACT, "") == "CONCLUSIONS: Zinc lowers iron."
    assert KeySentences(count=2).of(ABSTRACT, "") == "Ferritin rose. CONCLUSIONS: Zinc lowers iron."
    assert KeySentences(count=9).of(ABSTRACT, "").startswith("Zinc was given")
    assert KeySentences().of("", "") == ""


def test_the_sentences_with_the_most_words_of_the_question_stand_in_their_order():
    by_question = KeySentences(choice="question", count=2)
    shown = by_question.of(ABSTRACT, "Is it ferritin that rose in rats?")
    assert shown == "Zinc was given to 40 rats. Ferritin rose."
    # No word in common: those that conclude.
    assert KeySentences(choice="question").of(ABSTRACT, "Why?") == "CONCLUSIONS: Zinc lowers iron."


@pytest.mark.parametrize(
    "last",
    [
        "ClinicalTrials.gov number, NCT01234567.",
        "TRIAL REGISTRATION: none of ours.",
        "(Funded by a foundation that is made up.)",
        "Copyright 2020 by nobody.",
        "© 2021 The Authors.",
        "PROSPERO: none.",
    ],
)
def test_registrations_and_rights_are_no_key_sentences(last):
    assert KeySentences().of(f"{ABSTRACT}\n{last}", "") == "CONCLUSIONS: Zinc lowers iron."


def test_long_sentences_lose_their_end_between_words():
    short = KeySentences(characters=20)
    assert short.of("Zinc lowers iron in old rats.", "") == "Zinc lowers iron in…"
    assert short.of("Zinc lowers the iron in old rats.", "") == "Zinc lowers the…"
    assert short.of("Z" * 30, "") == f"{'Z' * 19}…"
    assert short.of("Zinc lowers iron ok.", "") == "Zinc lowers iron ok."


@given(st.text(), st.text(), st.integers(0, 3), st.integers(20, 60), st.sampled_from(["last", "question"]))
def test_what_is_shown_is_bounded(abstract, question, count, characters, choice):
    shown = KeySentences(count=count, characters=characters, choice=choice).of(abstract, question)
    assert len(shown) <= max(0, count * (characters + 1) - 1)


def test_what_is_not_shown_changes_nothing():
    assert KeySentences(count=0).describe() == KeySentences(count=0, characters=99).describe()
    assert KeySentences().describe() != KeySentences(characters=99).describe()


def test_sections_end_sentences():
    assert split_sentences("AIM: to see\nMETHODS: We looked.") == ["AIM: to see", "METHODS: We looked."]
