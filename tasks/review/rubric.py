"""The rubric by which a person judges a question and its answer: ``docs/worth.md`` says what each criterion means."""

from collections.abc import Mapping
from enum import StrEnum

Grades = Mapping[str, bool]
"""What was said of each criterion; those that nobody judged are not in it."""


class Criterion(StrEnum):
    """What is judged, by yes or no; the value is the column of a sheet."""

    ONE_QUESTION = "one_question"
    STANDS_ALONE = "stands_alone"
    ANSWERABLE = "answerable"
    WORTH_ASKING = "worth_asking"
    FAITHFUL = "faithful"
    DECISION_RIGHT = "decision_right"
    CITES_USED = "cites_used"


OF_QUESTION = (Criterion.ONE_QUESTION, Criterion.STANDS_ALONE, Criterion.ANSWERABLE, Criterion.WORTH_ASKING)
OF_ANSWER = (Criterion.FAITHFUL, Criterion.DECISION_RIGHT, Criterion.CITES_USED)


def fit_question(grades: Grades) -> bool | None:
    """Return whether a question is fit to train on; None where a criterion that may still decide was not judged."""
    return _all([grades.get(criterion) for criterion in OF_QUESTION])


def fit_answer(grades: Grades) -> bool | None:
    """Return whether an answer is fit to train on; None where it was not judged enough.

    Criteria that do not apply stay blank: a decision has only a yes/no question, and not every answer names what it
    used. Whether it is faithful is always judged.
    """
    faithful, *others = OF_ANSWER
    return _all([grades.get(faithful), *(grades[criterion] for criterion in others if criterion in grades)])


def fit_item(grades: Grades) -> bool | None:
    """Return whether a question with its answer is fit to train on; None where it was not judged enough."""
    return _all([fit_question(grades), fit_answer(grades)])


def _all(given: list[bool | None]) -> bool | None:
    if False in given:
        return False
    return None if None in given else True
