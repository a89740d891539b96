"""The tokens of a reply: in the two shapes that servers send, and without those of thoughts."""

import pytest

from tasks.serving.reply import Reply, finished, read_reply
from tasks.serving.request import Request

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
    assert read_reply({"choices": [{"message": {"content": ""}}], "usage": usage}).thought_tokens == 64
