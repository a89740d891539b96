"""Question generators: a model, a prompt and how to sample from it."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator

from tasks.kinds import Kind
from tasks.serving.conversation import Holds, Prompt
from tasks.serving.model import LanguageModel
from tasks.serving.prompt_files import read_prompt_files
from tasks.store.recipe import Recipe

NAME = r"^[a-z0-9][a-z0-9-]*$"
WARM = 0.9
PROMPTS = Path(__file__).parent / "prompts"
BUILT_IN = ("researcher", "clinician")
"""The built-in generators, in the order in which they stand in a form."""
NO_SERVER: dict[str, Any] = {"url": None, "replicas": (), "kind": None, "key_from": None, "headers": {}}
"""A language model's fields of where it is served, without any."""


class SamplingParameters(BaseModel):
    """Parameters of the OpenAI API. Temperature 0 decodes greedily and so repeats."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    temperature: float = Field(default=0.0, ge=0, title="Temperature")
    top_p: float = Field(default=1.0, gt=0, le=1, title="Top p")
    max_tokens: int = Field(default=64, ge=1, title="Longest answer, in tokens")
    seed: int | None = Field(default=None, title="Seed", description="Sent with each request; needs a GPU to be safe.")


class Generator(BaseModel):
    """One of the generators whose questions compete."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(title="Name", pattern=NAME)
    language_model: LanguageModel = Field(default=LanguageModel(), title="Language model")
    kind: Kind = Field(
        default=Kind.YES_NO,
        title="Kind of questions",
        description="What the prompt asks for. Other kinds that a run asks have a built-in prompt.",
    )
    prompt: Annotated[Prompt, Holds("title", "abstract")] = Field(title="Prompt")
    sampling: SamplingParameters = Field(default=SamplingParameters(), title="Sampling")

    @field_validator("prompt", mode="before")
    @classmethod
    def _earlier_examples(cls, prompt: object) -> object:
        """Take the prompts of generators and datasets that were saved when examples had a form of their own."""
        if not (isinstance(prompt, dict) and "examples" in prompt):
            return prompt
        shots = [
            {"fields": {"title": each["title"], "abstract": each["abstract"]}, "reply": each["question"]}
            for each in prompt["examples"]
        ]
        return {**{name: value for name, value in prompt.items() if name != "examples"}, "shots": shots}

    def asking(self, kind: Kind) -> Self:
        """Return the generator for a kind of questions: itself for its own, else under another prompt."""
        return self.model_copy(update={"kind": kind, "prompt": self.prompt_for(kind)})

    def prompt_for(self, kind: Kind) -> Prompt:
        """Return the prompt for a kind of questions: its own, else the built-in one, with examples if its own has any.

        Which of the built-in ones: that of the generator with the same words for its own kind, else the first.
        """
        if kind == self.kind:
            return self.prompt
        built_in = (prompts for prompts in _built_in().values() if _same_words(prompts[self.kind], self.prompt))
        prompt = next(built_in, _built_in()[BUILT_IN[0]])[kind]
        return prompt if self.prompt.shots else prompt.without_shots()

    def each_draw(self, questions: int, temperature: float | None = None) -> list[Self]:
        """Return generators of one question each, under names of their own where there are several.

        Several questions need a temperature: without one, and where the generator has none, it is ``WARM``.
        """
        if temperature is None and questions > 1 and self.sampling.temperature == 0:
            temperature = WARM
        sampling = (
            self.sampling if temperature is None else self.sampling.model_copy(update={"temperature": temperature})
        )
        if questions == 1:
            return [self.model_copy(update={"sampling": sampling})]
        seeds = [None if sampling.seed is None else sampling.seed + draw for draw in range(questions)]
        return [
            self.model_copy(
                update={"name": f"{self.name}.{draw}", "sampling": sampling.model_copy(update={"seed": seed})}
            )
            for draw, seed in enumerate(seeds, 1)
        ]

    @property
    def recipe(self) -> Recipe:
        """The questions recipe; the server's address is no part of it."""
        parameters: dict[str, Any] = {
            "generator": self.name,
            "kind": self.kind.value,
            "model": self.language_model.identity(),
            "prompt": self.prompt.model_dump(mode="json"),
            "sampling": self.sampling.model_dump(mode="json"),
        }
        return Recipe("questions", 3, parameters)


class Policy(Generator):
    """The generator that a dataset's preferences are for, without the address of its server.

    ``served`` where it had one: then its model is known by the name that this server gave it, which may be of no folder
    and of no Hugging Face repository. ``prompts`` are those of the further kinds that it was asked for.
    """

    served: bool = False
    prompts: dict[Kind, Prompt] = {}

    @classmethod
    def of(cls, generator: Generator, kinds: Sequence[Kind] = ()) -> Self:
        """Return a generator as a policy for its own kind and others."""
        model = generator.language_model
        fields = {name: getattr(generator, name) for name in Generator.model_fields}
        fields["language_model"] = model.model_copy(update=NO_SERVER)
        prompts = {kind: generator.prompt_for(kind) for kind in kinds if kind != generator.kind}
        return cls(**fields, served=model.url is not None, prompts=prompts)

    def prompt_for(self, kind: Kind) -> Prompt:
        """Return the prompt that preferences of a kind are under."""
        return self.prompts.get(kind) or super().prompt_for(kind)

    def describe(self) -> dict[str, Any]:
        """Return what a dataset says of its policy, as JSON values; the same wherever the model was served."""
        return self.model_dump(mode="json", exclude={"language_model": {"url"}})


def default_generators() -> tuple[Generator, ...]:
    """Return the two generators of the embedded defaults: one small model under two prompts, for yes/no questions."""
    return tuple(Generator(name=name, prompt=prompts[Kind.YES_NO]) for name, prompts in _built_in().items())


@cache
def _built_in() -> dict[str, dict[Kind, Prompt]]:
    """Return the prompts of the built-in generators, by kind."""
    files = read_prompt_files(PROMPTS)
    return {name: {file.kind: file.prompt for file in files if file.name == name} for name in BUILT_IN}


def _same_words(one: Prompt, other: Prompt) -> bool:
    return (one.system, one.template) == (other.system, other.template)
