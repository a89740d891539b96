"""Learn from a refusal how a server wants to be asked: which of our fields it does not take, and which turns.

A refusal for what is said (too long, filtered) teaches nothing. What is learnt is learnt once, told once, and holds for
all that is asked of the server afterwards; what was under way meanwhile is asked anew.
"""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace

import httpx

from tasks.logger import logger
from tasks.network.client import client_options
from tasks.serving.authorisation import EndpointError
from tasks.serving.complaint import (
    CONTENT,
    NO_SYSTEM,
    NO_TEMPLATE,
    NO_THINKING,
    UNENFORCED,
    is_complaint,
    limit_in,
    named_fields,
    values_in,
)
from tasks.serving.constraint import Choice, Constraint, JsonSchema, read_choice, read_json
from tasks.serving.dialect import LOGPROBS, Dialect
from tasks.serving.endpoint import Endpoint
from tasks.serving.faults import PassingFaultError, UnclearFaultError, read_response
from tasks.serving.reply import Refusal, Reply
from tasks.serving.request import Request

Ask = Callable[[Request], Awaitable[Reply | Refusal]]

HELLO = Request([{"role": "user", "content": "Hello"}], max_tokens=1)
SYSTEM_HELLO = HELLO.with_turns([{"role": "system", "content": "You answer briefly."}, *HELLO.conversation])
TRIAL_SECONDS, SETTLED_SECONDS = 30.0, 600.0
"""Between trials of a server that answers nothing, and of one that answers a greeting of either sort."""
PLAIN_SECONDS = 60.0
MOST_ANEW = 4_096
"""Requests that were under way while something was learnt, at most."""
WHAT_IS_ASKED = frozenset({"model", "messages", "prompt"})
LENGTHS = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}
SWITCHES = frozenset({"chat_template_kwargs", "reasoning_effort"})
LEAST_EFFORTS = ("none", "minimal", "low")
IN_WORDS = "what it was for is asked in words and checked on return"
ENDED_HERE = "answers are ended here"
CONSEQUENCES = {
    "temperature": "its answers are drawn as it likes and may not repeat",
    "top_p": "its answers are drawn from all tokens",
    "seed": "answers that are sampled may not repeat",
    "stop": ENDED_HERE,
    "include_stop_str_in_output": ENDED_HERE,
    "no_stop_trim": ENDED_HERE,
    "logprobs": "choices are read from what it writes and count as certain",
    "chat_template_kwargs": "its model may think before it answers",
    "reasoning_effort": "its model may think before it answers",
}


async def negotiate(
    endpoint: Endpoint, request: Request, status: int, words: str, ask: Ask, sent: int | None = None
) -> bool:
    """Return whether a request that was refused, or failed with a 5xx, is to be asked anew, in what was learnt.

    Args:
        words: all that the server said, masked.
        ask: posts a short request to the server; raises the faults of ``tasks.serving.faults``.
        sent: the version of the dialect in which the request was sent, where that is known.
    """
    if CONTENT.search(words) and not limit_in(words):
        return False
    if sent is not None and sent < endpoint.dialect.version:
        return True
    learnt = _from_words(endpoint, request, words, sent)
    if learnt is None and status >= httpx.codes.INTERNAL_SERVER_ERROR:
        return await _by_trial(endpoint, request, ask)
    return bool(learnt)


def learn_from(reply: Reply, request: Request, endpoint: Endpoint, sent: int | None = None) -> bool:
    """Return whether a reply is worth asking for anew: its server turned out to think aloud, or to heed no constraint.

    Args:
        reply: finished, that is without thoughts.
        sent: the version of the dialect in which the request was sent, where that is known.
    """
    dialect, asked = endpoint.dialect, endpoint.asked(request)
    if is_only_thought(reply):
        if asked.thinking_tokens:
            return False
        if dialect.thinks:
            spent = reply.completion_tokens
            return _was_under_way(dialect, sent) and (sent is not None or (spent or math.inf) <= request.max_tokens)
        with dialect.lock:
            dialect.thinks = True
            _tell(endpoint, "thinks before it answers, though it was asked not to; answers get tokens for that")
        return True
    return _heeds_no_constraint(reply, request, endpoint, sent)


def is_only_thought(reply: Reply) -> bool:
    """Return whether a model has thought and said nothing."""
    return not reply.text.strip() and bool(reply.thoughts or reply.thought_tokens)


def why_unsaid(reply: Reply) -> str | None:
    """Return why a row stays without an answer whose model spent all on thoughts, and what to do; None for others."""
    if not is_only_thought(reply):
        return None
    spent = f"all {reply.completion_tokens:,} tokens" if reply.completion_tokens else "all tokens"
    return f"{spent} went into thinking; give the model more with thinking_tokens, or switch its thinking off"


def _heeds_no_constraint(reply: Reply, request: Request, endpoint: Endpoint, sent: int | None) -> bool:
    dialect, constraint = endpoint.dialect, request.constraint
    if constraint is None or reply.finish_reason == "length" or not reply.text.strip() or _fits(reply.text, constraint):
        return False
    enforced = endpoint.kind.constraint_fields(constraint)
    if not enforced:
        return False
    if not dialect.takes(enforced):
        return sent is not None and sent < dialect.version
    with dialect.lock:
        dialect.without |= enforced.keys()
        _tell(endpoint, f"does not heed {' and '.join(enforced)}; {IN_WORDS}")
    return True


def _fits(text: str, constraint: Constraint) -> bool:
    if isinstance(constraint, JsonSchema):
        return read_json(text) is not None
    if isinstance(constraint, Choice):
        return read_choice(text, constraint.words) is not None
    return True  # where it ends is the reader's matter


def _from_words(endpoint: Endpoint, request: Request, words: str, sent: int | None) -> bool | None:
    """Return whether a request is to be asked anew after what a server says; None where that teaches nothing."""
    dialect = endpoint.dialect
    with dialect.lock:
        if NO_SYSTEM.search(words) and request.conversation[0]["role"] == "system":
            return _learn_turns(endpoint, "folds_system", "has no system role; that message goes first", sent)
        if NO_TEMPLATE.search(words):
            return _learn_turns(endpoint, "is_plain", "has no chat template; it goes on with plain text", sent)
        if not is_complaint(words):
            return None
        current = endpoint.kind.body(endpoint.asked(request), dialect)
        ours = {name for name in current if name not in WHAT_IS_ASKED and name not in endpoint.more_fields}
        gone = dialect.without | dialect.renamed.keys()
        named = named_fields(words, ours | gone) or _unnamed(endpoint, request, words, ours)
        if not named:
            return None
        refused = named & ours
        if refused:
            learnt = [_learn(endpoint, name, words, current[name]) for name in sorted(refused)]
            return any(learnt)
        return _was_under_way(dialect, sent)


def _unnamed(endpoint: Endpoint, request: Request, words: str, ours: set[str]) -> set[str]:
    """Return the fields that a server does not take and does not name."""
    if NO_THINKING.search(words):
        return ours & SWITCHES
    if request.constraint is not None and UNENFORCED.search(words):
        return ours & endpoint.kind.constraint_fields(request.constraint).keys()
    return set()


def _learn_turns(endpoint: Endpoint, what: str, told: str, sent: int | None) -> bool:
    if getattr(endpoint.dialect, what):
        return _was_under_way(endpoint.dialect, sent)
    setattr(endpoint.dialect, what, True)
    _tell(endpoint, told)
    return True


def _learn(endpoint: Endpoint, name: str, words: str, value: object) -> bool:
    """Learn that a field is not taken, or not so; return whether that changes what is asked."""
    dialect = endpoint.dialect
    if name in LENGTHS:
        return _learn_length(endpoint, name, words)
    most = limit_in(words)
    if name in LOGPROBS and most:
        dialect.most_alternatives = most
        _tell(endpoint, f"gives the log-probabilities of {most} tokens at most")
    elif name in LOGPROBS:
        dialect.without |= LOGPROBS
        _tell(endpoint, f"gives no log-probabilities; {CONSEQUENCES['logprobs']}")
    elif name == "reasoning_effort" and (least := _least(words, value)):
        dialect.values[name] = least
        _tell(endpoint, f"thinks at least with reasoning_effort {least}")
    else:
        dialect.without.add(name)
        _tell(endpoint, f"takes no {name}; {CONSEQUENCES.get(name, IN_WORDS)}")
    return True


def _learn_length(endpoint: Endpoint, name: str, words: str) -> bool:
    dialect, other = endpoint.dialect, LENGTHS[name]
    if dialect.renamed or other not in words:
        return False  # the number is refused, not the field
    dialect.renamed[name] = other
    _tell(endpoint, f"wants {other} in place of {name}")
    return True


def _least(words: str, value: object) -> str | None:
    return next((effort for effort in LEAST_EFFORTS if effort in values_in(words) and effort != value), None)


def _was_under_way(dialect: Dialect, sent: int | None) -> bool:
    """Return whether a request was sent before what it stumbled over was learnt."""
    if sent is not None:
        return sent < dialect.version
    dialect.anew += 1
    return dialect.anew <= MOST_ANEW


def _tell(endpoint: Endpoint, learnt: str) -> None:
    endpoint.dialect.version += 1
    endpoint.dialect.anew = 0
    logger.warning("%s %s", endpoint.where, learnt)


async def _by_trial(endpoint: Endpoint, request: Request, ask: Ask) -> bool:
    """Find out by greetings whether a failure without words is for the turns; one trial at a time, in all threads."""
    dialect = endpoint.dialect
    if dialect.is_plain:
        return False
    version = dialect.version
    with dialect.lock:
        is_under_way, is_worth_it = math.isinf(dialect.tried), dialect.tried <= time.monotonic()
        if is_worth_it:
            dialect.tried = math.inf
    if is_under_way:
        while math.isinf(dialect.tried):
            await asyncio.sleep(0.05)
        return dialect.version > version
    if not is_worth_it:
        return False
    settled = False
    try:
        settled = await _passes(ask, HELLO)
        if settled and request.conversation[0]["role"] == "system" and not dialect.folds_system:
            await _try_system(endpoint, ask)
        elif not settled:
            await _try_plain(endpoint, ask)
    finally:
        dialect.tried = time.monotonic() + (SETTLED_SECONDS if settled else TRIAL_SECONDS)
    return dialect.version > version


async def _try_system(endpoint: Endpoint, ask: Ask) -> None:
    """Learn that a system message fails: twice, between greetings without one that pass."""
    fails = not await _passes(ask, SYSTEM_HELLO) and not await _passes(ask, SYSTEM_HELLO)
    if fails and await _passes(ask, HELLO):
        with endpoint.dialect.lock:
            _learn_turns(
                endpoint, "folds_system", "fails at a system message; it goes to the head of the first turn", None
            )


async def _try_plain(endpoint: Endpoint, ask: Ask) -> None:
    """Learn that plain text passes where conversations fail, before and after."""
    plain = replace(endpoint, dialect=replace(endpoint.dialect, is_plain=True))

    async def ask_plainly(request: Request) -> Reply | Refusal:
        async with httpx.AsyncClient(headers=endpoint.headers(), **client_options(endpoint.api)) as client:
            address = f"{endpoint.api}{plain.path()}"
            return read_response(await client.post(address, json=plain.body(request), timeout=PLAIN_SECONDS))

    if await _passes(ask_plainly, HELLO) and not await _passes(ask, HELLO):
        with endpoint.dialect.lock:
            _learn_turns(endpoint, "is_plain", "fails at conversations; it goes on with plain text", None)


async def _passes(ask: Ask, request: Request) -> bool:
    try:
        return isinstance(await ask(request), Reply)
    except (PassingFaultError, UnclearFaultError, EndpointError, httpx.HTTPError):
        return False
