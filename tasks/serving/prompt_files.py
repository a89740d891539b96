"""Prompts as files: TOML, one prompt for one kind of question in each, read by walking a folder.

name = "researcher"
version = 1
kind = "yes/no"
system = "..."
template = "Abstract: {abstract}"

[[shots]]
reply = "Does it?"
[shots.fields]
abstract = "..."
"""

import tomllib
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tasks.errors import DistilleryError
from tasks.kinds import Kind
from tasks.serving.conversation import Prompt, Shot
from tasks.text_files import read_text

EXPECTED = "name, version, kind, system, template and shots"


class PromptFileError(DistilleryError):
    """A file holds no prompt; the message names it and says what is wrong."""


class PromptFile(BaseModel):
    """What a file holds. Its ``version`` is raised with each change of its words, for those who read of it.

    What is asked anew after a change is decided by the words themselves, all of which stand in recipes.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1)
    version: int = Field(ge=1)
    kind: Kind
    system: str = Field(min_length=1)
    template: str = Field(min_length=1)
    shots: tuple[Shot, ...] = ()

    @property
    def prompt(self) -> Prompt:
        """The prompt that a model is given."""
        return Prompt(system=self.system, template=self.template, shots=self.shots)


@cache
def read_prompt_files(folder: Path) -> tuple[PromptFile, ...]:
    """Return the prompts of a folder's .toml files, by file name.

    Raises:
        PromptFileError: a file is no TOML or no prompt, or two have the same name and kind.
    """
    found: dict[tuple[str, Kind], Path] = {}
    read = []
    for path in sorted(folder.rglob("*.toml")):
        prompt = _read(path)
        other = found.setdefault((prompt.name, prompt.kind), path)
        if other != path:
            raise PromptFileError(
                f"{path} and {other} both hold the prompt {prompt.name} for {prompt.kind} questions; rename one"
            )
        read.append(prompt)
    return tuple(read)


def _read(path: Path) -> PromptFile:
    try:
        return PromptFile.model_validate(tomllib.loads(read_text(path, PromptFileError, "a TOML file")))
    except tomllib.TOMLDecodeError as error:
        raise PromptFileError(f"{path} is no TOML ({error}); expected {EXPECTED}") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise PromptFileError(f"{path}: {place}: {first['msg']}; expected {EXPECTED}") from error
