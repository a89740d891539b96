"""llama.cpp's own server, llama-server (https://github.com/ggml-org/llama.cpp/tree/master/tools/server)."""

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
from tasks.serving.servers.gbnf import UnwrittenError, grammar


class LlamaCpp(ChatCompletions):
    """Holds a model to a schema or a grammar. Its gauges need ``--metrics``."""

    name: ClassVar[str] = "llama.cpp"
    title: ClassVar[str] = "llama.cpp's llama-server"
    owners: ClassVar[frozenset[str]] = frozenset({"llamacpp"})
    metrics: ClassVar[tuple[str, str] | None] = ("llamacpp:requests_processing", "llamacpp:requests_deferred")

    def longest(self, model: str, entry: Entry, page: Page) -> int | None:
        """Return the context of one slot: the slots share what the server was started with."""
        del model, entry
        props = page("/props", None)
        settings = props.get("default_generation_settings") if isinstance(props, dict) else None
        return as_length(settings.get("n_ctx")) if isinstance(settings, dict) else None

    def drawn(self, request: Request) -> dict[str, Any]:
        """Return how tokens are drawn: as asked, where the server would narrow the choice by defaults of its own."""
        fields = super().drawn(request)
        return {**fields, **undo_narrowing(request)} if request.temperature > 0 else fields

    def thinking(self, request: Request, dialect: Dialect) -> dict[str, Any]:
        """Return what the chat template reads."""
        del dialect
        return template_switch(request)

    def constraint_fields(self, constraint: Constraint) -> dict[str, Any]:
        """Return a response format, or a grammar."""
        if isinstance(constraint, JsonSchema):
            return {"response_format": json_schema(constraint)}
        return grammar_fields(constraint)


def undo_narrowing(request: Request) -> dict[str, Any]:
    """Return the defaults of llama.cpp (top_k 40, top_p 0.95, min_p 0.05) put back to what leaves a choice alone."""
    return {"top_p": request.top_p, "top_k": 0, "min_p": 0.0}


def grammar_fields(constraint: Constraint) -> dict[str, Any]:
    """Return the grammar of a choice or a pattern; nothing where there is none for it."""
    if isinstance(constraint, JsonSchema):
        return {}
    regex = choice_pattern(constraint) if isinstance(constraint, Choice) else constraint.regex
    try:
        return {"grammar": grammar(regex)}
    except UnwrittenError:
        return {}
