"""What a model is told: a system message, examples and the question, as a conversation or as plain text."""

import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

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

    model_config = ConfigDict(extra="forbid", frozen=True, title="Example")

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

    def without_shots(self) -> "Prompt":
        """Return the prompt without examples, as a model that was trained for it is asked."""
        return self.model_copy(update={"shots": ()})

    def render(self, fields: Mapping[str, str]) -> str:
        """Return the template with the fields in it; a placeholder that is no field stays."""
        return PLACEHOLDER.sub(lambda match: fields.get(match[1], match[0]), self.template)


class Holds:
    """Annotates a ``Prompt``: which placeholders its template holds, and so which fields an example has in a form.

    A template without one would tell a model the same of every row.
    """

    def __init__(self, *names: str) -> None:
        self.names = names

    def check(self, template: str) -> str:
        """Return the template.

        Raises:
            ValueError: it lacks a placeholder, or holds one that is spelt nearly like one.
        """
        lacking = [name for name in self.names if f"{{{name}}}" not in template]
        if lacking:
            raise ValueError(
                f"the template has no {_braced(lacking)}; write {_braced(self.names)} where they are to stand in it"
            )
        for name in PLACEHOLDER.findall(template):
            meant = get_close_matches(name.lower(), self.names, n=1)
            if name not in self.names and meant:
                raise ValueError(
                    f"the template's {_braced([name])} would be sent as it stands; write {_braced(meant)}, or other "
                    "brackets where nothing is to be put in"
                )
        return template

    def _check(self, prompt: Prompt) -> Prompt:
        self.check(prompt.template)
        for number, shot in enumerate(prompt.shots, 1):
            lacking = [name for name in self.names if name not in shot.fields]
            if lacking:
                raise ValueError(f"example {number} says nothing for {_braced(lacking)} of the template")
        return prompt

    def __get_pydantic_core_schema__(self, source: type[Prompt], handler: GetCoreSchemaHandler) -> CoreSchema:
        """Check each prompt after pydantic has."""
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Name the fields of an example: a form shows a text field for each, and an object of any fields as JSON."""
        prompt = deepcopy(handler.resolve_ref_schema(handler(schema)))
        prompt["properties"]["template"]["description"] = f"Holds {_braced(self.names)}."
        shots = prompt["properties"]["shots"]
        shot = deepcopy(handler.resolve_ref_schema(shots["items"]))
        shot["properties"]["fields"] |= {
            "properties": {name: {"title": name.capitalize(), "type": "string"} for name in self.names},
            "required": list(self.names),
        }
        shots["items"] = shot
        return prompt


def _braced(names: Sequence[str]) -> str:
    return " and ".join(f"{{{name}}}" for name in names)


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
