"""How an adapter is trained: the paper's values as defaults, and presets for the small model on a CPU.

Values marked "ours" are stated neither by the papers (Cai et al. 2025, arXiv 2501.15108 and 2504.19565) nor by their
released settings.
"""

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from tasks.errors import DistilleryError
from tasks.serving.model import LanguageModel
from tasks.store.recipe import Recipe

Precision = Literal["auto", "bfloat16", "float32"]
Schedule = Literal["cosine", "linear", "constant"]
Objective = Literal["completion", "preference", "text"]

VERSION = 1
LLAMA_LAYERS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
NOT_IN_RECIPE = frozenset(
    {"device_batch", "gradient_checkpointing", "checkpoint_every", "processes", "held_out", "least_margin"}
)
"""Settings that are no part of a recipe: see ``Training.recipe``."""


class Lora(BaseModel):
    """A low-rank adapter (Hu et al. 2021, arXiv 2106.09685): W + alpha / rank * B A."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rank: int = Field(default=8, ge=1, title="Rank")
    alpha: int = Field(default=16, ge=1, title="Alpha")
    dropout: float = Field(default=0.05, ge=0, lt=1, title="Dropout", description="On the adapter's input.")
    targets: tuple[str, ...] = Field(
        default=(), title="Layers", description="Names of linear layers; empty: all but the output layer."
    )

    def without_dropout(self) -> Self:
        """Return the same without dropout, whose random numbers take a CPU as long as a quarter of a step."""
        return self.model_copy(update={"dropout": 0.0})


WIDE_LORA = Lora(rank=16, alpha=32, targets=LLAMA_LAYERS)
"""The paper's adapter of the target model."""


class Training(BaseModel):
    """What every training has. Its subclasses are the kinds of training, with the paper's values as defaults."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    objective: ClassVar[Objective]

    lora: Lora = Field(default=Lora(), title="LoRA")
    epochs: float = Field(default=1.0, gt=0, title="Epochs")
    most_steps: int | None = Field(default=None, ge=1, title="Most steps", description="Ends the training earlier.")
    learning_rate: float = Field(gt=0, title="Learning rate")
    schedule: Schedule = Field(default="cosine", title="Learning-rate schedule")
    warm_up: float = Field(default=0.0, ge=0, title="Warm-up", description="Steps; below 1, a share of all steps.")
    weight_decay: float = Field(default=0.0, ge=0, title="Weight decay")
    effective_batch: int = Field(ge=1, title="Rows per step", description="Over all devices and accumulated passes.")
    max_length: int = Field(ge=8, title="Longest sequence, in tokens")
    held_out: float = Field(default=0.05, ge=0, lt=1, title="Share of PMIDs held out")
    seed: int = Field(default=0, ge=0, title="Seed")
    dtype: Precision = Field(default="auto", title="Precision", description="Auto: bfloat16 where the hardware has it.")
    four_bit: bool = Field(default=False, title="4-bit base", description="Needs a GPU and bitsandbytes.")
    device_batch: int = Field(default=4, ge=1, title="Rows per pass", description="Most that a device takes at once.")
    gradient_checkpointing: bool = Field(default=True, title="Gradient checkpointing")
    checkpoint_every: int = Field(default=50, ge=1, title="Steps between checkpoints")
    processes: int | None = Field(default=None, ge=1, title="Processes", description="None: one per GPU, or one.")

    def within(self, longest: int | None) -> Self:
        """Return the settings with no sequence longer than that many tokens, where a model's positions end."""
        if longest is None or longest >= self.max_length:
            return self
        return self.model_copy(update={"max_length": longest})

    def recipe(self, model: LanguageModel, rows: str, held_out: str) -> Recipe:
        """Return how the adapter is made.

        | no part of it | why |
        |---|---|
        | rows per pass, processes, gradient checkpointing | the same steps in other portions |
        | checkpoint interval | changes nothing |
        | held-out share, least margin | what they do shows in the rows |
        | the precision in which a model is served | says nothing about how it is trained |

        Other portions sum in another order and draw dropout anew: they change an adapter as another seed would.

        Args:
            rows: fingerprint of the training rows.
            held_out: fingerprint of the held-out rows, which the report is about.

        Raises:
            DistilleryError: the model is known by a URL alone.
            ValueError: the precision is still "auto"; see ``tasks.tuning.device.resolve``.
        """
        if model.url is not None:
            raise DistilleryError(
                f"{model.model} at {model.url} can not be trained; name its folder or its Hugging Face name, and no URL"
            )
        if self.dtype == "auto":
            raise ValueError("the precision is still open; resolve the settings before asking for their recipe")
        identity = {name: value for name, value in model.identity().items() if name != "dtype"}
        parameters: dict[str, Any] = self.model_dump(mode="json", exclude=set(NOT_IN_RECIPE))
        return Recipe("adapters", VERSION, {**parameters, "model": identity, "rows": rows, "held_out_rows": held_out})


class GeneratorSft(Training):
    """Document -> question, token cross-entropy on the question alone. The paper: 6 epochs, bf16."""

    objective = "completion"

    kind: Literal["generator-sft"] = "generator-sft"
    epochs: float = Field(default=6.0, gt=0, title="Epochs")
    learning_rate: float = Field(default=2e-4, gt=0, title="Learning rate", description="Ours.")
    warm_up: float = Field(default=0.03, ge=0, title="Warm-up", description="Steps or a share of them; ours.")
    effective_batch: int = Field(default=16, ge=1, title="Rows per step", description="Ours.")
    max_length: int = Field(default=1024, ge=8, title="Longest sequence, in tokens", description="Ours.")

    @classmethod
    def cpu(cls) -> Self:
        """Return settings that train the embedded model in minutes on two cores."""
        return cls(
            lora=Lora().without_dropout(), epochs=2.0, most_steps=60, learning_rate=5e-4, effective_batch=4,
            device_batch=2, max_length=640, held_out=0.1, gradient_checkpointing=False, checkpoint_every=10,
        )  # fmt: skip


class GeneratorDpo(Training):
    """Direct preference optimisation (Rafailov et al. 2023, arXiv 2305.18290); the reference is the adapter off.

    ``lora.dropout`` is in force, on the policy only; TRL would switch it off by default.
    """

    objective = "preference"

    kind: Literal["generator-dpo"] = "generator-dpo"
    beta: float = Field(default=0.1, gt=0, title="Beta", description="Strength of the pull towards the reference.")
    least_margin: float = Field(default=0.0, ge=0, title="Least margin", description="In standard deviations.")
    learning_rate: float = Field(default=5e-4, gt=0, title="Learning rate")
    warm_up: float = Field(default=100.0, ge=0, title="Warm-up", description="Steps; below 1, a share of all steps.")
    effective_batch: int = Field(default=128, ge=1, title="Pairs per step")
    max_length: int = Field(default=1024, ge=8, title="Longest prompt and completion, in tokens")

    @classmethod
    def cpu(cls) -> Self:
        """Return settings that train the embedded model in minutes on two cores."""
        return cls(
            lora=Lora().without_dropout(), most_steps=30, learning_rate=1e-4, warm_up=0.1, effective_batch=4,
            device_batch=1, max_length=1024, held_out=0.1, gradient_checkpointing=False, checkpoint_every=5,
        )  # fmt: skip


class EvaluatorSft(Training):
    """Two questions and the articles that they find -> which is better, cross-entropy on the verdict alone.

    The rule's labels start the evaluator (m-KAILIN, arXiv 2504.19565); its settings are ours.
    """

    objective = "completion"

    kind: Literal["evaluator-sft"] = "evaluator-sft"
    lora: Lora = Field(default=WIDE_LORA, title="LoRA")
    learning_rate: float = Field(default=2e-4, gt=0, title="Learning rate")
    warm_up: float = Field(default=0.1, ge=0, title="Warm-up", description="Steps; below 1, a share of all steps.")
    effective_batch: int = Field(default=16, ge=1, title="Rows per step")
    max_length: int = Field(default=2048, ge=8, title="Longest sequence, in tokens")

    @classmethod
    def cpu(cls) -> Self:
        """Return settings that train the embedded model in minutes on two cores."""
        return cls(
            lora=WIDE_LORA.without_dropout(), most_steps=60, learning_rate=1e-3, effective_batch=8,
            device_batch=4, max_length=1024, held_out=0.2, gradient_checkpointing=False, checkpoint_every=10,
        )  # fmt: skip


class TargetCpt(Training):
    """Continued pre-training on whole passages, packed without letting one passage attend to another."""

    objective = "text"

    kind: Literal["target-cpt"] = "target-cpt"
    lora: Lora = Field(default=WIDE_LORA, title="LoRA")
    learning_rate: float = Field(default=2e-5, gt=0, title="Learning rate")
    warm_up: float = Field(default=0.1, ge=0, title="Warm-up", description="Steps; below 1, a share of all steps.")
    effective_batch: int = Field(default=16, ge=1, title="Sequences per step")
    max_length: int = Field(default=8192, ge=8, title="Length of a packed sequence, in tokens")
    device_batch: int = Field(default=1, ge=1, title="Sequences per pass")

    @classmethod
    def cpu(cls) -> Self:
        """Return settings that train the embedded model in minutes on two cores."""
        return cls(
            lora=WIDE_LORA.without_dropout(), most_steps=30, learning_rate=2e-4, effective_batch=2, max_length=1024,
            held_out=0.1, gradient_checkpointing=False, checkpoint_every=5,
        )  # fmt: skip


class TargetSft(Training):
    """Contexts and question -> decision and answer, cross-entropy on the answer alone, after ``TargetCpt``."""

    objective = "completion"

    kind: Literal["target-sft"] = "target-sft"
    lora: Lora = Field(default=WIDE_LORA, title="LoRA")
    epochs: float = Field(default=3.0, gt=0, title="Epochs", description="Ours.")
    learning_rate: float = Field(default=2e-5, gt=0, title="Learning rate")
    warm_up: float = Field(default=0.1, ge=0, title="Warm-up", description="Steps; below 1, a share of all steps.")
    effective_batch: int = Field(default=16, ge=1, title="Rows per step")
    max_length: int = Field(default=4096, ge=8, title="Longest sequence, in tokens", description="Ours.")

    @classmethod
    def cpu(cls) -> Self:
        """Return settings that train the embedded model in minutes on two cores."""
        return cls(
            lora=WIDE_LORA.without_dropout(), epochs=1.0, most_steps=30, learning_rate=5e-4, effective_batch=2,
            device_batch=1, max_length=2048, held_out=0.1, checkpoint_every=5,
        )  # fmt: skip


AnyTraining = Annotated[GeneratorSft | GeneratorDpo | EvaluatorSft | TargetCpt | TargetSft, Field(discriminator="kind")]
TrainingKind = type[GeneratorSft] | type[GeneratorDpo] | type[EvaluatorSft] | type[TargetCpt] | type[TargetSft]


def kind_name(kind: TrainingKind) -> str:
    """Return what a kind of training is called, such as generator-sft."""
    return str(kind.model_fields["kind"].default)
