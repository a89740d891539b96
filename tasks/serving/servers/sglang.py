"""SGLang (https://docs.sglang.ai/advanced_features/structured_outputs.html)."""

from typing import Any, ClassVar

from tasks.serving.constraint import Choice, Constraint, JsonSchema
from tasks.serving.dialect import Dialect
from tasks.serving.request import Request
from tasks.serving.servers.chat_completions import (
    ChatCompletions,
    Entry,
    Page,
    as_length,
    choice_pattern,
    json_schema,
    template_switch,
)


class Sglang(ChatCompletions):
    """Holds a model to a schema or a regular expression. Its gauges need ``--enable-metrics``."""

    name: ClassVar[str] = "sglang"
    title: ClassVar[str] = "SGLang"
    owners: ClassVar[frozenset[str]] = frozenset({"sglang"})
    keeps_stop_by: ClassVar[str | None] = "no_stop_trim"
    metrics: ClassVar[tuple[str, str] | None] = ("sglang:num_running_reqs", "sglang:num_queue_reqs")

    def longest(self, model: str, entry: Entry, page: Page) -> int | None:
        """Return what the list of models tells, or what the server was started with: older lists do not."""
        listed = super().longest(model, entry, page)
        if listed is not None:
            return listed
        info = page("/get_server_info", None)
        return as_length(info.get("context_length")) if isinstance(info, dict) else None

    def thinking(self, request: Request, dialect: Dialect) -> dict[str, Any]:
        """Return what the chat template reads."""
        del dialect
        return template_switch(request)

    def constraint_fields(self, constraint: Constraint) -> dict[str, Any]:
        """Return a response format, or the expression that the answer is held to."""
        if isinstance(constraint, JsonSchema):
            return {"response_format": json_schema(constraint)}
        return {"regex": choice_pattern(constraint) if isinstance(constraint, Choice) else constraint.regex}
