"""Question generators: a model, a prompt and how to sample from it."""

from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator

from tasks.serving.conversation import Holds, Prompt, Shot
from tasks.serving.model import LanguageModel
from tasks.store.recipe import Recipe

NAME = r"^[a-z0-9][a-z0-9-]*$"
WARM = 0.9
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
            "model": self.language_model.identity(),
            "prompt": self.prompt.model_dump(mode="json"),
            "sampling": self.sampling.model_dump(mode="json"),
        }
        return Recipe("questions", 2, parameters)


class Policy(Generator):
    """The generator that a dataset's preferences are for, without the address of its server.

    ``served`` where it had one: then its model is known by the name that this server gave it, which may be of no folder
    and of no Hugging Face repository.
    """

    served: bool = False

    @classmethod
    def of(cls, generator: Generator) -> Self:
        """Return a generator as a policy."""
        model = generator.language_model
        fields = {name: getattr(generator, name) for name in Generator.model_fields}
        return cls(**{**fields, "language_model": model.model_copy(update=NO_SERVER)}, served=model.url is not None)

    def describe(self) -> dict[str, Any]:
        """Return what a dataset says of its policy, as JSON values; the same wherever the model was served."""
        return self.model_dump(mode="json", exclude={"language_model": {"url"}})


def _shot(article: tuple[str, str], question: str) -> Shot:
    title, abstract = article
    return Shot(fields={"title": title, "abstract": abstract}, reply=question)


_ASPIRIN = (
    "Low-dose aspirin and the risk of pre-eclampsia",
    "We followed 1,200 women at high risk of pre-eclampsia. Half of them took 100 mg of aspirin a day from week 14. "
    "Pre-eclampsia occurred in 4.1% of the aspirin group and in 9.8% of the others.",
)
_FERRITIN = (
    "Serum ferritin in hepatocellular carcinoma",
    "Ferritin was measured in 88 patients with hepatocellular carcinoma and in 90 with cirrhosis alone. High values "
    "were found in both and did not tell one from the other.",
)


def default_generators() -> tuple[Generator, ...]:
    """Return the two generators of the embedded defaults: one small model under two prompts."""
    researcher = Prompt(
        system="You write research questions for biomedical articles.",
        template="Abstract: {abstract}\nTitle: {title}\nQuestion:",
        shots=(
            _shot(_ASPIRIN, "Does low-dose aspirin reduce the risk of pre-eclampsia in women at high risk?"),
            _shot(_FERRITIN, "Can serum ferritin distinguish hepatocellular carcinoma from cirrhosis?"),
        ),
    )
    clinician = Prompt(
        system="You are a physician. You read an article and ask the clinical question that it settles.",
        template="{title}\n\n{abstract}\n\nQuestion:",
        shots=(
            _shot(_FERRITIN, "Is a high serum ferritin specific for hepatocellular carcinoma?"),
            _shot(_ASPIRIN, "Is aspirin taken from week 14 of pregnancy followed by fewer cases of pre-eclampsia?"),
        ),
    )
    return (Generator(name="researcher", prompt=researcher), Generator(name="clinician", prompt=clinician))
