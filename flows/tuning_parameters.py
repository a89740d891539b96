"""What a training is asked to do: a form in the Prefect UI for each kind, and the options of the command line."""

from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self, cast

from pydantic import ConfigDict, Field, ValidationError, model_validator
from upath import UPath

from flows.flow_parameters import FlowParameters, SettingError, fault_of
from flows.parameters import ROOT
from flows.setting_changes import ChangesTo, changed
from tasks.hardware import has_gpu
from tasks.network.address import OpenText
from tasks.questions.generator import NAME, default_generators
from tasks.questions.named_generators import named_generator
from tasks.root import usable_root
from tasks.serving.model import LanguageModel
from tasks.tuning.leaks import Leakage
from tasks.tuning.settings import (
    AnyTraining,
    EvaluatorSft,
    GeneratorDpo,
    GeneratorSft,
    TargetCpt,
    TargetSft,
    TrainingKind,
    kind_name,
)

Preset = Literal["auto", "paper", "cpu"]

LEAKAGE = "What to do with rows of articles, or with text, that models are judged on: refuse to train, drop, or allow."
SETTINGS = "Whatever is given here stands in place of the preset's value."
DATASETS = "Folders of distilled datasets."


class Tuning(FlowParameters):
    """What every training is asked: the kinds below add their settings."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    kind: ClassVar[TrainingKind]

    source: list[str] = Field(min_length=1, title="Sources", description=DATASETS)
    language_model: LanguageModel = Field(default=LanguageModel(), title="Model to train")
    preset: Preset = Field(
        default="auto",
        title="Preset",
        description="paper: the paper's settings; cpu: minutes on two cores, for the embedded model. auto: the paper's "
        "where the worker has a GPU, else cpu.",
    )
    evaluation: list[str] = Field(
        default=[],
        title="Evaluation sets",
        description="PubMedQA and BioASQ files whose text must not be trained on. PubMedQA's PMIDs are known without.",
    )
    leakage: Leakage = Field(default="refuse", title="Leakage", description=LEAKAGE)
    root: OpenText | None = Field(default=None, title="Root", description=ROOT)

    def check(self) -> None:
        """Check files, settings that fit together, the model and its adapter; see ``FlowParameters.check``."""
        for setting, paths in (("source", self.source), ("evaluation", self.evaluation)):
            for path in paths:
                if not Path(path).exists():
                    raise SettingError(setting, f"there is no {path}; name a file or folder that is there")
        try:
            training_of(cast("AnyTuning", self))
        except ValidationError as error:
            raise SettingError("settings", error.errors()[0]["msg"].removeprefix("Value error, ")) from error
        self.check_models()

    @property
    def label(self) -> str:
        """What a run with these parameters is called."""
        return f"{kind_name(self.kind)}, {self.language_model.model}"

    @property
    def names(self) -> tuple[str | None, str | None]:
        """The generator to train and what to save it as, where those are given; only generators have names."""
        return None, None


class GeneratorTuning(Tuning):
    """What a training of a generator is asked."""

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

    def check(self) -> None:
        """Check the generator's name, too."""
        super().check()
        if self.generator is not None:
            with fault_of("generator"):
                named_generator(UPath(usable_root(self.root)), self.generator)

    @model_validator(mode="after")
    def _names_do_not_clash(self) -> Self:
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
        return f"{kind_name(self.kind)}, {self.generator or self.language_model.model}"

    @property
    def names(self) -> tuple[str | None, str | None]:
        """The generator to train and what to save it as."""
        return self.generator, self.save_as


class GeneratorSftTuning(GeneratorTuning):
    """Train a generator to ask about documents, on the questions of golden files of BioASQ."""

    model_config = ConfigDict(title="Supervised training of a generator")

    kind = GeneratorSft

    source: list[str] = Field(min_length=1, title="Sources", description="Golden files of BioASQ (8B1_golden.json).")
    settings: Annotated[dict[str, Any], ChangesTo(GeneratorSft)] = Field(
        default={}, title="Settings", description=SETTINGS
    )


class GeneratorDpoTuning(GeneratorTuning):
    """Align a generator with the preferences of distilled datasets, by direct preference optimisation."""

    model_config = ConfigDict(title="Alignment of a generator")

    kind = GeneratorDpo

    settings: Annotated[dict[str, Any], ChangesTo(GeneratorDpo)] = Field(
        default={}, title="Settings", description=SETTINGS
    )


class EvaluatorSftTuning(Tuning):
    """Train an evaluator on the verdicts that distilled datasets hold."""

    model_config = ConfigDict(title="Training of an evaluator")

    kind = EvaluatorSft

    settings: Annotated[dict[str, Any], ChangesTo(EvaluatorSft)] = Field(
        default={}, title="Settings", description=SETTINGS
    )


class TargetCptTuning(Tuning):
    """Continue a target model's pre-training on the passages of distilled datasets."""

    model_config = ConfigDict(title="Continued pre-training of a target model")

    kind = TargetCpt

    settings: Annotated[dict[str, Any], ChangesTo(TargetCpt)] = Field(
        default={}, title="Settings", description=SETTINGS
    )


class TargetSftTuning(Tuning):
    """Train a target model on the questions and answers of distilled datasets."""

    model_config = ConfigDict(title="Supervised training of a target model")

    kind = TargetSft

    settings: Annotated[dict[str, Any], ChangesTo(TargetSft)] = Field(
        default={}, title="Settings", description=SETTINGS
    )


AnyTuning = GeneratorSftTuning | GeneratorDpoTuning | EvaluatorSftTuning | TargetCptTuning | TargetSftTuning
FORMS: dict[str, type[AnyTuning]] = {
    kind_name(form.kind): form
    for form in (GeneratorSftTuning, GeneratorDpoTuning, EvaluatorSftTuning, TargetCptTuning, TargetSftTuning)
}


def training_of(parameters: AnyTuning) -> AnyTraining:
    """Return the settings of a training: those of its preset, by the hardware here where none is chosen, and changes.

    Raises:
        ValidationError: changes that are each allowed do not fit together.
    """
    preset = parameters.preset if parameters.preset != "auto" else "paper" if has_gpu() else "cpu"
    plain = parameters.kind.cpu() if preset == "cpu" else parameters.kind()
    return parameters.kind.model_validate(changed(plain, parameters.settings))
