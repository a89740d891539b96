import pytest

from tasks.evaluation.evaluation_prompt import FINE_TUNED, INSTRUCTED, EvaluationPrompt
from tasks.instructions import INSTRUCTION, SYSTEM
from tasks.kinds import Kind


def test_contexts_are_given_where_reasoning_over_them_is_asked_for():
    system, user = INSTRUCTED.messages("reasoning-required", "Do bees sleep?", ["We watched.", "They slept."])
    assert system["role"] == "system"
    assert user == {"role": "user", "content": "Context:\nWe watched.\nThey slept.\n\nQuestion: Do bees sleep?"}
    [_, user] = INSTRUCTED.messages("question-only", "Do bees sleep?", ["We watched."])
    assert user["content"] == "Question: Do bees sleep?"


def test_a_tuned_model_is_asked_as_it_was_tuned():
    system, user = FINE_TUNED.messages("reasoning-required", "Q?", ["C."])
    assert system == {"role": "system", "content": SYSTEM[Kind.YES_NO]}
    told = INSTRUCTION[Kind.YES_NO]
    assert user == {"role": "user", "content": f"Source:\nC.\n\nQuestion: Q?\n\n{told}"}
    assert FINE_TUNED.messages("question-only", "Q?", [])[-1]["content"] == f"Question: Q?\n\n{told}"
    assert FINE_TUNED.choices == ("Yes", "No", "Maybe")
    assert INSTRUCTED.choices == ("yes", "no", "maybe")


def test_braces_in_a_text_stay_as_they_are():
    prompt = EvaluationPrompt(system="", with_contexts="{contexts}|{question}|{other}")
    [user] = prompt.messages("reasoning-required", "{contexts}?", ["{question} \\1"])
    assert user["content"] == "{question} \\1|{contexts}?|{other}"


@pytest.mark.parametrize(
    ("templates", "lacking"),
    [
        ({"with_contexts": "{question}"}, "{contexts}"),
        ({"with_contexts": "{context} {qestion}"}, "{contexts} and {question}"),
        ({"question_only": "Answer!"}, "{question}"),
    ],
)
def test_a_template_that_tells_nothing_of_the_item_is_refused(templates, lacking):
    with pytest.raises(ValueError, match=f"the template has no {lacking}; write "):
        EvaluationPrompt(system="", **templates)
