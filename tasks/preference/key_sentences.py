"""Key sentences: what an abstract comes to, in few words, found without a model."""

import re
from typing import Any, Literal

import sentencex
from pydantic import BaseModel, ConfigDict, Field

WORD = re.compile(r"\w+")
FEWEST_LETTERS = 4
NOT_ABOUT_THE_SUBJECT = re.compile(
    r"\bNCT\d+|\bISRCTN|clinical ?trials?\.gov|\btrial registr|\bregistration (?:number|no\b|id\b)|\bPROSPERO\b|"
    r"\bfunded by\b|\bfunding:|©|\bcopyright\b|\ball rights reserved\b|\bpublished by\b",
    re.IGNORECASE,
)
"""What stands at the end of many an abstract: where a trial is registered, who paid, whose the text is."""


class KeySentences(BaseModel):
    """Which sentences of an abstract are shown, how many and how long."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    count: int = Field(default=1, ge=0, title="Sentences of each abstract", description="0 shows titles alone.")
    choice: Literal["last", "question"] = Field(
        default="last",
        title="Which sentences",
        description="last: those that conclude. question: those with the most words of the question.",
    )
    characters: int = Field(
        default=200, ge=20, title="Most characters of a sentence", description="Longer ones lose their end."
    )

    def describe(self) -> dict[str, Any]:
        """Return what can change a text that is shown."""
        return self.model_dump(mode="json") if self.count else {"count": 0}

    def of(self, abstract: str, question: str) -> str:
        """Return the key sentences of an abstract, in its order and each cut to its length; empty for none.

        Where a trial is registered, who paid and whose the text is are no key sentences.

        Args:
            question: what ``choice`` "question" compares them with. Words of four letters and more count, each once;
                of sentences with equally many, later ones are taken.
        """
        told = [sentence for sentence in split_sentences(abstract) if not NOT_ABOUT_THE_SUBJECT.search(sentence)]
        places = list(range(len(told)))
        if self.choice == "question":
            asked = _words(question)
            places.sort(key=lambda place: len(asked & _words(told[place])))
        chosen = sorted(places[len(told) - min(self.count, len(told)) :])
        return " ".join(_cut(told[place], self.characters) for place in chosen)


def split_sentences(text: str) -> list[str]:
    """Return a text's sentences; the sections of an abstract stand on lines of their own."""
    found = (sentence.strip() for line in text.splitlines() for sentence in sentencex.segment("en", line))
    return [sentence for sentence in found if sentence]


def _words(text: str) -> set[str]:
    return {word.lower() for word in WORD.findall(text) if len(word) >= FEWEST_LETTERS}


def _cut(sentence: str, characters: int) -> str:
    """Return a sentence, or as many of its words as fit with an ellipsis; of a word that is too long, its start."""
    if len(sentence) <= characters:
        return sentence
    room = sentence[: characters - 1]
    words = room if sentence[characters - 1].isspace() else room.rpartition(" ")[0]
    return f"{(words or room).rstrip()}…"
