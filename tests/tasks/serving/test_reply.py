import pytest

from tasks.serving.complete import complete
from tasks.serving.constraint import Choice
from tasks.serving.endpoint import Endpoint
from tasks.serving.reply import NoReplyError, Refusal, Reply, finished, read_reply, writable
from tests.fake_examinee import FakeExaminee
from tests.fake_llm import MODEL, FakeLlm
from tests.tasks.serving.requests import ask


def said(content: object, **beside: object) -> dict:
    return {"choices": [{"message": {"content": content}, "finish_reason": "stop"}], **beside}


def test_tokens_that_a_server_does_not_count_are_unknown():
    assert read_reply(said("a", usage={"prompt_tokens": 10.0, "completion_tokens": 5})) == Reply("a", "stop", 10, 5)
    assert read_reply(said("a", usage={"total_tokens": 15})) == Reply("a", "stop", None, None)
    for usage in ({}, {"usage": None}, {"usage": []}, {"usage": {"prompt_tokens": None, "completion_tokens": "5"}}):
        assert read_reply(said("a", **usage)) == Reply("a", "stop", None, None)
    absurd = {"prompt_tokens": -1, "completion_tokens": 10**30}
    assert read_reply(said("a", usage=absurd)) == Reply("a", "stop", None, None)


def test_the_text_of_parts_is_joined_and_no_content_is_no_text():
    parts = [{"type": "text", "text": "Does "}, {"type": "image_url", "image_url": {}}, "it", {"text": "?"}]
    assert read_reply(said(parts)) == Reply("Does it?", "stop", None, None)
    assert read_reply(said(None)) == Reply("", "stop", None, None)
    assert read_reply({"choices": [{"message": {}}]}) == Reply("", "unknown", None, None)


def test_plain_completions_have_a_text():
    assert read_reply({"choices": [{"text": "Is it?", "finish_reason": "stop"}]}) == Reply("Is it?", "stop", None, None)


@pytest.mark.parametrize(
    "body",
    [
        {}, [], "text", 7, None, {"choices": []}, {"choices": None}, {"choices": {}}, {"choices": [None]},
        {"choices": [{"index": 0}]}, {"choices": [{"message": "text"}]}, said(7), said({"text": "a"}),
    ],
)  # fmt: skip
def test_what_is_no_reply_says_what_is_missing(body):
    with pytest.raises(NoReplyError):
        read_reply(body)


def test_a_model_that_declines_and_a_filter_are_of_the_request():
    declined = {"choices": [{"message": {"content": None, "refusal": "No."}, "finish_reason": "stop"}]}
    assert read_reply(declined) == Refusal("the model declines: No.")
    filtered = {"choices": [{"message": {"content": ""}, "finish_reason": "content_filter"}]}
    assert read_reply(filtered) == Refusal("the content filter let nothing through")


@pytest.mark.parametrize(
    "logprobs",
    [
        None, [], "x", {"content": None}, {"content": 7}, {"content": ["x"]}, {"content": [{"token": "a"}]},
        {"content": [{"token": "a", "logprob": None}]}, {"content": [{"token": "a", "logprob": float("nan")}]},
        {"content": [{"token": "a", "logprob": 1e9}]}, {"content": [{"token": None, "logprob": -1}]},
        {"content": [{"token": "a", "logprob": -1, "top_logprobs": [7]}]},
    ],
)  # fmt: skip
def test_log_probabilities_of_another_form_are_none(logprobs):
    body = {"choices": [{"message": {"content": "a"}, "logprobs": logprobs}]}
    assert read_reply(body) == Reply("a", "unknown", None, None)


def test_characters_that_no_table_can_hold_are_replaced_one_by_one():
    assert writable("a\ud83db\0c\udc00") == "a\ufffdb\ufffdc\ufffd"
    assert writable("\U0001f600 α") == "\U0001f600 α"


def test_alternatives_come_with_their_tokens():
    with FakeExaminee() as server:
        [reply] = complete(Endpoint(server.url, MODEL), [ask("?", constraint=Choice(("yes", "no")), alternatives=5)])
    first, end = reply.alternatives
    assert {token for token, _ in first} == {"yes", "no", "y", "n"}
    assert reply.tokens[0] in first
    assert end == ()
    with FakeLlm() as server:
        [reply] = complete(Endpoint(server.url, MODEL), [ask("a")])
    assert (reply.tokens, reply.alternatives) == ((), ())


def end(text: str, finish_reason: str = "stop", **options: object) -> tuple[str, str, str]:
    reply = finished(Reply(text, finish_reason, 1, 1), ask("?", **options))
    return reply.text, reply.thoughts, reply.finish_reason


@pytest.mark.parametrize(
    ("text", "said", "thoughts"),
    [
        ("Does it?", "Does it?", ""),
        (" Does it? ", " Does it? ", ""),
        ("<think>\nIs it a trial?\nYes.\n</think>\n\nDoes it?", "Does it?", "Is it a trial?\nYes."),
        ("no opening tag </think> Does it?", "Does it?", "no opening tag"),
        ("<think>One.</think><think>Two.</think>Does it?", "Does it?", "One.Two."),
        ("<think>Cut off. Is it?", "", "Cut off. Is it?"),
        ("<think>One.</think> Then <think>cut off", "", "One. Then cut off"),
        ("<think>Nothing more.</think>", "", "Nothing more."),
        ("</think>Does it?", "Does it?", ""),
        ("", "", ""),
    ],
)
def test_what_is_thought_is_not_said(text, said, thoughts):
    assert end(text)[:2] == (said, thoughts)


def test_thoughts_that_a_server_keeps_apart_are_thoughts():
    for name in ("reasoning_content", "reasoning"):
        body = {"choices": [{"message": {"content": None, name: "Hm."}, "finish_reason": "length"}]}
        assert read_reply(body) == Reply("", "length", None, None, thoughts="Hm.")


def test_an_answer_ends_where_it_was_to_end_whoever_did_not_end_it():
    assert end("Does it? Or not?", stop_after=("?",)) == ("Does it?", "", "stop")
    assert end("Does it? Or not?", "length", stop_after=("?",)) == ("Does it?", "", "stop")
    assert end("Does it", "length", stop_after=("?",)) == ("Does it", "", "length")
    assert end("yes\n### Task", stop=("\n###",)) == ("yes", "", "stop")
    assert end("a? b! c", stop=("!",), stop_after=("?",))[0] == "a?"
    assert end("a! b? c", stop=("!",), stop_after=("?",))[0] == "a"
    assert end("<think>Is it?</think>Does it? Yes.", stop_after=("?",)) == ("Does it?", "Is it?", "stop")
