from tasks.evaluation.evaluation_prompt import FINE_TUNED, INSTRUCTED
from tasks.evaluation.examinee import Examinee
from tasks.serving.model import LanguageModel

EXAMINEE = Examinee(
    name="m",
    language_model=LanguageModel(url="http://a:1", model="m"),
    prompt=INSTRUCTED,
    setting="question-only",
    method="choice",
)


def digest(**changes: object) -> str:
    return EXAMINEE.model_copy(update=changes).recipe.digest


def test_what_can_change_a_prediction_is_in_the_recipe():
    other = LanguageModel(url="http://a:1", model="m", revision="2")
    changes = (
        {"language_model": other},
        {"prompt": FINE_TUNED},
        {"setting": "reasoning-required"},
        {"method": "generated"},
    )
    assert len({digest(), *(digest(**change) for change in changes)}) == 5
    assert digest(method="generated", max_tokens=9) != digest(method="generated")


def test_what_can_not_is_not():
    assert digest(language_model=LanguageModel(url="http://b:2", model="m")) == digest()
    assert digest(name="another") == digest()
    assert digest(max_tokens=9) == digest()  # a choice is as long as its word
    assert digest(prompt=INSTRUCTED.model_copy(update={"with_contexts": "{contexts} {question}"})) == digest()
    assert digest(prompt=INSTRUCTED.model_copy(update={"question_only": "{question}!"})) != digest()
