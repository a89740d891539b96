import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tasks.kinds import Kind
from tasks.questions.gates.asked import Asked, grams_of
from tasks.questions.gates.registry import GATES, gates_in_use, refusal
from tasks.questions.gates.settings import GateName, Gates
from tests.tasks.questions.gates.bad_questions import BAD
from tests.tasks.questions.gates.good_questions import GOOD

DEFAULT = Gates()
TITLE = "Drugs in internal medicine"
ABSTRACT = (
    "We gave aspirin to adults with stroke, cirrhosis, hypertension, insomnia, obesity, depression and cancer of "
    "breast and prostate, and measured ferritin, PSMA, bortezomib and isotretinoin."
)


def source_of(question: str) -> str:
    """Return an abstract that holds half of a question's words, in another order."""
    return " ".join(sorted(Asked(question, Kind.YES_NO, "", "").words)[::2])


@pytest.mark.parametrize(("kind", "question", "title"), GOOD)
def test_a_good_question_may_compete(kind, question, title):
    assert refusal(Asked(question, kind, title, source_of(question)), DEFAULT) is None


@pytest.mark.parametrize(("kind", "question", "reason"), BAD, ids=range(len(BAD)))
def test_a_bad_question_is_refused_for_what_is_bad_about_it(kind, question, reason):
    assert refusal(Asked(question, kind, TITLE, ABSTRACT), DEFAULT) == reason


def test_enough_questions_are_tried_of_each_kind_and_reason():
    assert len(GOOD) >= 120
    assert len(BAD) >= 100
    assert {kind for kind, *_ in GOOD} == set(Kind)


def test_a_question_that_was_cut_off_may_not_compete():
    asked = Asked("Does aspirin prevent stroke in adults?", Kind.YES_NO, TITLE, ABSTRACT, "length")
    assert refusal(asked, DEFAULT) == "cut off"


def test_every_gate_but_that_of_the_run_is_registered_once():
    assert {gate.name for gate in GATES} == set(GateName) - {GateName.NEAR_DUPLICATES}
    assert len({gate.name for gate in GATES}) == len(GATES)


@pytest.mark.parametrize(
    ("name", "question"),
    [
        (GateName.VERB, "The role of PSMA in prostate cancer?"),
        (GateName.STANDS_ALONE, "Does it reduce the risk of stroke?"),
        (GateName.DEBRIS, "Does **aspirin** prevent stroke in adults?"),
        (GateName.SUBJECT, "Does venom immunotherapy prevent anaphylaxis to wasps?"),
    ],
)
def test_a_gate_that_is_left_out_refuses_nothing(name, question):
    asked = Asked(question, Kind.YES_NO, TITLE, ABSTRACT)
    reason = refusal(asked, DEFAULT)
    assert reason is not None
    assert refusal(asked, Gates(left_out=(name,))) != reason


def test_grammar_is_judged_in_english_alone():
    german = Asked(
        "Verringert Aspirin das Risiko eines Schlaganfalls?", Kind.YES_NO, "Aspirin", "Schlaganfall und Risiko"
    )
    assert refusal(german, Gates(language="de")) is None
    assert refusal(german, Gates(language=None)) is None
    english = Asked("Does aspirin reduce the risk of stroke in adults?", Kind.YES_NO, TITLE, ABSTRACT)
    assert refusal(english, Gates(language="de")) == "not in the language asked for"
    assert not any(gate.english for gate in gates_in_use(Gates(language="de")))


def test_words_of_chinese_are_counted_though_nothing_stands_between_them():
    asked = Asked("阿司匹林能降低成年人中风的风险吗？", Kind.YES_NO, "阿司匹林与中风", "成年人")
    assert refusal(asked, Gates(language="zh")) is None


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"fewest_words": 7}, "too short"),
        ({"most_words": 5}, "too long"),
        ({"most_characters": 37}, "too long"),
        ({"least_on_subject": 0.9}, "not about its article's subject"),
    ],
)
def test_bounds_are_settings(settings, reason):
    # Six words, 38 characters; of aspirin, prevent and stroke the article says prevent nowhere.
    asked = Asked("Does aspirin prevent stroke in adults?", Kind.YES_NO, TITLE, ABSTRACT)
    assert refusal(asked, DEFAULT) is None
    assert refusal(asked, Gates(**settings)) == reason


def test_what_can_change_a_verdict_is_in_the_recipe():
    changed = [
        {"fewest_words": 5}, {"most_words": 50}, {"most_characters": 400}, {"language": "de"}, {"language": None},
        {"least_on_subject": 0.5}, {"most_like_title": 0.8}, {"most_like_example": 0.4}, {"near_duplicate": 0.9},
        {"most_recited": 0.5}, {"most_copied": 0.4}, {"left_out": ["verb"]},
    ]  # fmt: skip
    digests = {Gates(**each).recipe.digest for each in [{}, *changed]}
    assert len(digests) == len(changed) + 1
    assert Gates(left_out=("verb", "kind")).recipe == Gates(left_out=("kind", "verb", "kind")).recipe
    json.dumps(DEFAULT.recipe.describe())


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"language": "tlh"}, "language"),
        ({"left_out": ["rhyme"]}, "left_out"),
        ({"fewest_words": 9, "most_words": 8}, "the fewest words .9. are more than the most .8."),
    ],
)
def test_settings_that_can_not_be_are_refused(wrong, says):
    with pytest.raises(ValidationError, match=says):
        Gates(**wrong)


@given(st.text(max_size=200), st.sampled_from(list(Kind)))
def test_whatever_a_model_says_there_is_a_verdict(said, kind):
    for gate in GATES:
        verdict = gate.check(Asked(said, kind, TITLE, ABSTRACT, examples=grams_of([ABSTRACT])), DEFAULT)
        assert verdict is None or verdict
