import pytest

from tasks.review.rubric import OF_ANSWER, OF_QUESTION, Criterion, fit_answer, fit_item, fit_question

GOOD = dict.fromkeys(OF_QUESTION, True)


def test_every_criterion_is_of_the_question_or_of_the_answer():
    assert [*OF_QUESTION, *OF_ANSWER] == list(Criterion)


@pytest.mark.parametrize("criterion", OF_QUESTION)
def test_a_question_has_to_fulfil_every_criterion(criterion):
    assert fit_question(GOOD) is True
    assert fit_question({**GOOD, criterion: False}) is False
    assert fit_question({criterion: False}) is False  # one no decides, whatever else was judged
    assert fit_question({name: True for name in GOOD if name != criterion}) is None


def test_criteria_of_the_answer_that_do_not_apply_decide_nothing():
    assert fit_item(GOOD) is None
    assert fit_item({**GOOD, "faithful": True}) is True
    assert fit_item({**GOOD, "faithful": True, "decision_right": False}) is False
    assert fit_item({**GOOD, "faithful": True, "decision_right": True, "cites_used": False}) is False
    assert fit_item({**GOOD, "worth_asking": False, "faithful": True}) is False
    assert fit_item({**GOOD, "faithful": False}) is False


def test_an_answer_alone():
    assert fit_answer(GOOD) is None
    assert fit_answer({"faithful": 1}) is True  # as results keep grades
    assert fit_answer({"faithful": 1, "decision_right": 0}) is False
    assert fit_answer({"decision_right": 1}) is None
