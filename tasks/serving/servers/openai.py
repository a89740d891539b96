"""OpenAI's own service (https://platform.openai.com/docs/api-reference/chat)."""

from typing import Any, ClassVar

from tasks.serving.constraint import Constraint, JsonSchema
from tasks.serving.dialect import Dialect
from tasks.serving.request import Request
from tasks.serving.servers.chat_completions import ChatCompletions, json_schema, longest_answer

NOT_IN_STRICT = frozenset({"minLength", "maxLength", "default", "title"})
"""Keywords of JSON schema that some models refuse where the schema is to be held to strictly."""


class OpenAI(ChatCompletions):
    """Holds a model to a schema. It is known by its host: proxies say that their models are OpenAI's, too.

    What its reasoning models do not take is learnt from their first refusal.
    """

    name: ClassVar[str] = "openai"
    title: ClassVar[str] = "OpenAI"
    hosts: ClassVar[tuple[str, ...]] = ("api.openai.com", "openai.azure.com")

    def length(self, request: Request, dialect: Dialect) -> dict[str, Any]:
        """Return the longest answer by the name that every model takes."""
        return {"max_completion_tokens": longest_answer(request, dialect)}

    def thinking(self, request: Request, dialect: Dialect) -> dict[str, Any]:
        """Return that a model should think little which thinks in any case; only such models take the field."""
        return {"reasoning_effort": "low"} if dialect.thinks and not request.thinking_tokens else {}

    def constraint_fields(self, constraint: Constraint) -> dict[str, Any]:
        """Return a response format whose schema has no bounds of length."""
        if not isinstance(constraint, JsonSchema):
            return {}
        return {"response_format": json_schema(JsonSchema(constraint.name, _strict(constraint.schema)))}


def _strict(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema without what is refused in one; names of properties are no keywords."""
    kept: dict[str, Any] = {}
    for keyword, value in schema.items():
        if keyword in ("properties", "$defs") and isinstance(value, dict):
            kept[keyword] = {name: _strict(one) if isinstance(one, dict) else one for name, one in value.items()}
        elif keyword not in NOT_IN_STRICT:
            kept[keyword] = _strict_value(value)
    return kept


def _strict_value(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, dict):
        return _strict(value)
    return [_strict_value(one) for one in value] if isinstance(value, list) else value
