"""What an evaluation is asked to do: the form in the Prefect UI and the options of the command line."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, model_validator

from flows.flow_parameters import FlowParameters, SettingError
from flows.parameters import ROOT
from tasks.evaluation.ask import LONGEST_TEXT, Method
from tasks.evaluation.benchmark import Benchmark, BenchmarkError, BenchmarkName, read_benchmark
from tasks.evaluation.evaluation_prompt import PromptStyle, Setting, prompt_for
from tasks.evaluation.examinee import Examinee
from tasks.evaluation.slices import SMALLEST_SLICE
from tasks.network.address import OpenText
from tasks.serving.endpoint import resolve
from tasks.serving.engine import EngineSettings
from tasks.serving.model import LanguageModel
from tasks.serving.spending import Limits

SETTINGS: tuple[Setting, ...] = ("reasoning-required", "question-only")
METHODS: tuple[Method, ...] = ("choice", "generated")


class SameModelError(SettingError):
    """The two models to compare are one and the same."""


class EvaluatedModel(BaseModel):
    """A model to evaluate, and how it wants to be asked."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    language_model: LanguageModel = Field(default=LanguageModel(), title="Language model")
    prompt: PromptStyle | None = Field(
        default=None,
        title="Prompt",
        description="'instructed' for models that follow instructions, 'fine-tuned' for those tuned on a dataset's sft "
        "records, which are asked as there. Empty: instructed; of a second model, as the first is asked.",
    )

    @property
    def style(self) -> PromptStyle:
        """The prompt in force."""
        return self.prompt or PromptStyle.INSTRUCTED

    @property
    def name(self) -> str:
        """The model's name, with that of its adapter."""
        model, adapter = self.language_model.model, self.language_model.adapter
        return " + ".join(Path(path).name for path in (model, adapter) if path)


class Evaluation(FlowParameters):
    """Judge one model, or two against each other, on questions answered by experts."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, title="Evaluation")

    benchmark: BenchmarkName = Field(default="pubmedqa", title="Benchmark")
    files: list[str] = Field(
        min_length=1,
        title="Files",
        description="Where the worker runs: PubMedQA's ori_pqal.json, or golden files of BioASQ task B.",
    )
    ground_truth: str | None = Field(
        default=None,
        title="Ground truth",
        description="PubMedQA's test_ground_truth.json: only its items are asked.",
    )
    model: EvaluatedModel = Field(default=EvaluatedModel(), title="Model")
    compare_with: EvaluatedModel | None = Field(default=None, title="Compare with")
    settings: list[Setting] = Field(
        default=list(SETTINGS),
        min_length=1,
        title="Settings",
        description="With the contexts given (snippets in BioASQ), or with the question alone.",
    )
    methods: list[Method] = Field(
        default=list(METHODS),
        min_length=1,
        title="Methods",
        description="By the probabilities of the words allowed, or by the text that the model writes.",
    )
    max_tokens: int = Field(default=LONGEST_TEXT, ge=1, title="Longest generated text, in tokens")
    limit: int | None = Field(default=None, ge=1, title="Limit", description="Ask only the first items.")
    smallest_slice: int = Field(default=SMALLEST_SLICE, ge=1, title="Smallest slice, in items")
    engine: EngineSettings = Field(default=EngineSettings(), title="vLLM, where the run starts it")
    limits: Limits = Field(default=Limits(), title="Limits and prices")
    root: OpenText | None = Field(default=None, title="Root", description=ROOT)

    @model_validator(mode="after")
    def _ground_truth_is_of_pubmedqa(self) -> "Evaluation":
        if self.ground_truth is not None and self.benchmark != "pubmedqa":
            raise ValueError("a ground truth file is PubMedQA's; BioASQ's golden files hold theirs")
        return self

    @property
    def label(self) -> str:
        """What a run with these parameters is called."""
        return f"{self.benchmark}, {' against '.join(model.name for model in self._models())}"

    def check(self) -> None:
        """Check files, models' folders, adapters and servers; see ``FlowParameters.check``."""
        self.read()
        self.check_models()
        self.resolved()

    def read(self) -> Benchmark:
        """Return what is to be asked.

        Raises:
            DistilleryError: a file can not be read, holds nothing to ask, or nothing in one of the settings.
        """
        truth = None if self.ground_truth is None else Path(self.ground_truth)
        benchmark = read_benchmark(self.benchmark, [Path(path) for path in self.files], truth).first(self.limit)
        if "reasoning-required" in self.settings and benchmark.asked("reasoning-required").is_empty():
            raise BenchmarkError(
                f"none of the {len(benchmark.items)} items of {', '.join(benchmark.files)} has contexts to be asked "
                "with; ask the question alone (--setting question-only)"
            )
        return benchmark

    def resolved(self) -> "Evaluation":
        """Return the parameters with nothing left open about the models: as their servers name them.

        Raises:
            EndpointError: a server named by URL does not answer, or serves other models.
            SettingError: an adapter given alone does not say what it was trained on.
            SameModelError: both models are the same and asked the same way.
        """
        first, *second = self.with_bases().with_models(resolve)._models()
        if second and (first.language_model.identity(), first.prompt) == (
            second[0].language_model.identity(),
            second[0].prompt,
        ):
            raise SameModelError(
                "compare_with",
                f"both models are {first.name}, and what is known of one would be taken for the other's; give another "
                "model, or a revision that tells two servers of one name apart",
            )
        return self.model_copy(update={"model": first, "compare_with": second[0] if second else None})

    def examinees(self, benchmark: Benchmark) -> list[Examinee]:
        """Return every way in which every model is asked, model by model."""
        models = self._models()
        names = [model.name for model in models]
        if len(set(names)) < len(names):
            names = [f"{name}, {_difference(model, models)}" for name, model in zip(names, models, strict=True)]
        return [
            Examinee(
                name=name,
                language_model=model.language_model,
                prompt=prompt_for(model.style, benchmark.decisions),
                setting=setting,
                method=method,
                max_tokens=self.max_tokens,
            )
            for name, model in zip(names, models, strict=True)
            for setting in SETTINGS
            for method in METHODS
            if setting in self.settings and method in self.methods
        ]

    def _models(self) -> list[EvaluatedModel]:
        """Return the models, each with the prompt that it is asked under."""
        models = [self.model, *([self.compare_with] if self.compare_with else [])]
        return [model.model_copy(update={"prompt": model.prompt or self.model.style}) for model in models]


def _difference(model: EvaluatedModel, models: list[EvaluatedModel]) -> str:
    """Return what tells a model from another of the same name: prompt, revision, precision or weights."""
    if len({each.prompt for each in models}) > 1:
        return f"{model.style} prompt"
    if len({each.language_model.revision for each in models}) > 1:
        return f"revision {model.language_model.revision or 'main'}"
    if len({each.language_model.dtype for each in models}) > 1:
        return str(model.language_model.dtype)
    identity = model.language_model.identity()
    return str(identity["adapter"] or identity["revision"])
