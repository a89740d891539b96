import re
from typing import Annotated

import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from tasks.questions.generator import default_generators
from tasks.serving.conversation import (
    PLAIN_END,
    PLAIN_TEMPLATE,
    Holds,
    Prompt,
    Shot,
    fold_system,
    plain_text,
)

SYSTEM, ASKED = {"role": "system", "content": "S"}, {"role": "user", "content": "U"}
SAID = {"role": "assistant", "content": "A"}
TURNS = st.lists(
    st.fixed_dictionaries({"role": st.sampled_from(["system", "user", "assistant"]), "content": st.text()}), max_size=6
)


def test_a_conversation_is_the_system_message_the_examples_and_the_question():
    prompt = Prompt(system="S", template="<{a}>", shots=(Shot(fields={"a": "1"}, reply="one"),))
    assert prompt.conversation(a="2") == [
        {"role": "system", "content": "S"},
        {"role": "user", "content": "<1>"},
        {"role": "assistant", "content": "one"},
        {"role": "user", "content": "<2>"},
    ]
    assert Prompt(template="{a}").conversation(a="2") == [{"role": "user", "content": "2"}]


def test_what_a_text_holds_is_no_placeholder_and_neither_are_other_braces():
    prompt = Prompt(template='{a} {b} {c} {"d": 1} {} \\1 {a}')
    assert prompt.render({"a": "{b}", "b": "\\g<1>{a}"}) == '{b} \\g<1>{a} {c} {"d": 1} {} \\1 {b}'


@pytest.mark.parametrize("typed", ["{abstrct}", "{Abstract}", "{titel}", "{Title}"])
def test_a_placeholder_typed_wrongly_beside_the_right_ones_is_told(typed):
    with pytest.raises(ValueError, match=re.escape(f"{typed} would be sent as it stands; write {{")):
        Holds("title", "abstract").check(f"{{title}} {{abstract}} {typed}")


def test_other_words_in_braces_are_the_users_matter():
    template = '{title} {abstract} \\frac{a}{b} {"d": 1} {mesh}'
    assert Holds("title", "abstract").check(template) == template


@given(TURNS)
def test_plain_text_is_the_template_that_tokenizers_are_given(turns):
    rendered = jinja2.Environment().from_string(PLAIN_TEMPLATE).render(messages=turns, add_generation_prompt=True)
    assert plain_text(turns) == rendered


def test_a_document_for_a_base_model_ends_where_its_answer_begins():
    [before, last] = plain_text([SYSTEM, ASKED, SAID, ASKED]).rsplit(PLAIN_END, 1)
    assert before == "S\n\n### Task\nU\n\n### Answer\nA\n\n### Task\nU\n"
    assert last == "Answer\n"


@pytest.mark.parametrize(
    ("turns", "folded"),
    [
        ([SYSTEM, ASKED, SAID], [{"role": "user", "content": "S\n\nU"}, SAID]),
        ([ASKED, SAID], [ASKED, SAID]),
        ([SYSTEM], [{"role": "user", "content": "S"}]),
        ([SYSTEM, SAID], [{"role": "user", "content": "S"}, SAID]),
        ([], []),
    ],
)
def test_a_system_message_goes_into_the_first_turn(turns, folded):
    before = [dict(turn) for turn in turns]
    assert fold_system(turns) == folded
    assert turns == before


@given(TURNS)
def test_folding_loses_no_word_and_no_turn_of_others(turns):
    folded = fold_system(turns)
    assert all(turn["content"] in folded[0]["content"] for turn in turns[:1])
    assert folded[1:] == turns[len(turns) - len(folded) + 1 :]


def test_forms_of_two_prompts_in_one_model_name_their_own_fields():
    class Both(BaseModel):
        one: Annotated[Prompt, Holds("a", "b")]
        other: Prompt

    schema = Both.model_json_schema()
    fields = schema["properties"]["one"]["properties"]["shots"]["items"]["properties"]["fields"]
    assert list(fields["properties"]) == ["a", "b"]
    assert "properties" not in schema["$defs"]["Shot"]["properties"]["fields"]
    for generator in default_generators():
        assert type(generator).model_validate(generator.model_dump()) == generator
