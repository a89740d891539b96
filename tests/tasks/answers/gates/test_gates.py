from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.answers.gates.registry import GATES, refusal, refusals
from tasks.answers.gates.settings import AnswerGate, AnswerGates
from tasks.answers.gates.wording import content, numbers, numbers_and_spelled, stem
from tests.tasks.answers.gates.answers import GOOD, case
from tests.tasks.answers.gates.refused import BAD

GATES_AS_SHIPPED = AnswerGates()
ZINC = "Zinc in diarrhoea. Zinc shortened acute diarrhoea of children by 14 hours."


def good(**given):
    said = "Acute diarrhoea of children was shorter by 14 hours."
    return replace(case("Does zinc shorten diarrhoea?", "yes", said, ZINC), **given)


@pytest.mark.parametrize("answer", GOOD, ids=lambda answer: answer[2][:40])
def test_a_good_answer_passes(answer):
    assert refusals(case(*answer), GATES_AS_SHIPPED) == {}


@pytest.mark.parametrize(
    ("reason", "answer"), [(reason, each) for reason, several in BAD.items() for each in several], ids=str
)
def test_a_bad_answer_falls_for_its_reason(reason, answer):
    assert reason in refusals(case(*answer), GATES_AS_SHIPPED).values()
    assert refusal(case(*answer), GATES_AS_SHIPPED) is not None


def test_there_are_enough_answers_and_every_gate_has_its_own():
    assert len(GOOD) >= 60 and sum(map(len, BAD.values())) >= 60
    assert set(GATES) == set(AnswerGate)
    caught = {name for several in BAD.values() for each in several for name in refusals(case(*each), GATES_AS_SHIPPED)}
    assert set(AnswerGate) - caught == {AnswerGate.CONFIDENCE, AnswerGate.CITATION}


@pytest.mark.parametrize("name", AnswerGate)
def test_a_gate_that_is_left_out_refuses_nothing(name):
    left_out = AnswerGates(left_out=(name,), least_probability=0.5)
    assert all(
        name not in refusals(case(*each, probability=0.1, cited=()), left_out)
        for several in BAD.values()
        for each in several
    )


def test_an_unsure_decision_falls_where_one_wants_sure_ones():
    strict = AnswerGates(least_probability=0.6)
    assert refusal(good(probability=0.6), strict) is None
    assert refusal(good(probability=0.59), strict) == "the decision is too unsure"
    assert refusal(good(), strict) == "the server does not tell how probable the decision is"
    assert refusal(good(probability=0.1), GATES_AS_SHIPPED) is None
    explained = case("How does zinc act?", None, "Acute diarrhoea of children was shorter by 14 hours.", ZINC)
    assert refusal(explained, strict) is None


def test_an_answer_that_was_to_cite_cites():
    assert refusal(good(cited=()), GATES_AS_SHIPPED) == "it names no passage that it used"
    assert refusal(good(cited=(), cites=False), GATES_AS_SHIPPED) is None


def test_how_grounded_an_answer_is_is_settable():
    # acut, diarrhoea, children, hour stand in the evidence; shorter has the stem of shortened; enterocyt is foreign.
    said = good(long_answer="Enterocytes shortened acute diarrhoea of children by hours.")
    assert refusal(said, AnswerGates(least_grounded=0.83)) is None
    assert refusal(said, AnswerGates(least_grounded=0.84)) == "too few of its words stand in the evidence"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("4.1% and 9.8%, 1,200 women", {4.1, 9.8, 1200}),
        ("CYP2D6, IL-6, COVID-19, D3", set()),
        ("P<0.001 and p = .05", {0.001, 0.05}),
        ("95% CI 1.2-3.4; grade 3–4; -0.5", {95, 1.2, 3.4, 3, 4, 0.5}),
        ("40mg, 2-fold, 10-year, 12/24", {40, 2, 10, 12, 24}),
        ("In 2019.", {2019}),
    ],
)
def test_numbers_in_digits(text, found):
    assert numbers(text) == found


def test_numbers_in_words_are_known_too():
    assert numbers_and_spelled("Twenty-four of thirty patients, 7 women") >= {24, 30, 7}


@pytest.mark.parametrize(
    "forms",
    [
        "reduces reduced reduce reduction",
        "inhibit inhibits inhibited inhibitor inhibition",
        "gene genes",
        "patient patients",
    ],
)
def test_forms_of_a_word_have_one_stem(forms):
    assert len(set(map(stem, forms.split()))) == 1


@given(
    st.text(max_size=300),
    st.text(max_size=300),
    st.text(max_size=100),
    st.sampled_from(["yes", "no", "maybe", "x", None]),
)
def test_any_answer_is_judged(long_answer, evidence, question, short):
    said = case(question, short, long_answer or "?", evidence)
    assert set(refusals(said, GATES_AS_SHIPPED)) <= set(AnswerGate)
    assert all(word == word.lower() for word in content(long_answer))
