"""What a model is told: a system message, examples and the question, as a conversation or as plain text."""

import re
from collections.abc import Mapping, Sequence

from pydantic import BaseModel, ConfigDict, Field

Message = dict[str, str]
"""A turn: ``role`` (system, user or assistant) and ``content``."""
Conversation = list[Message]

PLAIN_TEMPLATE = (
    "{%- for message in messages %}"
    "{%- if message['role'] == 'assistant' %}{{ '### Answer\\n' + message['content'] }}"
    "{%- if loop.last and not add_generation_prompt %}{{ eos_token }}{%- else %}{{ '\\n\\n' }}{%- endif %}"
    "{%- elif message['role'] == 'user' %}{{ '### Task\\n' + message['content'] + '\\n\\n' }}"
    "{%- else %}{{ message['content'] + '\\n\\n' }}"
    "{%- endif %}"
    "{%- endfor %}"
    "{%- if add_generation_prompt %}{{ '### Answer\\n' }}{%- endif %}"
)
"""A chat template (Jinja) for models that have none: ``plain_text``, in the language of tokenizers and servers.

A conversation that ends with an answer, as training shows it, ends with the token that ends a text.
"""
PLAIN_END = "\n### "
"""Where an answer in plain text ends: a base model goes on with the next task."""
PLACEHOLDER = re.compile(r"\{(\w+)\}")


class Shot(BaseModel):
    """An example shown to the model before the real question: what the template is filled with, and the right reply."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    fields: dict[str, str] = Field(title="Fields", description="What the template's placeholders stand for.")
    reply: str = Field(title="Reply")


class Prompt(BaseModel):
    """What a model is told. The template holds a {placeholder} for each field; braces in the texts stay as they are."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    system: str = Field(default="", title="System message", description="Left out where it is empty.")
    template: str = Field(title="Template", description="Holds a {placeholder} for each thing that is shown.")
    shots: tuple[Shot, ...] = Field(default=(), title="Examples")

    def conversation(self, **fields: str) -> Conversation:
        """Return the conversation that ends with these fields in the template."""
        turns = [{"role": "system", "content": self.system}] if self.system else []
        for shot in self.shots:
            turns.append({"role": "user", "content": self.render(shot.fields)})
            turns.append({"role": "assistant", "content": shot.reply})
        return [*turns, {"role": "user", "content": self.render(fields)}]

    def render(self, fields: Mapping[str, str]) -> str:
        """Return the template with the fields in it; a placeholder that is no field stays."""
        return PLACEHOLDER.sub(lambda match: fields.get(match[1], match[0]), self.template)


def fold_system(conversation: Sequence[Message]) -> Conversation:
    """Return the conversation with its system message at the head of the first user turn.

    Templates such as those of Gemma 2 and Mistral 7B v0.1 have no system role.
    """
    if not conversation or conversation[0]["role"] != "system":
        return list(conversation)
    system, *rest = conversation
    if not rest or rest[0]["role"] != "user":
        return [{"role": "user", "content": system["content"]}, *rest]
    first = {"role": "user", "content": f"{system['content']}\n\n{rest[0]['content']}"}
    return [first, *rest[1:]]


def plain_text(conversation: Sequence[Message]) -> str:
    """Return the conversation as the start of a document that a base model goes on with; see ``PLAIN_TEMPLATE``."""
    headings = {"user": "### Task\n", "assistant": "### Answer\n"}
    turns = [f"{headings.get(message['role'], '')}{message['content']}\n\n" for message in conversation]
    return "".join([*turns, "### Answer\n"])
