"""How a student is built and trained."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from tasks.assets.catalogue import MINILM

Precision = Literal["float32", "bfloat16"]
Head = Literal["mlp", "linear", "biaffine"]


class StudentSettings(BaseModel):
    """An encoder, its heads and its training; the values are ours unless they say so."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    encoder: str = Field(
        default=MINILM.name,
        title="Encoder",
        description="The embedded MiniLM, a Hugging Face name such as microsoft/BiomedNLP-BiomedBERT-base-uncased-"
        "abstract, or a local folder.",
    )
    revision: str | None = Field(default=None, title="Revision")
    head: Head = Field(
        default="mlp", title="Head of the related spans", description="The paper's (arXiv 2307.06439) is linear."
    )
    train_words: bool = Field(
        default=False,
        title="Train the embeddings of words",
        description="Half of a small encoder's weights, of which a corpus of sentences touches few.",
    )
    width: int = Field(default=128, ge=1, title="Units of the head's hidden layer")
    dropout: float = Field(default=0.1, ge=0, lt=1, title="Dropout")
    epochs: float = Field(default=10.0, gt=0, title="Epochs", description="Training ends earlier; see patience.")
    patience: int = Field(
        default=3, ge=1, title="Patience", description="Epochs without a better F1 on held-out labels to stop after."
    )
    learning_rate: float | None = Field(
        default=None,
        gt=0,
        title="Learning rate of the encoder",
        description="Empty: 3e-4 for encoders of at most 512 dimensions, such as MiniLM, 5e-5 for larger ones.",
    )
    head_learning_rate: float = Field(default=1e-3, gt=0, title="Learning rate of the heads")
    warm_up: float = Field(default=0.1, ge=0, lt=1, title="Warm-up", description="A share of all steps.")
    weight_decay: float = Field(default=0.01, ge=0, title="Weight decay")
    averaging: float = Field(
        default=0.99, ge=0, lt=1, title="Averaging", description="Share of a step's mean weights that stays; 0: none."
    )
    batch: int = Field(default=16, ge=1, title="Sentences per step")
    event_weight: float = Field(
        default=1.0, ge=0, title="Weight of the related spans' loss", description="Lambda, beside the other losses' 1."
    )
    outside_weight: float = Field(
        default=1.0, gt=0, title="Weight of words outside of all spans", description="Below 1, more is found."
    )
    window: int = Field(default=256, ge=16, title="Tokens encoded at once")
    overlap: int = Field(default=64, ge=0, title="Tokens that two windows of a text share")
    held_out: float = Field(default=0.1, gt=0, lt=1, title="Share of groups held out to stop by")
    seed: int = Field(default=0, ge=0, title="Seed")
    dtype: Literal["auto", "bfloat16", "float32"] = Field(
        default="auto", title="Precision", description="Auto: bfloat16 where GPU or CPU computes in it."
    )

    @model_validator(mode="after")
    def _windows_move_on(self) -> "StudentSettings":
        if 2 * self.overlap >= self.window:
            raise ValueError(
                f"overlap must be less than half of the window of {self.window} tokens, and is {self.overlap}"
            )
        return self
