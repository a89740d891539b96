"""llama-cpp-python's server, ``python -m llama_cpp.server`` (https://llama-cpp-python.readthedocs.io/en/latest/server/)."""

from typing import Any, ClassVar

from tasks.serving.constraint import Constraint, JsonSchema
from tasks.serving.request import Request
from tasks.serving.servers.chat_completions import ChatCompletions
from tasks.serving.servers.llama_cpp import grammar_fields, undo_narrowing


class LlamaCppPython(ChatCompletions):
    """Holds a model to a schema or a grammar, in fields of its own. One request runs at a time.

    Log-probabilities need ``--logits_all true``; a server without it fails where they are asked for.
    """

    name: ClassVar[str] = "llama-cpp-python"
    title: ClassVar[str] = "llama-cpp-python's server"
    owners: ClassVar[frozenset[str]] = frozenset({"me"})

    def drawn(self, request: Request) -> dict[str, Any]:
        """Return how tokens are drawn: as asked. Versions differ in whether they make a token said less likely."""
        fields = {**super().drawn(request), "repeat_penalty": 1.0}
        return {**fields, **undo_narrowing(request)} if request.temperature > 0 else fields

    def constraint_fields(self, constraint: Constraint) -> dict[str, Any]:
        """Return a response format with the schema in it, or a grammar."""
        if isinstance(constraint, JsonSchema):
            return {"response_format": {"type": "json_object", "schema": constraint.schema}}
        return grammar_fields(constraint)
