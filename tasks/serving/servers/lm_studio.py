"""LM Studio (https://lmstudio.ai/docs/developer/openai-compat)."""

from typing import Any, ClassVar

from tasks.serving.servers.chat_completions import ChatCompletions, Entry, Page, as_length


class LmStudio(ChatCompletions):
    """Holds a model to a schema, and sends no log-probabilities. It lists what lies on the disk, loaded or not."""

    name: ClassVar[str] = "lm-studio"
    title: ClassVar[str] = "LM Studio"
    owners: ClassVar[frozenset[str]] = frozenset({"organization_owner"})
    most_alternatives: ClassVar[int] = 0

    def served(self, models: tuple[Entry, ...], page: Page) -> tuple[str, ...]:
        """Return the names of the models that are loaded; of all, where none is or its own list is not there."""
        own = _own_list(page)
        embeddings = {model for model, told in own.items() if told.get("type") == "embeddings"}
        loaded = tuple(
            model for model, told in own.items() if told.get("state") == "loaded" and model not in embeddings
        )
        return loaded or tuple(name for name in super().served(models, page) if name not in embeddings)

    def longest(self, model: str, entry: Entry, page: Page) -> int | None:
        """Return the context that the model was loaded with."""
        del entry
        return as_length(_own_list(page).get(model, {}).get("loaded_context_length"))


def _own_list(page: Page) -> dict[str, dict[str, Any]]:
    told = page("/api/v0/models", None)
    listed = told.get("data") if isinstance(told, dict) else None
    return {str(one.get("id")): one for one in listed or () if isinstance(one, dict)}
