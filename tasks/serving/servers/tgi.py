"""Text Generation Inference (https://huggingface.co/docs/text-generation-inference/messages_api)."""

from typing import Any, ClassVar

from tasks.serving.constraint import Choice, Constraint, JsonSchema
from tasks.serving.servers.chat_completions import ChatCompletions, Entry, Page, as_length, choice_pattern


class Tgi(ChatCompletions):
    """Holds a model to a schema or a regular expression, in a response format of its own."""

    name: ClassVar[str] = "tgi"
    title: ClassVar[str] = "Text Generation Inference"
    most_alternatives: ClassVar[int] = 5
    metrics: ClassVar[tuple[str, str] | None] = ("tgi_batch_current_size", "tgi_queue_size")

    def is_known_by(self, page: Page) -> bool:
        """Return whether it tells of itself as TGI does: its models are owned by themselves."""
        return _limit(page) is not None

    def longest(self, model: str, entry: Entry, page: Page) -> int | None:
        """Return its limit for prompt and answer together."""
        del model, entry
        return _limit(page)

    def constraint_fields(self, constraint: Constraint) -> dict[str, Any]:
        """Return a grammar of TGI's as the response format."""
        if isinstance(constraint, JsonSchema):
            return {"response_format": {"type": "json", "value": constraint.schema}}
        regex = choice_pattern(constraint) if isinstance(constraint, Choice) else constraint.regex
        return {"response_format": {"type": "regex", "value": regex}}


def _limit(page: Page) -> int | None:
    info = page("/info", None)
    return as_length(info.get("max_total_tokens")) if isinstance(info, dict) else None
