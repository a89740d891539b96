import pytest

from tasks.serving.chat import ChatReply, NoReplyError, Refusal, read_reply, writable
from tasks.serving.complete import complete
from tasks.serving.endpoint import Endpoint
from tests.fake_examinee import FakeExaminee
from tests.fake_llm import MODEL, FakeLlm
from tests.tasks.serving.requests import ask


def said(content: object, **beside: object) -> dict:
    return {"choices": [{"message": {"content": content}, "finish_reason": "stop"}], **beside}


def test_tokens_that_a_server_does_not_count_are_unknown():
    assert read_reply(said("a", usage={"prompt_tokens": 10.0, "completion_tokens": 5})) == ChatReply("a", "stop", 10, 5)
    assert read_reply(said("a", usage={"total_tokens": 15})) == ChatReply("a", "stop", None, None)
    for usage in ({}, {"usage": None}, {"usage": []}, {"usage": {"prompt_tokens": None, "completion_tokens": "5"}}):
        assert read_reply(said("a", **usage)) == ChatReply("a", "stop", None, None)
    absurd = {"prompt_tokens": -1, "completion_tokens": 10**30}
    assert read_reply(said("a", usage=absurd)) == ChatReply("a", "stop", None, None)


def test_the_text_of_parts_is_joined_and_no_content_is_no_text():
    parts = [{"type": "text", "text": "Does "}, {"type": "image_url", "image_url": {}}, "it", {"text": "?"}]
    assert read_reply(said(parts)) == ChatReply("Does it?", "stop", None, None)
    assert read_reply(said(None)) == ChatReply("", "stop", None, None)
    assert read_reply({"choices": [{"message": {}}]}) == ChatReply("", "unknown", None, None)


@pytest.mark.parametrize(
    "body",
    [
        {}, [], "text", 7, None, {"choices": []}, {"choices": None}, {"choices": {}}, {"choices": [None]},
        {"choices": [{"text": "completion"}]}, {"choices": [{"message": "text"}]}, said(7), said({"text": "a"}),
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
    assert read_reply(body) == ChatReply("a", "unknown", None, None)


def test_characters_that_no_table_can_hold_are_replaced_one_by_one():
    assert writable("a\ud83db\0c\udc00") == "a\ufffdb\ufffdc\ufffd"
    assert writable("\U0001f600 α") == "\U0001f600 α"


def test_alternatives_come_with_their_tokens():
    with FakeExaminee() as server:
        choice = {"structured_outputs": {"choice": ["yes", "no"]}, "logprobs": True, "top_logprobs": 5}
        [reply] = complete(Endpoint(server.url, MODEL), [ask("?", **choice)])
    first, end = reply.alternatives
    assert {token for token, _ in first} == {"yes", "no", "y", "n"}
    assert reply.tokens[0] in first
    assert end == ()
    with FakeLlm() as server:
        [reply] = complete(Endpoint(server.url, MODEL), [ask("a")])
    assert (reply.tokens, reply.alternatives) == ((), ())
