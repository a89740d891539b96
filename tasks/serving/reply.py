"""What a model says: read from whatever JSON a server makes of it, apart from what the model thinks."""

import math
import re
from dataclasses import dataclass, field, replace
from typing import Any

from tasks.serving.request import Request

Token = tuple[str, float]
"""A token and its log-probability."""

UNWRITABLE = re.compile("[\0\ud800-\udfff]")
"""NUL and halves of surrogate pairs: JSON may hold them, UTF-8 and tables may not."""
MOST_TOKENS = 2**31 - 1
THOUGHT, END_OF_THOUGHT = "<think>", "</think>"


@dataclass(frozen=True, slots=True)
class Reply:
    """What the model said.

    ``tokens`` pairs each token with its log-probability where those were asked for; ``alternatives`` holds, for each
    token, the likeliest at its place with theirs, the token among them, where alternatives were asked for. The token
    counts are None where the server does not tell them. ``thoughts`` are no part of the text; some servers keep them to
    themselves and tell no more than their ``thought_tokens``.
    """

    text: str
    finish_reason: str
    prompt_tokens: int | None
    completion_tokens: int | None
    tokens: tuple[Token, ...] = ()
    alternatives: tuple[tuple[Token, ...], ...] = ()
    thoughts: str = ""
    thought_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """The server refuses this one request (too long, say); ``reason`` is in its words, masked.

    ``status`` and ``words`` are what ``tasks.serving.negotiate`` learns from: 0 and nothing where the model declines.
    """

    reason: str
    status: int = field(default=0, compare=False)
    words: str = field(default="", compare=False)


class NoReplyError(Exception):
    """JSON that is no reply of a model; the message says what is missing."""


def read_reply(body: object) -> Reply | Refusal:
    """Return the reply in the JSON that a server sent, or the model's refusal.

    Raises:
        NoReplyError: there is none.
    """
    choices = body.get("choices") if isinstance(body, dict) else None
    if not isinstance(body, dict) or not isinstance(choices, list) or not choices:
        raise NoReplyError("no choices")
    choice = choices[0]
    message = _message(choice)
    text, finish_reason = _text(message.get("content")), choice.get("finish_reason")
    declined = message.get("refusal")
    if not text and (declined or finish_reason == "content_filter"):
        return Refusal(f"the model declines: {declined}" if declined else "the content filter let nothing through")
    usage = body.get("usage")
    usage = usage if isinstance(usage, dict) else {}
    tokens, alternatives = _logprobs(choice.get("logprobs"))
    return Reply(
        text=text,
        finish_reason=finish_reason if isinstance(finish_reason, str) else "unknown",
        prompt_tokens=_count(usage.get("prompt_tokens")),
        completion_tokens=_count(usage.get("completion_tokens")),
        tokens=tokens,
        alternatives=alternatives,
        thoughts=_thoughts(message),
        thought_tokens=_thought_tokens(usage),
    )


def finished(reply: Reply, request: Request) -> Reply:
    """Return the reply as it was asked for: without thoughts, and ended where the request says, whoever did not.

    A thought need not begin in the text: many chat templates open it at the end of the prompt. Nothing is said where a
    thought has not ended.
    """
    before, _, said = reply.text.rpartition(END_OF_THOUGHT)
    if THOUGHT in said:
        before, said = before + said, ""
    kept = said.strip() if before else said
    ended = _end(kept, request)
    thoughts = (reply.thoughts + before).replace(THOUGHT, "").replace(END_OF_THOUGHT, "").strip()
    skipped = _tokens_before(reply, kept) if thoughts else 0
    return replace(
        reply,
        text=ended,
        finish_reason="stop" if len(ended) < len(kept) else reply.finish_reason,
        tokens=reply.tokens[skipped:],
        alternatives=reply.alternatives[skipped:],
        thoughts=thoughts,
    )


def _tokens_before(reply: Reply, said: str) -> int:
    """Return how many tokens come before what is said: a thought has log-probabilities, too.

    All of them where what is said is not made of the tokens.
    """
    place = "".join(token for token, _ in reply.tokens).rfind(said) if said else -1
    for count, (token, _) in enumerate(reply.tokens):
        if place < len(token) and place >= 0:
            return count
        place -= len(token)
    return len(reply.tokens)


def why_silent(reply: Reply) -> str | None:
    """Return why a reply says nothing; None where it says something."""
    if reply.text.strip():
        return None
    if reply.finish_reason == "length" and (reply.thoughts or not reply.text):
        counted = "all its tokens" if reply.completion_tokens is None else f"all {reply.completion_tokens:,} tokens"
        return f"{counted} went into thoughts; give it more (thinking_tokens)"
    return "the model only thought" if reply.thoughts else "the model said nothing"


def _end(said: str, request: Request) -> str:
    places = [(said.find(stop), 0) for stop in request.stop] + [
        (said.find(stop), len(stop)) for stop in request.stop_after
    ]
    ends = [(place, place + kept) for place, kept in places if place >= 0]
    return said[: min(ends)[1]] if ends else said


def _message(choice: object) -> dict[str, Any]:
    """Return a choice's message; one of plain completions is its text."""
    message = choice.get("message") if isinstance(choice, dict) else None
    if isinstance(message, dict):
        return message
    if isinstance(choice, dict) and isinstance(choice.get("text"), str):
        return {"content": choice["text"]}
    raise NoReplyError("a choice without a message")


def _thoughts(message: dict[str, Any]) -> str:
    """Return what servers with a reasoning parser keep apart; its name differs."""
    found = message.get("reasoning_content") or message.get("reasoning")
    return found if isinstance(found, str) else ""


def _thought_tokens(usage: dict[str, Any]) -> int | None:
    details = usage.get("completion_tokens_details")
    return _count(details.get("reasoning_tokens")) if isinstance(details, dict) else None


def writable(text: str) -> str:
    """Return the text with U+FFFD in place of each character that no table can hold."""
    return UNWRITABLE.sub("\ufffd", text)


def _text(content: object) -> str:
    """Return a message's text; of a list of parts, that of the parts that are text."""
    if content is None or isinstance(content, str):
        return content or ""
    if isinstance(content, list):
        parts = [part.get("text") if isinstance(part, dict) else part for part in content]
        return "".join(part for part in parts if isinstance(part, str))
    raise NoReplyError("a message whose content is no text")


def _count(tokens: object) -> int | None:
    known = isinstance(tokens, int | float) and not isinstance(tokens, bool) and 0 <= tokens <= MOST_TOKENS
    return int(tokens) if known else None  # type: ignore[call-overload]


def _logprobs(sent: object) -> tuple[tuple[Token, ...], tuple[tuple[Token, ...], ...]]:
    """Return tokens and alternatives; none where what was sent is not of a form that OpenAI's API has.

    Plain completions have another one than chat completions: lists beside each other.
    """
    content = sent.get("content") if isinstance(sent, dict) else None
    try:
        if isinstance(sent, dict) and "token_logprobs" in sent:
            return _plain_logprobs(sent)
        tokens = tuple(_token(token) for token in content or ())
        return tokens, tuple(
            tuple(_token(other) for other in token.get("top_logprobs") or ()) for token in content or ()
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        return (), ()


def _plain_logprobs(sent: dict[str, Any]) -> tuple[tuple[Token, ...], tuple[tuple[Token, ...], ...]]:
    pairs = zip(sent["tokens"], sent["token_logprobs"], strict=True)
    tokens = tuple(_token({"token": token, "logprob": logprob}) for token, logprob in pairs)
    others = sent.get("top_logprobs") or [{}] * len(tokens)
    alternatives = tuple(
        tuple(_token({"token": token, "logprob": logprob}) for token, logprob in (at_place or {}).items())
        for at_place in others
    )
    return (tokens, alternatives) if len(alternatives) == len(tokens) else ((), ())


def _token(sent: dict[str, Any]) -> Token:
    token, logprob = sent["token"], float(sent["logprob"])
    if not isinstance(token, str) or math.isnan(logprob) or logprob > 1.0:
        raise ValueError("no token with a log-probability")
    return token, logprob
