"""``transformers serve`` (https://huggingface.co/docs/transformers/main/en/serving)."""

import json
import re
from dataclasses import replace
from typing import Any, ClassVar

from tasks.serving.constraint import Constraint
from tasks.serving.dialect import Dialect
from tasks.serving.request import Request
from tasks.serving.servers.chat_completions import ChatCompletions, Entry, Page, longest_answer, template_switch

PINNED = re.compile(r"pinned to '([^']+)'")


class TransformersServe(ChatCompletions):
    """Can hold a model to nothing and sends no log-probabilities; fields that it does not know are refused with 422.

    It lists the models of its machine's Hugging Face cache, whichever it is to serve.
    """

    name: ClassVar[str] = "transformers"
    title: ClassVar[str] = "transformers serve"
    lists_served: ClassVar[bool] = False
    most_alternatives: ClassVar[int] = 0

    def is_known_by(self, page: Page) -> bool:
        """Return whether its description of itself has a page that no other server has."""
        described = page("/openapi.json", None)
        paths = described.get("paths") if isinstance(described, dict) else None
        return isinstance(paths, dict) and "/load_model" in paths

    def served(self, models: tuple[Entry, ...], page: Page) -> tuple[str, ...]:
        """Return the model that it was started for, which it names to whom asks for another; else all that it has."""
        refused = page("/v1/chat/completions", {"model": "?", "messages": []})
        pinned = PINNED.search(str(refused.get("detail"))) if isinstance(refused, dict) else None
        return (pinned[1],) if pinned else super().served(models, page)

    def length(self, request: Request, dialect: Dialect) -> dict[str, Any]:
        """Return the longest answer; where one is drawn, in a configuration that says so.

        A temperature alone draws nothing: whether tokens are drawn is the model's own setting otherwise.
        """
        longest = longest_answer(request, dialect)
        fields: dict[str, Any] = {"max_tokens": longest}
        if request.temperature > 0:
            fields["generation_config"] = json.dumps({"do_sample": True, "max_new_tokens": longest})
        return fields

    def ended(self, request: Request, dialect: Dialect) -> dict[str, Any]:
        """Return where the answer ends: a stop string always stays in the text."""
        return super().ended(replace(request, stop=(*request.stop_after, *request.stop), stop_after=()), dialect)

    def thinking(self, request: Request, dialect: Dialect) -> dict[str, Any]:
        """Return what the chat template reads."""
        del dialect
        return template_switch(request)

    def constraint_fields(self, constraint: Constraint) -> dict[str, Any]:
        """Return nothing: a response format is left aside."""
        del constraint
        return {}
