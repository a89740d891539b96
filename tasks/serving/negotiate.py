"""Learn from a refusal how a server wants to be asked: which of our fields it does not take, and which turns.

A refusal for what is said (too long, filtered) teaches nothing. What is learnt is learnt once, told once, and holds for
all that is asked of the server afterwards; what was under way meanwhile is asked anew.
"""

import httpx

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
from tasks.serving.reply import Reply
from tasks.serving.request import Request
from tasks.serving.trial import Ask, by_trial

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
        sent: the version of the dialect in which the request was sent; who leaves it out has seen for himself that
            it would be sent alike now.
    """
    if CONTENT.search(words) and not limit_in(words):
        return False
    if _is_older(sent, endpoint.dialect):
        return True
    learnt = _from_words(endpoint, request, words, sent)
    if learnt is None and status >= httpx.codes.INTERNAL_SERVER_ERROR:
        return await by_trial(endpoint, request, ask)
    return bool(learnt)


def learn_from(reply: Reply, request: Request, endpoint: Endpoint, sent: int | None = None) -> bool:
    """Return whether a reply is worth asking for anew: its server turned out to think aloud, or to heed no constraint.

    Args:
        reply: finished, that is without thoughts.
        sent: the version of the dialect in which the request was sent.
    """
    dialect, asked = endpoint.dialect, endpoint.asked(request)
    if is_only_thought(reply):
        if asked.thinking_tokens:
            return False
        with dialect.lock:
            if dialect.thinks:
                return _is_older(sent, dialect)
            dialect.thinks = True
            dialect.learn(endpoint.where, "thinks before it answers, unasked; its answers get tokens for that")
        return True
    return _heeds_no_constraint(reply, request, endpoint, sent)


def is_only_thought(reply: Reply) -> bool:
    """Return whether a model has thought and said nothing."""
    return not reply.text.strip() and bool(reply.thoughts or reply.thought_tokens)


def _heeds_no_constraint(reply: Reply, request: Request, endpoint: Endpoint, sent: int | None) -> bool:
    dialect, constraint = endpoint.dialect, request.constraint
    if constraint is None or reply.finish_reason == "length" or not reply.text.strip() or _fits(reply.text, constraint):
        return False
    enforced = endpoint.kind.constraint_fields(constraint)
    if not enforced:
        return False
    with dialect.lock:
        if not dialect.takes(enforced):
            return _is_older(sent, dialect)
        dialect.without |= enforced.keys()
        dialect.learn(endpoint.where, f"does not heed {' and '.join(enforced)}; {IN_WORDS}")
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
            return _learn_turns(
                endpoint, "folds_system", "has no system role; the system message goes into the first turn", sent
            )
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
        return _is_older(sent, dialect)


def _unnamed(endpoint: Endpoint, request: Request, words: str, ours: set[str]) -> set[str]:
    """Return the fields that a server does not take and does not name."""
    if NO_THINKING.search(words):
        return ours & SWITCHES
    if request.constraint is not None and UNENFORCED.search(words):
        return ours & endpoint.kind.constraint_fields(request.constraint).keys()
    return set()


def _learn_turns(endpoint: Endpoint, what: str, told: str, sent: int | None) -> bool:
    dialect = endpoint.dialect
    if getattr(dialect, what):
        return _is_older(sent, dialect)
    setattr(dialect, what, True)
    dialect.learn(endpoint.where, told)
    return True


def _learn(endpoint: Endpoint, name: str, words: str, value: object) -> bool:
    """Learn that a field is not taken, or not so; return whether that changes what is asked."""
    dialect = endpoint.dialect
    if name in LENGTHS:
        return _learn_length(endpoint, name, words)
    most = limit_in(words)
    if name in LOGPROBS and most:
        dialect.most_alternatives = most
        dialect.learn(endpoint.where, f"gives the log-probabilities of {most} tokens at most")
    elif name in LOGPROBS:
        dialect.without |= LOGPROBS
        dialect.learn(endpoint.where, f"gives no log-probabilities; {CONSEQUENCES['logprobs']}")
    elif name == "reasoning_effort" and (least := _least(words, value)):
        dialect.values[name] = least
        dialect.learn(endpoint.where, f"thinks at least with reasoning_effort {least}")
    else:
        dialect.without.add(name)
        dialect.learn(endpoint.where, f"takes no {name}; {CONSEQUENCES.get(name, IN_WORDS)}")
    return True


def _learn_length(endpoint: Endpoint, name: str, words: str) -> bool:
    dialect, other = endpoint.dialect, LENGTHS[name]
    if dialect.renamed or other not in words:
        return False  # the number is refused, not the field
    dialect.renamed[name] = other
    dialect.learn(endpoint.where, f"wants {other} in place of {name}")
    return True


def _least(words: str, value: object) -> str | None:
    return next((effort for effort in LEAST_EFFORTS if effort in values_in(words) and effort != value), None)


def _is_older(sent: int | None, dialect: Dialect) -> bool:
    """Return whether a request was sent before the last thing was learnt."""
    return sent is not None and sent < dialect.version
