"""A server that speaks OpenAI's chat completions, of which no more is known; other kinds say how they differ.

The format: https://platform.openai.com/docs/api-reference/chat
"""

from typing import Any, ClassVar

from tasks.serving.constraint import Constraint, JsonSchema
from tasks.serving.conversation import PLAIN_END, Conversation, fold_system, plain_text
from tasks.serving.dialect import Dialect
from tasks.serving.request import Request

LONGEST_THOUGHT = 2_048
"""Tokens for the thoughts of a model that was not to think, and does."""


class ChatCompletions:
    """How a server is asked. One of more kind: a subclass in a file of its own, listed in ``servers.registry``.

    Attributes:
        name: what it is called in parameters.
        title: what people call it.
        keeps_stop: whether a stop string can be left in the text.
        most_alternatives: log-probabilities of that many tokens in each place; 0 where it sends none.
        metrics: the gauges at ``/metrics`` of the requests that it works on and of those that wait, where it has them.
    """

    name: ClassVar[str] = "chat-completions"
    title: ClassVar[str] = "any server with OpenAI's chat completions"
    keeps_stop: ClassVar[bool] = False
    most_alternatives: ClassVar[int] = 20
    metrics: ClassVar[tuple[str, str] | None] = None

    def path(self, dialect: Dialect) -> str:
        """Return where requests go, below the address of the API."""
        return "/completions" if dialect.is_plain else "/chat/completions"

    def body(self, request: Request, dialect: Dialect) -> dict[str, Any]:
        """Return the fields of a request, but for the model's name."""
        enforced = {} if request.constraint is None else self.constraint_fields(request.constraint)
        if not dialect.takes(enforced):
            enforced = {}
        said = request.conversation
        if request.constraint is not None and not enforced:
            said = with_words(said, request.constraint)
        fields = {
            **self.asked(said, dialect),
            **self.drawn(request),
            **self.length(request, dialect),
            **self.ended(request, dialect),
            **self.thinking(request),
            **enforced,
        }
        return dialect.fields(fields)

    def asked(self, conversation: Conversation, dialect: Dialect) -> dict[str, Any]:
        """Return the field that holds what is asked."""
        if dialect.is_plain:
            return {"prompt": plain_text(conversation)}
        return {"messages": fold_system(conversation) if dialect.folds_system else conversation}

    def drawn(self, request: Request) -> dict[str, Any]:
        """Return how tokens are drawn, and what is told of them."""
        fields: dict[str, Any] = {"temperature": request.temperature}
        if request.top_p != 1.0:
            fields["top_p"] = request.top_p
        if request.seed is not None:
            fields["seed"] = request.seed
        if request.alternatives is not None and self.most_alternatives:
            fields["logprobs"] = True
            if request.alternatives:
                fields["top_logprobs"] = min(request.alternatives, self.most_alternatives)
        return fields

    def length(self, request: Request, dialect: Dialect) -> dict[str, Any]:
        """Return the longest answer, thoughts and all."""
        thoughts = max(request.thinking_tokens, LONGEST_THOUGHT if dialect.thinks else 0)
        return {"max_tokens": request.max_tokens + thoughts}

    def ended(self, request: Request, dialect: Dialect) -> dict[str, Any]:
        """Return where the server ends the answer; where it would end a thought, the reader of the answer ends it.

        The same where it leaves a stop string out that is to stay.
        """
        plain = [PLAIN_END] if dialect.is_plain else []
        if request.thinking_tokens or dialect.thinks:
            return {"stop": plain} if plain else {}
        if request.stop_after and self.keeps_stop:
            return {"stop": [*plain, *request.stop_after, *request.stop], "include_stop_str_in_output": True}
        stop = [*plain, *request.stop]
        return {"stop": stop} if stop else {}

    def thinking(self, request: Request) -> dict[str, Any]:
        """Return what switches thinking on or off; nothing where no field is known that every model takes."""
        del request
        return {}

    def constraint_fields(self, constraint: Constraint) -> dict[str, Any]:
        """Return what holds a model to a constraint; nothing where this kind can not."""
        if isinstance(constraint, JsonSchema):
            return {"response_format": json_schema(constraint)}
        return {}


def json_schema(constraint: JsonSchema) -> dict[str, Any]:
    """Return OpenAI's response format for a schema."""
    return {
        "type": "json_schema",
        "json_schema": {"name": constraint.name, "schema": constraint.schema, "strict": True},
    }


def with_words(conversation: Conversation, constraint: Constraint) -> Conversation:
    """Return the conversation with a constraint said at the end of its last turn."""
    words = constraint.in_words()
    if not words:
        return conversation
    *before, last = conversation
    return [*before, {**last, "content": f"{last['content']}\n\n{words}"}]
