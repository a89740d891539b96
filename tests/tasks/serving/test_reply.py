import pytest

from tasks.serving.reply import NoReplyError, Refusal, Reply, finished, read_reply, writable
from tasks.serving.request import Request


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


@pytest.mark.parametrize(
    "body",
    [
        {}, [], "text", 7, None, {"choices": []}, {"choices": None}, {"choices": {}}, {"choices": [None]},
        {"choices": [{"message": "text"}]}, said(7), said({"text": "a"}),
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


CHAT_LOGPROBS = {
    "content": [
        {
            "token": "yes",
            "logprob": -0.1,
            "top_logprobs": [{"token": "yes", "logprob": -0.1}, {"token": "no", "logprob": -2}],
        },
        {"token": ".", "logprob": -0.5, "top_logprobs": []},
    ]
}
PLAIN_LOGPROBS = {
    "tokens": ["yes", "."],
    "token_logprobs": [-0.1, -0.5],
    "top_logprobs": [{"yes": -0.1, "no": -2}, None],
    "text_offset": [0, 3],
}


def test_log_probabilities_of_chat_and_of_plain_completions_are_read_alike():
    chat = {"choices": [{"message": {"content": "yes."}, "finish_reason": "stop", "logprobs": CHAT_LOGPROBS}]}
    plain = {"choices": [{"text": "yes.", "finish_reason": "stop", "logprobs": PLAIN_LOGPROBS}]}
    assert read_reply(chat) == read_reply(plain)
    reply = read_reply(plain)
    assert isinstance(reply, Reply)
    assert reply.tokens == (("yes", -0.1), (".", -0.5))
    assert reply.alternatives == ((("yes", -0.1), ("no", -2.0)), ())
    alone = {"choices": [{"text": "y", "logprobs": {**PLAIN_LOGPROBS, "top_logprobs": None}}]}
    assert read_reply(alone).alternatives == ((), ())


@pytest.mark.parametrize(
    "logprobs",
    [
        {"token_logprobs": [-1]}, {"tokens": ["a"], "token_logprobs": None},
        {"tokens": ["a"], "token_logprobs": [None]}, {"tokens": ["a"], "token_logprobs": [-1, -1]},
        {"tokens": ["a"], "token_logprobs": [-1], "top_logprobs": [{}, {}]},
    ],
)  # fmt: skip
def test_log_probabilities_of_plain_completions_in_another_form_are_none(logprobs):
    reply = read_reply({"choices": [{"text": "a", "logprobs": logprobs}]})
    assert (reply.tokens, reply.alternatives) == ((), ())


ASKED = Request([], 64, stop_after=("?",))


def thought(text: str, tokens: list[str] | None = None, **beside: object) -> Reply:
    told = tuple((token, -1.0) for token in tokens or ())
    return Reply(text, "stop", 1, 2, told, tuple((token,) for token in told), **beside)


def test_a_thought_is_no_part_of_what_is_said():
    said = finished(thought("<think>Is it? Yes.</think>\n\nDoes it? And"), ASKED)
    assert (said.text, said.thoughts) == ("Does it?", "Is it? Yes.")
    assert finished(thought("the end of one </think> Does it?"), ASKED).text == "Does it?"
    cut = finished(thought("<think>Is it?"), ASKED)
    assert (cut.text, cut.thoughts) == ("", "Is it?")


def test_alternatives_are_those_of_what_is_said_after_a_thought():
    tokens = ["<think>", "yes", "</think>", "\n", "yes"]
    within = finished(thought("<think>yes</think>\nyes", tokens), ASKED)
    assert within.alternatives == ((("yes", -1.0),),)
    apart = finished(thought("yes", tokens, thoughts="yes"), ASKED)
    assert apart.tokens == (("yes", -1.0),)
    unlike = finished(thought("no", tokens, thoughts="yes"), ASKED)
    assert unlike.tokens == ()


def test_thoughts_that_a_server_keeps_to_itself_are_counted():
    usage = {"completion_tokens": 64, "completion_tokens_details": {"reasoning_tokens": 64}}
    assert read_reply(said("", usage=usage)).thought_tokens == 64
