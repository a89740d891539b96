"""A server that speaks OpenAI's chat completions, of which no more is known; other kinds say how they differ.

The format: https://platform.openai.com/docs/api-reference/chat
"""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from tasks.serving.constraint import Choice, Constraint, JsonSchema
from tasks.serving.conversation import PLAIN_END, Conversation, fold_system, plain_text
from tasks.serving.dialect import Dialect
from tasks.serving.request import Request

LONGEST_THOUGHT = 2_048
"""Tokens for the thoughts of a model that was not to think, and does."""

Entry = Mapping[str, Any]
"""What a server's list says of one model."""
Page = Callable[[str, Mapping[str, Any] | None], Any]
"""Asks a page of a server, by its path from the host (or the prefix) on and with what is posted to it, if anything.

Returns its JSON, whatever the status, None where there is none.
"""


class ChatCompletions:
    """How a server is asked. One of more kind: a subclass in a file of its own in this folder.

    Attributes:
        name: what it is called in parameters.
        title: what people call it.
        owners: what its list of models says that they are owned by, where no other server says so.
        hosts: where it alone answers.
        lists_served: whether that list holds what it serves, and no more and no less.
        keeps_stop_by: the field that has a stop string left in the text.
        most_alternatives: log-probabilities of that many tokens in each place; 0 where it sends none.
        metrics: the gauges of requests that run and that wait, on its page ``/metrics``.
        caution: what its user should know.
    """

    name: ClassVar[str] = "chat-completions"
    title: ClassVar[str] = "any server with OpenAI's chat completions"
    owners: ClassVar[frozenset[str]] = frozenset()
    hosts: ClassVar[tuple[str, ...]] = ()
    lists_served: ClassVar[bool] = True
    keeps_stop_by: ClassVar[str | None] = None
    most_alternatives: ClassVar[int] = 20
    metrics: ClassVar[tuple[str, str] | None] = None
    caution: ClassVar[str] = ""

    def is_known_by(self, page: Page) -> bool:
        """Return whether a server is of this kind that neither its list of models nor its host tells: by a page."""
        del page
        return False

    def served(self, models: tuple[Entry, ...], page: Page) -> tuple[str, ...]:
        """Return the names of the models that a server has ready, in its order."""
        del page
        return tuple(str(model["id"]) for model in models)

    def longest(self, model: str, entry: Entry, page: Page) -> int | None:
        """Return how many tokens a prompt and its answer may have together; None where the server does not tell."""
        del model, page
        return as_length(entry.get("max_model_len") or entry.get("context_length"))

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
            **self.told(request, dialect),
            **self.length(request, dialect),
            **self.ended(request, dialect),
            **({} if dialect.is_plain else self.thinking(request, dialect)),
            **enforced,
        }
        return dialect.fields(fields)

    def asked(self, conversation: Conversation, dialect: Dialect) -> dict[str, Any]:
        """Return the field that holds what is asked."""
        if dialect.is_plain:
            return {"prompt": plain_text(conversation)}
        return {"messages": fold_system(conversation) if dialect.folds_system else conversation}

    def drawn(self, request: Request) -> dict[str, Any]:
        """Return how tokens are drawn."""
        fields: dict[str, Any] = {"temperature": request.temperature}
        if request.top_p != 1.0:
            fields["top_p"] = request.top_p
        if request.seed is not None:
            fields["seed"] = request.seed
        return fields

    def told(self, request: Request, dialect: Dialect) -> dict[str, Any]:
        """Return what is told of the tokens: their log-probabilities and those of others in their places."""
        if request.alternatives is None or not self.most_alternatives:
            return {}
        most = min(request.alternatives, self.most_alternatives)
        if dialect.is_plain:
            return {"logprobs": most}
        return {"logprobs": True, "top_logprobs": most} if most else {"logprobs": True}

    def length(self, request: Request, dialect: Dialect) -> dict[str, Any]:
        """Return the longest answer, thoughts and all."""
        return {"max_tokens": longest_answer(request, dialect)}

    def ended(self, request: Request, dialect: Dialect) -> dict[str, Any]:
        """Return where the server ends the answer; where it would end a thought, the reader of the answer ends it.

        The same where it leaves a stop string out that is to stay.
        """
        plain = [PLAIN_END] if dialect.is_plain else []
        if request.thinking_tokens or dialect.thinks:
            return {"stop": plain} if plain else {}
        if request.stop_after and self.keeps_stop_by is not None and dialect.takes({self.keeps_stop_by: True}):
            return {"stop": [*plain, *request.stop_after, *request.stop], self.keeps_stop_by: True}
        stop = [*plain, *request.stop]
        return {"stop": stop} if stop else {}

    def thinking(self, request: Request, dialect: Dialect) -> dict[str, Any]:
        """Return what switches thinking on or off; nothing where no field is known that every model takes."""
        del request, dialect
        return {}

    def constraint_fields(self, constraint: Constraint) -> dict[str, Any]:
        """Return what holds a model to a constraint; nothing where this kind can not."""
        if isinstance(constraint, JsonSchema):
            return {"response_format": json_schema(constraint)}
        return {}


def longest_answer(request: Request, dialect: Dialect) -> int:
    """Return how many tokens an answer may have, its thoughts among them."""
    return request.max_tokens + max(request.thinking_tokens, LONGEST_THOUGHT if dialect.thinks else 0)


def template_switch(request: Request) -> dict[str, Any]:
    """Return the switches that chat templates of reasoning models read; other templates do not mind them."""
    thinks = request.thinking_tokens > 0
    return {"chat_template_kwargs": {"enable_thinking": thinks, "thinking": thinks}}


def json_schema(constraint: JsonSchema) -> dict[str, Any]:
    """Return OpenAI's response format for a schema."""
    return {
        "type": "json_schema",
        "json_schema": {"name": constraint.name, "schema": constraint.schema, "strict": True},
    }


def choice_pattern(constraint: Choice) -> str:
    """Return the regular expression of a few words; they are letters and digits."""
    return f"({'|'.join(constraint.words)})"


def as_length(sent: object) -> int | None:
    """Return a number of tokens that a server tells of; None where it is none."""
    return sent if isinstance(sent, int) and not isinstance(sent, bool) and sent > 0 else None


def with_words(conversation: Conversation, constraint: Constraint) -> Conversation:
    """Return the conversation with a constraint said at the end of its last turn."""
    words = constraint.in_words()
    if not words:
        return conversation
    *before, last = conversation
    return [*before, {**last, "content": f"{last['content']}\n\n{words}"}]
