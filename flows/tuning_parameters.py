"""What a training is asked to do: the form in the Prefect UI and the options of the command line."""

from pydantic import BaseModel, ConfigDict, Field

from flows.parameters import ROOT
from tasks.questions.generator import Prompt, default_generators
from tasks.serving.model import LanguageModel
from tasks.tuning.leaks import Leakage
from tasks.tuning.settings import AnyTraining, GeneratorSft

LEAKAGE = "What to do with rows of articles, or with text, that models are judged on: refuse to train, drop, or allow."


class Tuning(BaseModel):
    """Train a LoRA adapter."""

    model_config = ConfigDict(extra="forbid", title="Training")

    source: list[str] = Field(
        min_length=1,
        title="Sources",
        description="Folders of distilled datasets; for the generator's supervised training golden files of BioASQ.",
    )
    training: AnyTraining = Field(default=GeneratorSft(), title="Training")
    language_model: LanguageModel = Field(default=LanguageModel(), title="Model to train")
    prompt: Prompt = Field(
        default=default_generators()[0].prompt,
        title="Prompt",
        description="What the generator is shown in its supervised training; its examples are left out.",
    )
    evaluation: list[str] = Field(
        default=[],
        title="Evaluation sets",
        description="PubMedQA and BioASQ files whose text must not be trained on. PubMedQA's PMIDs are known without.",
    )
    leakage: Leakage = Field(default="refuse", title="Leakage", description=LEAKAGE)
    root: str | None = Field(default=None, title="Root", description=ROOT)

    @property
    def label(self) -> str:
        """What a run with these parameters is called."""
        return f"{self.training.kind}, {self.language_model.model}"
