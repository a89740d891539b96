"""What a training is asked to do: the form in the Prefect UI and the options of the command line."""

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from flows.parameters import ROOT
from tasks.network.address import OpenText
from tasks.questions.generator import NAME, default_generators
from tasks.serving.model import LanguageModel
from tasks.tuning.leaks import Leakage
from tasks.tuning.settings import AnyTraining, GeneratorDpo, GeneratorSft

LEAKAGE = "What to do with rows of articles, or with text, that models are judged on: refuse to train, drop, or allow."


class Tuning(BaseModel):
    """Train a LoRA adapter."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, title="Training")

    source: list[str] = Field(
        min_length=1,
        title="Sources",
        description="Folders of distilled datasets; for the generator's supervised training golden files of BioASQ.",
    )
    training: AnyTraining = Field(default=GeneratorSft(), title="Training")
    language_model: LanguageModel = Field(default=LanguageModel(), title="Model to train")
    generator: str | None = Field(
        default=None,
        title="Generator to train",
        description="By name, in place of the model above. Without it preferences train the generator that they are "
        "for, and supervised training that of the prompt 'researcher'.",
    )
    save_as: str | None = Field(
        default=None,
        title="Save as",
        pattern=NAME,
        description="Name of the trained generator, for distillations and further trainings.",
    )
    evaluation: list[str] = Field(
        default=[],
        title="Evaluation sets",
        description="PubMedQA and BioASQ files whose text must not be trained on. PubMedQA's PMIDs are known without.",
    )
    leakage: Leakage = Field(default="refuse", title="Leakage", description=LEAKAGE)
    root: OpenText | None = Field(default=None, title="Root", description=ROOT)

    @model_validator(mode="after")
    def _only_generators_have_names(self) -> Self:
        if not isinstance(self.training, GeneratorSft | GeneratorDpo) and (self.generator or self.save_as):
            raise ValueError(f"{self.training.kind} trains no generator; leave generator and save_as empty")
        if self.save_as and self.save_as in (self.generator, *(built_in.name for built_in in default_generators())):
            raise ValueError(
                f"there is a generator {self.save_as} that this one is not to replace; choose another save_as"
            )
        if self.generator and self.language_model != LanguageModel():
            raise ValueError(f"name either the generator {self.generator} or a model to train, not both")
        return self

    @property
    def label(self) -> str:
        """What a run with these parameters is called."""
        return f"{self.training.kind}, {self.generator or self.language_model.model}"
