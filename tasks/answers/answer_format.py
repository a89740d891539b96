"""What an answer to a question of each kind is made of, as the JSON schema that holds a model to it and in words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from tasks.decisions import DECISIONS
from tasks.kinds import Kind
from tasks.serving.constraint import JsonSchema

LONGEST_SHORT_ANSWER = 100
"""Characters of a short answer, and of each entry of a list."""
MOST_ENTRIES = 10
LONGEST_SENTENCE = 500

FIELDS: dict[Kind, tuple[str, ...]] = {
    Kind.YES_NO: ("decision", "long_answer"),
    Kind.FACTOID: ("short_answer", "long_answer"),
    Kind.LIST: ("short_answers", "long_answer"),
    Kind.EXPLANATION: ("long_answer",),
}
"""The fields that answer a question; the decision comes first, where its probability is that of nothing else."""

IN_WORDS = {
    "decision": "yes, no or maybe; maybe where the evidence is mixed, indirect or too weak to tell",
    "short_answer": "the name, number or short phrase asked for, spelled as in the evidence",
    "short_answers": "a list of the names, numbers or short phrases asked for, each spelled as in the evidence",
    "long_answer": "what the evidence shows about the question, in one or two whole sentences, with its figures",
    "used": "a list of the PMIDs of the passages that the answer rests on",
    "evidence_sentence": "the one sentence of the evidence that best supports the answer, copied word for word",
}


@dataclass(frozen=True, slots=True)
class AnswerFormat:
    """Which fields an answer has, and how long it may be.

    Attributes:
        longest: characters of the long answer.
        cites: it names the passages that it used.
        quotes: it quotes the sentence that supports it.
    """

    kind: Kind
    longest: int
    cites: bool
    quotes: bool

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields, in the order in which they are written."""
        return (*FIELDS[self.kind], *(["used"] if self.cites else []), *(["evidence_sentence"] if self.quotes else []))

    def in_words(self) -> str:
        """Return what to tell a model of the fields."""
        lines = [f"- {name}: {IN_WORDS[name]}" for name in self.fields]
        return "\n".join(["Answer with one JSON object of these fields, in this order:", *lines])

    def schema(self, shown: Sequence[int], decision: str | None = None) -> JsonSchema:
        """Return the schema of an answer. Strings are bounded: a small model would ramble to the token limit.

        Args:
            shown: PMIDs of the passages shown; no other may be cited.
            decision: the one to answer with, where it stands already.
        """
        properties = {
            "decision": {"enum": list(DECISIONS) if decision is None else [decision]},
            "short_answer": _text(LONGEST_SHORT_ANSWER),
            "short_answers": _entries(_text(LONGEST_SHORT_ANSWER), MOST_ENTRIES),
            "long_answer": _text(self.longest),
            "used": _entries({"enum": list(shown)}, len(shown)),
            "evidence_sentence": _text(LONGEST_SENTENCE),
        }
        return object_of("answer", {name: properties[name] for name in self.fields})


def object_of(name: str, properties: dict[str, Any]) -> JsonSchema:
    """Return the schema of an object that has all of these properties and no others."""
    schema = {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
    return JsonSchema(name, schema)


def distinct(values: Iterable[Any]) -> list[Any]:
    """Return values in their order, each once."""
    return list(dict.fromkeys(values))


def _text(longest: int) -> dict[str, Any]:
    return {"type": "string", "maxLength": longest}


def _entries(of: dict[str, Any], most: int) -> dict[str, Any]:
    return {"type": "array", "items": of, "minItems": 1, "maxItems": most}
