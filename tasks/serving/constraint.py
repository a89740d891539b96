"""What an answer may look like: said to a server that can hold a model to it, and checked on return."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

MOST_STARTS = 64
"""Places of a text at which JSON is looked for."""
FENCE = re.compile(r"^\s*```[\w-]*\s*\n?|\n?\s*```\s*$")
REST_OF_A_WORD = re.compile(r"[\w.+-]*\s*")
AROUND_A_WORD = " \t\r\n\"'`*_.,:;!()[]{}"


@dataclass(frozen=True, slots=True)
class JsonSchema:
    """A JSON object of a schema. Bound every string: a small model rambles to the limit of tokens."""

    name: str
    schema: dict[str, Any]

    def in_words(self) -> str:
        """Return what to tell a model whose server can not hold it to the schema."""
        return f"Answer with one JSON object of this schema and nothing else: {json.dumps(self.schema)}"


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words. No two share a first letter, so that the first token tells them apart."""

    words: tuple[str, ...]

    def in_words(self) -> str:
        """Return what to tell a model whose server can not hold it to the words."""
        return f"Answer with one of these and nothing else: {', '.join(self.words)}"


@dataclass(frozen=True, slots=True)
class Pattern:
    """Text that a regular expression matches whole. ``described`` says the same to a model, where that is needed."""

    regex: str
    described: str = ""

    def in_words(self) -> str:
        """Return what to tell a model whose server can not hold it to the expression; nothing where examples do."""
        return self.described


Constraint = JsonSchema | Choice | Pattern


def read_json(text: str) -> dict[str, Any] | None:
    """Return the first JSON object that a text holds: past a code fence, words before it and words after it.

    Returns None where there is none, or where it is cut off: what an object within it says is not the answer.
    """
    for start in _starts(text):
        try:
            value, _ = json.JSONDecoder().raw_decode(text, start)
        except json.JSONDecodeError as error:
            if error.msg.startswith("Unterminated string") or REST_OF_A_WORD.fullmatch(text, error.pos):
                return None
            continue
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict):
            return value
    return None


def read_choice(text: str, words: tuple[str, ...]) -> str | None:
    """Return which of the words a text is, whatever its capitals and the marks around it; None where it is none."""
    said = text.strip(AROUND_A_WORD).casefold()
    return next((word for word in words if word.casefold() == said), None)


def without_fence(text: str) -> str:
    """Return a text that stands in a code fence without the fence, and any other stripped."""
    return FENCE.sub("", text).strip()


def _starts(text: str) -> Iterator[int]:
    place = text.find("{")
    for _ in range(MOST_STARTS):
        if place < 0:
            return
        yield place
        place = text.find("{", place + 1)
