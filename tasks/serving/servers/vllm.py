"""vLLM (https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html)."""

from typing import Any, ClassVar

from tasks.serving.constraint import Choice, Constraint, JsonSchema
from tasks.serving.dialect import Dialect
from tasks.serving.request import Request
from tasks.serving.servers.chat_completions import ChatCompletions, json_schema, template_switch


class Vllm(ChatCompletions):
    """Holds a model to every constraint, and leaves stop strings in the text where it is asked to."""

    name: ClassVar[str] = "vllm"
    title: ClassVar[str] = "vLLM"
    owners: ClassVar[frozenset[str]] = frozenset({"vllm"})
    keeps_stop_by: ClassVar[str | None] = "include_stop_str_in_output"
    metrics: ClassVar[tuple[str, str] | None] = ("vllm:num_requests_running", "vllm:num_requests_waiting")

    def thinking(self, request: Request, dialect: Dialect) -> dict[str, Any]:
        """Return what the chat template reads."""
        del dialect
        return template_switch(request)

    def constraint_fields(self, constraint: Constraint) -> dict[str, Any]:
        """Return vLLM's structured outputs."""
        if isinstance(constraint, JsonSchema):
            return {"response_format": json_schema(constraint)}
        if isinstance(constraint, Choice):
            return {"structured_outputs": {"choice": list(constraint.words)}}
        return {"structured_outputs": {"regex": constraint.regex}}
