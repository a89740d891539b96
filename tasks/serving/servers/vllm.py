"""vLLM (https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html)."""

from typing import Any, ClassVar

from tasks.serving.constraint import Choice, Constraint, JsonSchema
from tasks.serving.request import Request
from tasks.serving.servers.chat_completions import ChatCompletions, json_schema


class Vllm(ChatCompletions):
    """Holds a model to every constraint, and leaves stop strings in the text where it is asked to."""

    name: ClassVar[str] = "vllm"
    title: ClassVar[str] = "vLLM"
    keeps_stop: ClassVar[bool] = True
    metrics: ClassVar[tuple[str, str] | None] = ("vllm:num_requests_running", "vllm:num_requests_waiting")

    def thinking(self, request: Request) -> dict[str, Any]:
        """Return the switch that chat templates of reasoning models read; the others do not mind it."""
        return {"chat_template_kwargs": {"enable_thinking": request.thinking_tokens > 0}}

    def constraint_fields(self, constraint: Constraint) -> dict[str, Any]:
        """Return vLLM's structured outputs."""
        if isinstance(constraint, JsonSchema):
            return {"response_format": json_schema(constraint)}
        if isinstance(constraint, Choice):
            return {"structured_outputs": {"choice": list(constraint.words)}}
        return {"structured_outputs": {"regex": constraint.regex}}
