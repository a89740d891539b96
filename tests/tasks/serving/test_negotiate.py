"""What is learnt from the words of servers, as they are known from reports; and from failures without words."""

import asyncio
import json

import pytest

from tasks.serving.constraint import Choice, JsonSchema
from tasks.serving.dialect import Dialect
from tasks.serving.endpoint import Endpoint
from tasks.serving.faults import PassingFaultError
from tasks.serving.negotiate import is_only_thought, learn_from, negotiate
from tasks.serving.reply import Refusal, Reply
from tasks.serving.request import Request
from tasks.serving.servers.registry import kinds
from tasks.serving.trial import HELLO, SYSTEM_HELLO
from tests.tasks.serving.odd_server import OddServer

TURNS = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Ask."}]
REQUEST = Request(
    TURNS, 64, temperature=0.7, top_p=0.9, seed=1, constraint=Choice(("yes", "no")), stop_after=("?",), alternatives=20
)
FORMATTED = Request(TURNS, 64, constraint=JsonSchema("answer", {"type": "object"}))
PASSES = Reply("Hello", "stop", 1, 1)


def openai(message: str, param: str | None = None, code: str | None = None) -> str:
    return json.dumps({"error": {"message": message, "type": "invalid_request_error", "param": param, "code": code}})


def endpoint(kind: str = "vllm", **more: object) -> Endpoint:
    return Endpoint("http://a:1/v1", "m", kinds()[kind], **more)


async def never(_request: Request) -> Reply | Refusal:
    raise AssertionError("words are enough")


def told(to: Endpoint, words: str, status: int = 400, request: Request = REQUEST, **sent: int) -> bool:
    return asyncio.run(negotiate(to, request, status, words, never, **sent))


EXTRA = {"type": "extra_forbidden", "msg": "Extra inputs are not permitted", "input": {"stop": ["?"]}}


@pytest.mark.parametrize(
    ("words", "lost"),
    [
        (openai("Unrecognized request argument supplied: include_stop_str_in_output"), {"include_stop_str_in_output"}),
        (openai("Unsupported value: 'temperature' does not support 0.7.", "temperature"), {"temperature"}),
        (json.dumps({"detail": [{"loc": ["body", "structured_outputs"], **EXTRA}]}), {"structured_outputs"}),
        (json.dumps({"object": "error", "message": {"detail": [{"loc": ["body", "seed"], **EXTRA}]}}), {"seed"}),
        ("[{'type': 'extra_forbidden', 'loc': ('body', 'seed'), 'input': {'stop': []}}]", {"seed"}),
        (
            '{"detail":"Unexpected fields in the request: {\'structured_outputs\', \'include_stop_str_in_output\'}"}',
            {"structured_outputs", "include_stop_str_in_output"},
        ),
        (openai("Unsupported parameter: 'stop' is not supported with this model.", "stop"), {"stop"}),
        ("top_p is not supported by this model; leave it out", {"top_p"}),
        (openai("You are not allowed to request logprobs from this model"), {"logprobs", "top_logprobs"}),
        ("logprobs is not supported for models created with logits_all=False", {"logprobs", "top_logprobs"}),
        ('"smollm" does not support thinking', {"chat_template_kwargs"}),
        ("Guided decoding is not supported on this device", {"structured_outputs"}),
    ],
)  # fmt: skip
def test_a_field_that_is_refused_is_left_out_from_then_on(words, lost, caplog):
    asked = endpoint()
    assert told(asked, words)
    assert asked.dialect.without == lost
    assert not lost & asked.body(REQUEST).keys()
    assert (
        len(caplog.records)
        == asked.dialect.version
        == len([record for record in caplog.records if "the server at" in record.message])
    )


def test_what_is_learnt_is_told_in_a_plain_sentence(caplog):
    asked = endpoint()
    told(asked, openai("'temperature' is not supported", "temperature"))
    assert caplog.messages == [
        "the server at http://a:1/v1 takes no temperature; its answers are drawn as it likes and may not repeat"
    ]


def test_the_longest_answer_goes_by_another_name():
    asked = endpoint("chat-completions")
    words = "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
    assert told(asked, openai(words, "max_tokens", "unsupported_parameter"))
    assert asked.body(REQUEST)["max_completion_tokens"] == 64
    assert "max_tokens" not in asked.body(REQUEST)
    older = endpoint("openai")
    assert told(older, openai("Unknown field max_completion_tokens; did you mean max_tokens?"))
    assert older.body(REQUEST)["max_tokens"] == 64


@pytest.mark.parametrize(
    ("words", "most"),
    [
        ("Requested sample logprobs of 20, which is greater than max allowed: 5", 5),
        (openai("Invalid value for 'top_logprobs': must be less than or equal to 8.", "top_logprobs"), 8),
        ("top_logprobs exceeds the maximum of 10 tokens", 10),
    ],
)
def test_fewer_log_probabilities_are_asked_for(words, most):
    asked = endpoint()
    assert told(asked, words)
    assert asked.body(REQUEST)["top_logprobs"] == most


def test_the_least_effort_that_a_model_takes_is_asked_of_it():
    asked = endpoint("ollama")
    words = "'reasoning_effort' does not support 'none'. Supported values are: 'low', 'medium', and 'high'."
    assert told(asked, openai(words, "reasoning_effort"))
    assert asked.body(REQUEST)["reasoning_effort"] == "low"


@pytest.mark.parametrize(
    "words",
    [
        openai("System role not supported"),
        openai("Only user and assistant roles are supported!"),
        openai("Conversation roles must alternate user/assistant/user/assistant/..."),
        "Jinja Exception: System role not supported",
        "Developer and system messages are not enabled for this model; this model doesn't support system messages",
    ],
)
@pytest.mark.parametrize("status", [400, 500])
def test_a_system_message_goes_into_the_first_turn(words, status):
    asked = endpoint()
    assert told(asked, words, status)
    assert asked.dialect == Dialect(folds_system=True, version=1)
    assert asked.body(FORMATTED)["messages"] == [{"role": "user", "content": "Be brief.\n\nAsk."}]


@pytest.mark.parametrize(
    "words",
    [
        openai(
            "As of transformers v4.44, default chat template is no longer allowed, so you must provide a chat template"
        ),
        "Cannot use chat template functions because tokenizer.chat_template is not set",
        "Template error: template not found",
    ],
)
def test_a_model_without_a_chat_template_goes_on_with_text(words):
    asked = endpoint()
    assert told(asked, words)
    assert asked.path() == "/completions"


@pytest.mark.parametrize(
    "words",
    [
        openai("This model's maximum context length is 2048 tokens. However, you requested 2300 tokens", "messages"),
        openai("'max_tokens' is too large: 5000. This model's maximum context length is 2048 tokens", "max_tokens"),
        openai("Invalid prompt: your prompt was flagged as potentially violating our usage policy."),
        openai(
            "The response was filtered due to the prompt triggering content management policy: temperature", "prompt"
        ),
        openai("max_tokens must be at least 16", "max_tokens"),
        openai("Invalid value for 'messages[1].content': stop right there", "messages"),
        openai("The seed of doubt must be stopped"),
        "Internal words about nothing",
    ],
)
def test_what_is_refused_for_what_it_says_teaches_nothing(words):
    asked = endpoint()
    assert not told(asked, words)
    assert asked.dialect == Dialect()


def test_fields_of_the_users_own_stay():
    asked = endpoint(more_fields={"top_k": 40, "seed": 9})
    assert not told(asked, openai("Unrecognized request argument supplied: seed"))
    assert asked.body(REQUEST)["seed"] == 9


def test_a_thousand_requests_under_way_learn_once_and_are_all_asked_anew(caplog):
    asked, words = endpoint(), openai("Unrecognized request argument supplied: structured_outputs")

    async def fail_at_once() -> list[bool]:
        return await asyncio.gather(*(negotiate(asked, REQUEST, 400, words, never, sent=0) for _ in range(1000)))

    assert all(asyncio.run(fail_at_once()))
    assert (len(caplog.records), asked.dialect.version) == (1, 1)
    assert not told(asked, words, sent=1)  # it was not even sent


class Picky:
    """Answers greetings; ``fails`` says which turns it fails at."""

    def __init__(self, fails: str) -> None:
        self.fails, self.asked = fails, 0

    async def __call__(self, request: Request) -> Reply:
        await asyncio.sleep(0.001)
        self.asked += 1
        if self.fails in ("all", request.conversation[0]["role"]):
            raise PassingFaultError("HTTP 500")
        return PASSES


def test_a_failure_without_words_is_tried_with_and_without_a_system_message(caplog):
    asked, server = endpoint(), Picky("system")

    async def fail_at_once() -> list[bool]:
        return await asyncio.gather(
            *(negotiate(asked, REQUEST, 500, "Internal Server Error", server) for _ in range(1000))
        )

    assert all(asyncio.run(fail_at_once()))
    assert asked.dialect.folds_system
    assert (server.asked, len(caplog.records)) == (4, 1)
    assert SYSTEM_HELLO.conversation[1:] == HELLO.conversation


def test_a_server_that_fails_now_and_then_or_at_one_prompt_teaches_nothing():
    asked, server = endpoint(), Picky("nothing")
    assert not asyncio.run(negotiate(asked, REQUEST, 500, "EngineGenerateError", server))
    assert not asyncio.run(negotiate(asked, REQUEST, 500, "EngineGenerateError", server))
    assert server.asked == 2
    assert (asked.dialect.version, asked.dialect.folds_system) == (0, False)


def test_a_model_that_fails_at_every_conversation_is_tried_with_text():
    def post(path: str, body: dict) -> tuple[int, object]:
        if path == "/v1/chat/completions":
            return 500, "Internal Server Error"
        assert body == {
            "model": "m",
            "prompt": "### Task\nHello\n\n### Answer\n",
            "temperature": 0.0,
            "max_tokens": 1,
            "stop": ["\n### "],
        }
        return 200, {"choices": [{"text": "Hi", "finish_reason": "length"}]}

    with OddServer({}, post) as server:
        asked = Endpoint(f"{server.url}/v1", "m", kinds()["transformers"])
        assert asyncio.run(negotiate(asked, REQUEST, 500, "Internal Server Error", Picky("all")))
        assert asked.dialect.is_plain
    away = Endpoint("http://127.0.0.1:9/v1", "m")
    assert not asyncio.run(negotiate(away, REQUEST, 500, "", Picky("all")))
    assert not away.dialect.is_plain


def reply(text: str, **more: object) -> Reply:
    return Reply(text, str(more.pop("finish_reason", "stop")), 10, 64, **more)


def test_a_model_that_thinks_though_it_was_asked_not_to_gets_tokens_for_it(caplog):
    asked = endpoint()
    cut = reply("", thoughts="Okay, the user", finish_reason="length")
    assert learn_from(cut, REQUEST, asked)
    assert asked.body(REQUEST)["max_tokens"] == 64 + 2048
    assert "stop" not in asked.body(REQUEST)
    assert learn_from(cut, REQUEST, asked, sent=0)  # it was under way
    assert not learn_from(cut, REQUEST, asked)
    spent = Reply("", "length", 10, 2112, thoughts="Okay, the user wants")
    assert not learn_from(spent, REQUEST, asked)
    assert len(caplog.records) == 1


def test_thoughts_that_were_asked_for_are_only_counted():
    asked = endpoint(thinking_tokens=500)
    assert asked.body(REQUEST)["max_tokens"] == 564
    spent = reply("", thought_tokens=564)
    assert not learn_from(spent, REQUEST, asked)
    assert is_only_thought(spent) and not is_only_thought(reply(""))


def test_a_server_that_heeds_no_constraint_is_told_it_in_words(caplog):
    asked = endpoint("chat-completions")
    assert learn_from(reply("The decision is yes."), FORMATTED, asked)
    assert asked.body(FORMATTED)["messages"][-1]["content"].startswith("Ask.\n\nAnswer with one JSON object")
    assert not learn_from(reply("The decision is yes."), FORMATTED, asked)
    assert len(caplog.records) == 1


@pytest.mark.parametrize(
    ("said", "request_"),
    [
        (reply('```json\n{"a": 1}\n```'), FORMATTED),
        (reply('{"a": ', finish_reason="length"), FORMATTED),
        (reply(""), FORMATTED),
        (reply("Yes."), REQUEST),
        (reply("What I like"), Request(TURNS, 64)),
    ],
)
def test_an_answer_that_fits_teaches_nothing(said, request_):
    asked = endpoint()
    assert not learn_from(said, request_, asked)
    assert asked.dialect == Dialect()
