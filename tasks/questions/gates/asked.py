"""A question with all that the gates look at, taken apart once for all of them."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from tasks.kinds import Kind
from tasks.questions.gates.content_words import content_stems, words_of

QUOTES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "\u2010": "-", "\u2011": "-", "\u00a0": " "})
GRAM = 4
SHORTENED = re.compile(r"'(?:s|t|d|m|ll|re|ve)\b")
"""What an apostrophe joins to a word: patient's, isn't. A letter of its own is a name: vitamin D."""
SPACES = re.compile(r"\s+")


@dataclass(frozen=True)
class Asked:
    """A question, its kind, its article, and what its generator was shown as examples.

    ``examples`` are the four-grams of their words; see ``grams_of``.
    """

    question: str
    kind: Kind
    title: str
    abstract: str
    finish_reason: str = "stop"
    examples: frozenset[str] = frozenset()

    @cached_property
    def plain(self) -> str:
        """The question in lower case with straight quotes, plain hyphens and single spaces."""
        return SPACES.sub(" ", self.question.translate(QUOTES)).strip().lower()

    @cached_property
    def words(self) -> list[str]:
        """The question's words in lower case, hyphenated ones apart."""
        return lower_words(self.question)

    @cached_property
    def stems(self) -> list[str]:
        """Stems of the question's content words, in their order."""
        return content_stems(self.words)

    @cached_property
    def grams(self) -> list[str]:
        """The question's four-grams of words, each spaced; see ``spaced``."""
        return spaced_grams(self.words)

    @cached_property
    def title_words(self) -> list[str]:
        """The title's words in lower case."""
        return lower_words(self.title)

    @cached_property
    def abstract_text(self) -> str:
        """The abstract's words in lower case, each between two spaces."""
        return spaced(lower_words(self.abstract))

    @cached_property
    def article_text(self) -> str:
        """The words of title and abstract in lower case, each between two spaces."""
        return spaced(self.title_words)[:-1] + self.abstract_text

    @cached_property
    def article_stems(self) -> str:
        """Stems of the content words of title and abstract, each between two spaces, those of a word once."""
        return spaced(content_stems(dict.fromkeys([*self.title_words, *self.abstract_text.split()])))


def grams_of(texts: Iterable[str]) -> frozenset[str]:
    """Return the spaced four-grams of the words of texts."""
    return frozenset(gram for text in texts for gram in spaced_grams(lower_words(text)))


def spaced_grams(words: Sequence[str]) -> list[str]:
    """Return the four-grams of words, spaced."""
    return [spaced(words[start : start + GRAM]) for start in range(len(words) - GRAM + 1)]


def lower_words(text: str) -> list[str]:
    """Return the words of a text in lower case."""
    return words_of(SHORTENED.sub("", text.translate(QUOTES).lower()))


def spaced(words: Sequence[str]) -> str:
    """Return words each between two spaces: a run of words stands in a text where its spaced text is a part of that."""
    return f" {' '.join(words)} "
