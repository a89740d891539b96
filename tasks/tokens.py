"""Tokens: how long prompts and completions are in the model's own tokenizer and chat template."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from tasks.errors import DistilleryError
from tasks.serving.conversation import Conversation, Message, fold_system
from tasks.tokenizer import TEMPLATE_FIELDS, lacks_system_role, load_tokenizer, longest_sequence

TokenIds = list[int]

ROWS_AT_ONCE = 1000


class Tokens(Protocol):
    """Turns conversations and texts into token ids; ``longest`` is what the model's positions end at, if they do."""

    @property
    def longest(self) -> int | None: ...

    def prompts(self, conversations: Sequence[Conversation]) -> list[TokenIds]:
        """Return each conversation's ids up to where the assistant is to speak."""

    def conversations(self, conversations: Sequence[Conversation]) -> list[TokenIds]:
        """Return each whole conversation's ids, with the token that ends the last turn."""

    def texts(self, texts: Sequence[str]) -> list[TokenIds]:
        """Return each plain text's ids."""


@dataclass(frozen=True, slots=True)
class ChatTokens:
    """A Hugging Face tokenizer with a chat template.

    ``folds_system`` where the template has no system role, ``longest`` what the model's positions end at, if they do.
    """

    tokenizer: Any
    folds_system: bool = False
    longest: int | None = None

    @classmethod
    def load(cls, model: str, revision: str | None = None) -> "ChatTokens":
        """Load the tokenizer of a model folder or a Hugging Face name; see ``load_tokenizer``.

        Raises:
            DistilleryError: there is none, or none of its tokens ends a text.
        """
        tokenizer = load_tokenizer(model, revision)
        return cls(tokenizer, lacks_system_role(tokenizer), longest_sequence(model, revision))

    def told(self, conversation: Sequence[Message]) -> Conversation:
        """Return the conversation as the chat template takes it."""
        return fold_system(conversation) if self.folds_system else list(conversation)

    def prompts(self, conversations: Sequence[Conversation]) -> list[TokenIds]:
        """Return each conversation's ids up to where the assistant is to speak.

        Raises:
            DistilleryError: the chat template does not take such a conversation.
        """
        return self._templated(conversations, add_generation_prompt=True)

    def conversations(self, conversations: Sequence[Conversation]) -> list[TokenIds]:
        """Return each whole conversation's ids, with the token that ends the last turn.

        Raises:
            DistilleryError: the chat template does not take such a conversation.
        """
        return self._templated(conversations, add_generation_prompt=False)

    def texts(self, texts: Sequence[str]) -> list[TokenIds]:
        """Return each plain text's ids."""
        if not texts:
            return []
        ids: list[TokenIds] = self.tokenizer(list(texts))["input_ids"]
        return ids

    def _templated(self, conversations: Sequence[Conversation], *, add_generation_prompt: bool) -> list[TokenIds]:
        from jinja2 import TemplateError

        ids: list[TokenIds] = []
        for start in range(0, len(conversations), ROWS_AT_ONCE):
            chosen = [self.told(conversation) for conversation in conversations[start : start + ROWS_AT_ONCE]]
            try:
                ids += self.tokenizer.apply_chat_template(
                    chosen,
                    tokenize=True,
                    return_dict=True,
                    add_generation_prompt=add_generation_prompt,
                    **TEMPLATE_FIELDS,
                )["input_ids"]
            except (TemplateError, LookupError, TypeError, ValueError) as error:
                raise DistilleryError(_refusal(self.tokenizer.name_or_path, chosen[0], error)) from error
        return ids


def _refusal(model: str, conversation: Conversation, error: Exception) -> str:
    roles = ", ".join(turn["role"] for turn in conversation)
    return (
        f"the chat template of {model} does not take a conversation of {roles} ({error}); name a model whose template "
        "does, or give it one: chat_template.jinja in its folder"
    )


def shared_start(first: Sequence[int], second: Sequence[int]) -> int:
    """Return how many leading ids two sequences share."""
    for place, (one, other) in enumerate(zip(first, second, strict=False)):
        if one != other:
            return place
    return min(len(first), len(second))
