"""A tokenizer of one id per word, so that lengths can be counted by hand."""

from collections.abc import Sequence
from dataclasses import dataclass, field

TURN, END = 0, 1


@dataclass
class WordTokens:
    """Every turn is a start token, its words and an end token; a prompt ends with a start token."""

    ids: dict[str, int] = field(default_factory=dict)
    longest: int | None = None

    def prompts(self, conversations):
        return [[*self._turns(conversation), TURN] for conversation in conversations]

    def conversations(self, conversations):
        return [self._turns(conversation) for conversation in conversations]

    def texts(self, texts: Sequence[str]):
        return [self._words(text) for text in texts]

    def _turns(self, conversation) -> list[int]:
        return [token for turn in conversation for token in (TURN, *self._words(turn["content"]), END)]

    def _words(self, text: str) -> list[int]:
        return [self.ids.setdefault(word, len(self.ids) + 2) for word in text.split()]


def user(text: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": text}]


def assistant(text: str) -> list[dict[str, str]]:
    return [{"role": "assistant", "content": text}]
