"""What is sent to each kind of server, whole."""

import json

import pytest

from tasks.serving.constraint import Choice, JsonSchema, Pattern
from tasks.serving.dialect import Dialect
from tasks.serving.request import Request
from tasks.serving.servers.registry import kinds

TURNS = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Ask."}]
SCHEMA = {
    "type": "object",
    "properties": {"title": {"type": "string", "maxLength": 9}},
    "required": ["title"],
    "additionalProperties": False,
}
DRAWN = Request(TURNS, max_tokens=64, temperature=0.7, top_p=0.9, seed=3, stop_after=("?",))
CHOSEN = Request(TURNS, max_tokens=8, constraint=Choice(("yes", "no")), alternatives=20)
FORMATTED = Request(TURNS, max_tokens=160, constraint=JsonSchema("answer", SCHEMA))
SWITCH = {"chat_template_kwargs": {"enable_thinking": False, "thinking": False}}
STRICT = {
    "response_format": {"type": "json_schema", "json_schema": {"name": "answer", "schema": SCHEMA, "strict": True}}
}
LAST = "Ask.\n\nAnswer with one of these and nothing else: yes, no"
TOLD = [TURNS[0], {"role": "user", "content": LAST}]
SAID = {"temperature": 0.7, "top_p": 0.9, "seed": 3, "max_tokens": 64}
LOGPROBS = {"logprobs": True, "top_logprobs": 20}


def sent(kind: str, request: Request, dialect: Dialect | None = None) -> dict:
    return kinds()[kind].body(request, dialect or Dialect())


WIDE = {"top_k": 0, "min_p": 0.0}
CONFIGURED = {"generation_config": json.dumps({"do_sample": True, "max_new_tokens": 64})}


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("vllm", {"stop": ["?"], "include_stop_str_in_output": True, **SWITCH}),
        ("sglang", {"stop": ["?"], "no_stop_trim": True, **SWITCH}),
        ("llama.cpp", {**WIDE, **SWITCH}),
        ("llama-cpp-python", {**WIDE, "repeat_penalty": 1.0}),
        ("ollama", {"reasoning_effort": "none"}),
        ("lm-studio", {}),
        ("tgi", {}),
        ("transformers", {"stop": ["?"], **CONFIGURED, **SWITCH}),
        ("chat-completions", {}),
    ],
)
def test_a_question_that_is_drawn(kind, more):
    assert sent(kind, DRAWN) == {"messages": TURNS, **SAID, **more}


def test_openai_takes_another_name_for_the_longest_answer():
    said = {"temperature": 0.7, "top_p": 0.9, "seed": 3, "max_completion_tokens": 64}
    assert sent("openai", DRAWN) == {"messages": TURNS, **said}


@pytest.mark.parametrize(
    ("kind", "turns", "more"),
    [
        ("vllm", TURNS, {**LOGPROBS, "structured_outputs": {"choice": ["yes", "no"]}, **SWITCH}),
        ("sglang", TURNS, {**LOGPROBS, "regex": "(yes|no)", **SWITCH}),
        ("llama.cpp", TURNS, {**LOGPROBS, "grammar": 'root ::= ( "y" "e" "s" | "n" "o" )', **SWITCH}),
        (
            "llama-cpp-python",
            TURNS,
            {**LOGPROBS, "grammar": 'root ::= ( "y" "e" "s" | "n" "o" )', "repeat_penalty": 1.0},
        ),
        ("ollama", TOLD, {**LOGPROBS, "reasoning_effort": "none"}),
        ("lm-studio", TOLD, {}),
        (
            "tgi",
            TURNS,
            {"logprobs": True, "top_logprobs": 5, "response_format": {"type": "regex", "value": "(yes|no)"}},
        ),
        ("transformers", TOLD, SWITCH),
        ("chat-completions", TOLD, LOGPROBS),
    ],
)
def test_a_choice(kind, turns, more):
    assert sent(kind, CHOSEN) == {"messages": turns, "temperature": 0.0, "max_tokens": 8, **more}


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("vllm", {**STRICT, **SWITCH}),
        ("sglang", {**STRICT, **SWITCH}),
        ("llama.cpp", {**STRICT, **SWITCH}),
        ("llama-cpp-python", {"response_format": {"type": "json_object", "schema": SCHEMA}, "repeat_penalty": 1.0}),
        ("ollama", {**STRICT, "reasoning_effort": "none"}),
        ("lm-studio", STRICT),
        ("tgi", {"response_format": {"type": "json", "value": SCHEMA}}),
        ("chat-completions", STRICT),
    ],
)
def test_a_schema(kind, more):
    assert sent(kind, FORMATTED) == {"messages": TURNS, "temperature": 0.0, "max_tokens": 160, **more}


def test_openai_refuses_bounds_of_length_in_a_strict_schema_but_no_property_of_such_a_name():
    schema = {
        "type": "object",
        "properties": {"title": {"type": "string"}},
        "required": ["title"],
        "additionalProperties": False,
    }
    assert sent("openai", FORMATTED)["response_format"]["json_schema"]["schema"] == schema


def test_transformers_is_told_a_schema_in_words():
    said = sent("transformers", FORMATTED)
    assert said["messages"][-1]["content"].startswith("Ask.\n\nAnswer with one JSON object of this schema")
    assert "response_format" not in said


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("vllm", {"structured_outputs": {"regex": "a|b"}}),
        ("sglang", {"regex": "a|b"}),
        ("llama.cpp", {"grammar": 'root ::= "a" | "b"'}),
        ("tgi", {"response_format": {"type": "regex", "value": "a|b"}}),
    ],
)
def test_a_pattern(kind, fields):
    said = sent(kind, Request(TURNS, 8, constraint=Pattern("a|b", "One letter.")))
    assert {name: said[name] for name in fields} == fields
    assert said["messages"] == TURNS


def test_what_has_no_grammar_is_asked_in_words():
    said = sent("llama.cpp", Request(TURNS, 8, constraint=Pattern(r"(?=a)a", "The letter a.")))
    assert "grammar" not in said
    assert said["messages"][-1]["content"] == "Ask.\n\nThe letter a."


def test_thoughts_have_tokens_of_their_own_and_no_stop_strings():
    thought = Request(TURNS, max_tokens=64, stop_after=("?",), thinking_tokens=1000)
    on = {"chat_template_kwargs": {"enable_thinking": True, "thinking": True}}
    assert sent("vllm", thought) == {"messages": TURNS, "temperature": 0.0, "max_tokens": 1064, **on}
    assert "reasoning_effort" not in sent("ollama", thought)
    aloud = sent("chat-completions", DRAWN, Dialect(thinks=True))
    assert aloud == {"messages": TURNS, **SAID, "max_tokens": 64 + 2048}
    assert sent("openai", DRAWN, Dialect(thinks=True))["reasoning_effort"] == "low"


def test_a_model_without_a_chat_template_goes_on_with_text_under_the_same_constraint():
    kind, dialect = kinds()["vllm"], Dialect(is_plain=True)
    assert kind.path(dialect) == "/completions"
    assert kind.body(CHOSEN, dialect) == {
        "prompt": "Be brief.\n\n### Task\nAsk.\n\n### Answer\n",
        "temperature": 0.0,
        "logprobs": 20,
        "max_tokens": 8,
        "stop": ["\n### "],
        "structured_outputs": {"choice": ["yes", "no"]},
    }


def test_what_a_server_refused_is_left_out_and_what_it_was_for_is_done_otherwise():
    plain = Dialect(folds_system=True, without={"structured_outputs", "include_stop_str_in_output", "top_p"})
    assert "structured_outputs" not in sent("vllm", CHOSEN, plain)
    assert sent("vllm", CHOSEN, plain)["messages"] == [{"role": "user", "content": f"Be brief.\n\n{LAST}"}]
    assert "stop" not in sent("vllm", DRAWN, plain)  # it would leave the question mark out
    few = Dialect(most_alternatives=5, renamed={"max_tokens": "max_completion_tokens"})
    said = sent("chat-completions", CHOSEN, few)
    assert (said["logprobs"], said["top_logprobs"], said["max_completion_tokens"]) == (True, 5, 8)
