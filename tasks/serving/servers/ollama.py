"""Ollama (https://docs.ollama.com/api/openai-compatibility)."""

import re
from typing import Any, ClassVar

from tasks.serving.dialect import Dialect
from tasks.serving.request import Request
from tasks.serving.servers.chat_completions import ChatCompletions, Entry, Page, as_length

NUM_CTX = re.compile(r"^\s*num_ctx\s+(\d+)", re.MULTILINE)


class Ollama(ChatCompletions):
    """Holds a model to a schema; a choice is asked in words, so that log-probabilities are those of the words.

    Its context is not the one that the model was trained with.
    """

    name: ClassVar[str] = "ollama"
    title: ClassVar[str] = "Ollama"
    owners: ClassVar[frozenset[str]] = frozenset({"library"})
    caution: ClassVar[str] = (
        "it cuts prompts that are longer than its context without a word; OLLAMA_CONTEXT_LENGTH where it starts, or "
        "num_ctx of the model, is how long that is"
    )

    def is_known_by(self, page: Page) -> bool:
        """Return whether it tells its version as Ollama does: models of one's own belong to anyone."""
        version = page("/api/version", None)
        return isinstance(version, dict) and isinstance(version.get("version"), str)

    def longest(self, model: str, entry: Entry, page: Page) -> int | None:
        """Return the context of the model as it is loaded, or as it will be."""
        del entry
        loaded = page("/api/ps", None)
        for one in (loaded.get("models") or []) if isinstance(loaded, dict) else []:
            if isinstance(one, dict) and model in (one.get("name"), one.get("model")):
                return as_length(one.get("context_length"))
        shown = page("/api/show", {"model": model})
        found = NUM_CTX.search(str(shown.get("parameters", ""))) if isinstance(shown, dict) else None
        return int(found[1]) if found else None

    def thinking(self, request: Request, dialect: Dialect) -> dict[str, Any]:
        """Return that the model is not to think; one that can think does where nothing is said."""
        del dialect
        return {} if request.thinking_tokens else {"reasoning_effort": "none"}
