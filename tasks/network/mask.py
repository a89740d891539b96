"""Mask what no one should read in text that comes from outside: keys, passwords, what steers a terminal, too much."""

import html
import json
import os
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

from tasks.network.answer import HttpAnswer

SECRET_VARIABLES = (
    "DISTILLERY_API_KEY",
    "NCBI_API_KEY",
    "HF_TOKEN",
    "HUGGING_FACE_HUB_TOKEN",
    "OPENAI_API_KEY",
    "PREFECT_API_KEY",
    "PREFECT_API_AUTH_STRING",
    "PREFECT_SERVER_API_AUTH_STRING",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
)
"""Variables of the environment whose values are shown to no one."""

NO_BUSINESS_OF_MODELS = tuple(name for name in SECRET_VARIABLES if not name.startswith(("HF_", "HUGGING_FACE_")))
"""Those that a process which serves or trains a model does not get; it may fetch one from the Hub."""

LONGEST = 300
READ_OF_A_FAILURE = 10_000
"""Characters of a page that are looked at for what it says."""
SHORTEST_SECRET = 8
"""Characters: what is shorter stands for no key (servers without one are given EMPTY) and occurs in sentences."""
MASKED = "***"
USERINFO = re.compile(r"(?<=://)(?:[^\s/?#]*|[^\s/?#:@]+:(?!\d+[/?#])[^\s@]*)@")
"""Name and password before a host; the password may hold a slash, which tells it from a port and a path."""

_concealed: set[str] = set()


def conceal(secret: str) -> None:
    """Have a value masked that stands in no variable of the environment, as long as this process lives."""
    _concealed.add(secret)


def mask(text: object, longest: int = LONGEST) -> str:
    """Return foreign text on one line, without secrets, names and passwords in addresses, and control characters.

    Secrets are found as they are, and percent-encoded, in base64 (also within a longer text), and as JSON and HTML
    escape them. What is longer than ``longest`` characters is cut after masking, so that no half of a secret stays.
    """
    shown = "".join(letter if letter.isprintable() else " " for letter in str(text))
    for spelling in sorted(_spellings(), key=len, reverse=True):
        shown = re.sub(re.escape(spelling), MASKED, shown, flags=re.IGNORECASE)
    shown = " ".join(USERINFO.sub(f"{MASKED}@", shown).split())
    return shown if len(shown) <= longest else f"{shown[:longest]}…"


def server_words(response: HttpAnswer) -> str:
    """Return what a server says of a failure, masked: the message of its JSON, or else its text."""
    try:
        said = json.loads(response.content)
    except (ValueError, RecursionError):
        said = None
    for name in ("error", "message", "detail"):
        if isinstance(said, dict):
            said = said.get(name) or said
    return mask(said if isinstance(said, str) else response.text[:READ_OF_A_FAILURE])


def _secrets() -> Iterator[str]:
    for name in SECRET_VARIABLES:
        value = os.environ.get(name, "").strip()
        yield value
        if name.endswith("AUTH_STRING"):  # user:password
            yield value.partition(":")[2]
    yield from _concealed


def _spellings() -> set[str]:
    return {
        spelling for secret in _secrets() if len(secret) >= SHORTEST_SECRET for spelling in (secret, *_encoded(secret))
    }


def _encoded(secret: str) -> Iterator[str]:
    yield quote(secret)
    yield quote(secret, safe="")
    yield quote_plus(secret)
    yield json.dumps(secret)[1:-1]
    yield html.escape(secret)
    raw = secret.encode(errors="surrogatepass")
    for encode in (b64encode, urlsafe_b64encode):
        # What stands before it shifts it by 0 to 2 bytes; the letters at its ends hold bits of its neighbours.
        for before, start in enumerate((0, 2, 3)):
            end = (before + len(raw)) * 8 // 6
            yield encode(bytes(before) + raw).decode()[start:end]
