"""What servers say of a request that they do not take, in their many ways of saying it."""

import json
import re
from collections.abc import Iterator
from typing import Any

CONTENT = re.compile(
    r"context.?(length|window|size)|maximum.{0,30}length|too (long|many tokens)"
    r"|exceed\w*.{0,40}(token|limit|length|context)|content.?(filter|polic|management)|moderation|flagged|safety|rate.?limit|quota|billing",
    re.IGNORECASE,
)
"""Of what is said, or of how much is asked: nothing to learn."""
NO_SYSTEM = re.compile(
    r"system.{0,12}(role|message|prompt|instruction).{0,60}(not|n't|un)\W{0,2}\w*(support|allow|permit|enabled|accept)"
    r"|(not|n't|un)\W{0,2}\w*support.{0,30}system.{0,12}(role|message|prompt|instruction)"
    r"|roles? must alternate|only (the )?user (and|or) (assistant|model) roles",
    re.IGNORECASE,
)
NO_TEMPLATE = re.compile(
    r"chat.?template.{0,80}(not (set|found|defined|allowed|specified|available)|no longer|missing|must be)"
    r"|(no|without a|missing|must provide a) chat.?template|template (not found|error: template not found)",
    re.IGNORECASE,
)
NO_THINKING = re.compile(r"(does not|doesn't|not) support\w* (thinking|reasoning)", re.IGNORECASE)
UNENFORCED = re.compile(
    r"(guided|structured|constrained|json.?(schema|mode|object)|grammar|regex).{0,60}(not|n't|un)\W?\w*(support|available|enabled)"
    r"|(not|n't|un)\W?\w*support.{0,40}(guided|structured|constrained|json|grammar|regex)"
    r"|(parse|compile|convert|initiali[sz]e|unsupported).{0,30}(grammar|schema|regex)",
    re.IGNORECASE,
)
COMPLAINT = re.compile(
    r"(not|n't|un)\W?\w{0,3}\W?(support|permit|allow|available|recogni|implement|accept|compatible)|unknown|unexpected"
    r"|extra|invalid|only the default|deprecated|incompatible|must be|greater than|less than|at most|exceeds"
    r"|requires?\b|cannot|disabled|failed to|does not",
    re.IGNORECASE,
)
LIMIT = re.compile(
    r"logprobs.{0,120}?(?:max(?:imum)?(?: allowed)?(?: value)?|at most|less than or equal to|<=|no more than|up to"
    r"|between 0 and|0 to|exceed\w*(?: the)?(?: maximum)?)\D{0,20}?(\d+)",
    re.IGNORECASE,
)
LOC = re.compile(r"""["']loc["']\s*:\s*[\[(]([^\])]*)[\])]""")
QUOTED = re.compile(r"""["'`]([\w.]+)["'`]""")
WORDS_TOO = frozenset({"stop", "seed", "grammar", "regex"})
"""Names of fields that occur in sentences which are not about them."""


def is_complaint(words: str) -> bool:
    """Return whether words may be about a field that is not taken."""
    return COMPLAINT.search(words) is not None


def named_fields(words: str, fields: set[str]) -> set[str]:
    """Return which of the fields a server complains about: where it points at some, or else in what it says.

    OpenAI points with ``param``, servers made with FastAPI with ``loc``. What they repeat of a request is left out.
    """
    try:
        said = json.loads(words)
    except (ValueError, RecursionError):
        said = None
    pointed = set(_pointed(said)) | {name for found in LOC.findall(words) for name in QUOTED.findall(found)}
    if pointed:
        return {field for field in fields if any(field in re.split(r"\W", name) for name in pointed)}
    text = _message(said) or words
    return {field for field in fields if _is_named(field, text)}


def limit_in(words: str) -> int | None:
    """Return how many log-probabilities a server gives at most, where it says so."""
    found = LIMIT.search(words)
    return int(found[1]) if found else None


def values_in(words: str) -> set[str]:
    """Return the values that a server says it supports."""
    _, _, supported = words.partition("upported values")
    return set(QUOTED.findall(supported)) | set(re.findall(r"\w+", supported))


def _is_named(field: str, text: str) -> bool:
    name = re.escape(field)
    if field not in WORDS_TOO:
        return re.search(rf"\b{name}\b", text) is not None
    labelled = (
        rf"""["'`]{name}["'`]|(?:parameter|argument|field|key|propert\w+|supplied)s?\W{{0,3}}{name}\b"""
        rf"""|\b{name}\b\W{{0,2}}(?:parameter|argument|field|is not|sequences)"""
    )
    return re.search(labelled, text, re.IGNORECASE) is not None


def _pointed(said: object) -> Iterator[str]:
    if isinstance(said, dict):
        for name, value in said.items():
            if name == "param" and isinstance(value, str) and value:
                yield value
            elif name == "loc" and isinstance(value, list):
                yield from (place for place in value if isinstance(place, str))
            elif name != "input":
                yield from _pointed(value)
    elif isinstance(said, list):
        for one in said:
            yield from _pointed(one)


def _message(said: Any) -> str:  # noqa: ANN401 - any JSON value
    for name in ("error", "message", "detail"):
        if isinstance(said, dict):
            said = said.get(name) or said
    return said if isinstance(said, str) else ""
