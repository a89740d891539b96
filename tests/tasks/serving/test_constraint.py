import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.serving.constraint import Choice, JsonSchema, Pattern, read_choice, read_json, without_fence

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.dictionaries(st.text(), VALUES, max_size=4)
WITHOUT_BRACES = st.text().map(lambda text: text.replace("{", ""))
AROUND = st.sampled_from(
    [
        ("", ""),
        ("```json\n", "\n```"),
        ("```\n", "\n```"),
        ("Here it is:\n", ""),
        ("", "\n\nI hope that this helps! {}"),
        ("Of {what} you asked:\n```JSON\n", "```\nDone."),
        ("[", "]"),
        ("[1, ", ', {"a": 1}]'),
        ("\ufeff \u00a0", "\ud83d"),
    ]
)


@given(st.text() | st.text(alphabet='{}[]",:\\ae1 \n`'))
def test_no_text_is_too_odd_to_be_read(text):
    found = read_json(text)
    assert found is None or isinstance(found, dict)
    without_fence(text)
    assert read_choice(text, ("yes", "no")) in ("yes", "no", None)


@given(OBJECTS, AROUND, st.booleans(), st.sampled_from([None, 2]))
def test_an_object_is_found_past_what_stands_around_it(value, around, ascii_alone, indent):
    written = json.dumps(value, ensure_ascii=ascii_alone, indent=indent)
    assert read_json(f"{around[0]}{written}{around[1]}") == value


@given(WITHOUT_BRACES, OBJECTS, st.text())
def test_an_object_is_found_between_any_words(before, value, after):
    assert read_json(f"{before}{json.dumps(value)}{after}") == value


@given(st.dictionaries(st.text(), st.text() | st.integers(), max_size=3), st.integers(1, 300))
def test_an_object_that_is_cut_off_is_none(value, left):
    written = json.dumps(value)
    assert read_json(written[: -min(left, len(written))]) is None


@pytest.mark.parametrize(
    "text",
    ['{"a": {"b": 1}, "c', '{"a": "{}', '{"a": "{}"', '{"a": {"b": 1}, "c": tr', '{"a": {}, "c": "\\u12', '{"a": {}'],
)
def test_what_stands_within_a_cut_off_object_is_none(text):
    assert read_json(text) is None


@pytest.mark.parametrize("text", ["", "[1]", '"{"', "{", "}{", "{'a': 1}", "[" * 100_000, '{"a":' * 100_000, "{" * 100])
def test_what_holds_no_object_holds_none(text):
    assert read_json(text) is None


@pytest.mark.parametrize("text", ["yes", "Yes", " YES. ", "**yes**", '"Yes"', "`yes`\n", "(yes)", "yes!", "{yes}"])
def test_a_choice_is_read_past_capitals_and_marks(text):
    assert read_choice(text, ("yes", "no")) == "yes"


@pytest.mark.parametrize("text", ["", ".", "yes no", "yes or no", "not yes", "yes, it is", "ye", "y", "yes\nno"])
def test_what_is_more_or_less_than_a_word_is_no_choice(text):
    assert read_choice(text, ("yes", "no")) is None


def test_a_choice_is_given_as_it_was_asked_for():
    assert read_choice("yes", ("Yes", "No")) == "Yes"


def test_fences_go_and_what_they_hold_stays():
    assert without_fence("```text\nnone\n```") == without_fence(" none\n") == without_fence("```\nnone```") == "none"
    assert without_fence("a ``` b") == "a ``` b"
    assert without_fence("```\n```") == ""


def test_constraints_can_be_said():
    schema = {"type": "object", "properties": {"a": {"type": "string"}}}
    assert json.dumps(schema) in JsonSchema("a", schema).in_words()
    assert Choice(("yes", "no")).in_words() == "Answer with one of these and nothing else: yes, no"
    assert (Pattern("a+").in_words(), Pattern("a+", "Write a.").in_words()) == ("", "Write a.")
    assert re.fullmatch(Pattern("a+").regex, "aa")
