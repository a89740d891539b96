import pytest

from tasks.questions.gates.asked import lower_words
from tasks.questions.gates.content_words import content_stems
from tasks.questions.gates.near_duplicates import earlier_alike, similarity

LEAST = 0.92


def stems(question: str) -> tuple[str, ...]:
    return tuple(content_stems(lower_words(question)))


@pytest.mark.parametrize(
    "question",
    [
        "Does aspirin prevent stroke in adults?",
        "Can aspirin prevent strokes in adults?",
        "In adults, does aspirin prevent stroke?",
        "DOES ASPIRIN PREVENT STROKE, IN ADULTS?",
    ],
)
def test_the_same_words_in_the_same_order_are_the_same_question(question):
    assert similarity(stems("Does aspirin prevent stroke in adults?"), stems(question)) >= LEAST


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Does depression cause insomnia?", "Does insomnia cause depression?"),
        ("Is aspirin better than heparin after stroke?", "Is heparin better than aspirin after stroke?"),
        ("Is IL-6 raised in sepsis?", "Is IL-8 raised in sepsis?"),
        ("Does aspirin prevent stroke in men?", "Does aspirin prevent stroke in women?"),
        ("Does aspirin prevent stroke in adults?", "Does aspirin not prevent stroke in adults?"),
        ("Is hepatitis B common in Ghana?", "Is hepatitis C common in Ghana?"),
        ("Is vitamin D low in Crohn's disease?", "Is vitamin E low in Crohn's disease?"),
        ("Is vitamin D low in scurvy?", "Is vitamin A low in scurvy?"),
        ("Does hypertension follow stroke?", "Does hypotension follow stroke?"),
        ("Does aspirin prevent stroke?", "Does clopidogrel prevent stroke?"),
    ],
)
def test_questions_that_have_other_answers_are_no_duplicates(first, second):
    assert similarity(stems(first), stems(second)) < LEAST


def test_the_first_that_passes_stays():
    asked = [
        "Does aspirin prevent stroke in adults?",
        "Does aspirin prevent strokes in adults?",
        "Does warfarin prevent stroke in adults?",
        "Could aspirin prevent stroke in adults?",
    ]
    each = [stems(question) for question in asked]
    assert earlier_alike(each, lambda place: True, LEAST) == [None, 0, None, 0]
    assert earlier_alike(each, lambda place: place != 0, LEAST) == [None, None, None, 1]
    assert earlier_alike(each, lambda place: False, LEAST) == [None] * 4


def test_an_added_word_makes_no_new_question_of_a_long_one():
    # Of 8 and 9 content words 8 are the same: 16 of 17.
    long = "Does aspirin prevent stroke, dementia, cancer and depression of nurses aged sixty?"
    longer = "Does daily aspirin prevent stroke, dementia, cancer and depression of nurses aged sixty?"
    assert similarity(stems(long), stems(longer)) == pytest.approx(2 * len(stems(long)) / (2 * len(stems(long)) + 1))
    assert earlier_alike([stems(long), stems(longer)], lambda place: True, LEAST) == [None, 0]
    assert earlier_alike([stems(long), stems(longer)], lambda place: True, 1.0) == [None, None]


def test_only_questions_like_others_are_judged_and_many_of_one_are_quick():
    judged = []

    def passes(place: int) -> bool:
        judged.append(place)
        return True

    same = [stems("Does aspirin prevent stroke in adults?")] * 5_000
    found = earlier_alike([*same, stems("Is ferritin raised in cirrhosis?")], passes, LEAST)
    assert found == [None, *[0] * 4_999, None]
    assert judged == [0]


def test_questions_without_content_are_no_duplicates():
    assert earlier_alike([(), ()], lambda place: True, LEAST) == [None, None]
    assert earlier_alike([], lambda place: True, LEAST) == []
