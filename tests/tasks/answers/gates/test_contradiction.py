import pytest

from tasks.answers.gates.contradiction import refuse_contradiction
from tasks.answers.gates.settings import AnswerGates
from tests.tasks.answers.gates.answers import case
from tests.tasks.answers.gates.contradictions import CONSISTENT, CONTRADICTORY


@pytest.mark.parametrize("answer", CONSISTENT, ids=str)
def test_a_text_that_goes_with_its_decision_passes(answer):
    assert refuse_contradiction(case(*answer, evidence=""), AnswerGates()) is None


@pytest.mark.parametrize("answer", CONTRADICTORY, ids=str)
def test_a_text_that_says_the_opposite_falls(answer):
    assert refuse_contradiction(case(*answer, evidence=""), AnswerGates()) is not None


def test_a_question_that_is_negative_itself_or_compares_is_left_alone():
    said = "Ceftriaxone did not increase relapses in adults."
    for question in ("Is ceftriaxone safe in adults?", "Is ceftriaxone as effective as penicillin in adults?"):
        assert refuse_contradiction(case(question, "yes", said, ""), AnswerGates()) is None


def test_only_decisions_can_be_contradicted():
    said = case("Which drug?", "aspirin", "Aspirin did not help in any of them.", "")
    assert refuse_contradiction(said, AnswerGates()) is None
