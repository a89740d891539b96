"""What a finished training says of itself: ``training.json``."""

import polars as pl
from pydantic import BaseModel, ConfigDict

from tasks.tuning.settings import AnyTraining

CURVE_SCHEMA = {
    "step": pl.Int64,
    "epoch": pl.Float64,
    "loss": pl.Float64,
    "learning_rate": pl.Float64,
    "gradient_norm": pl.Float64,
    "margin": pl.Float64,
    "accuracy": pl.Float64,
}


class LossPoint(BaseModel):
    """One step. ``loss`` is per completion token (cross-entropy, natural logarithm) or per pair (DPO).

    ``margin`` and ``accuracy`` are DPO's: the mean difference of implicit rewards, and the share of pairs whose chosen
    completion has the higher one, both before the step.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    step: int
    epoch: float
    loss: float
    learning_rate: float
    gradient_norm: float
    margin: float | None = None
    accuracy: float | None = None


class HeldOutLoss(BaseModel):
    """How well a model does on the rows held out; of a passage, on the tokens that fit one sequence.

    ``per_token`` is the cross-entropy per completion token (of chosen completions where rows are pairs); ``exact`` the
    share of completions whose every token is the likeliest: an evaluator's agreement with its labels. ``pair_loss``,
    ``margin`` and ``accuracy`` are DPO's, each a mean over pairs.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    rows: int
    tokens: int
    per_token: float
    exact: float | None = None
    rejected_per_token: float | None = None
    pair_loss: float | None = None
    margin: float | None = None
    accuracy: float | None = None


class TrainingReport(BaseModel):
    """How an adapter came about.

    ``seconds_per_step`` is the median; ``seconds`` adds up the steps of all attempts, repeated ones too;
    ``resumed_from`` names the steps from which the training went on after it was ended early.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    digest: str
    recipe: dict[str, object]
    settings: AnyTraining
    model: str
    rows: int
    held_out_rows: int
    refused: dict[str, int]
    trainable_parameters: int
    steps: int
    rows_per_pass: int
    processes: int
    device: str
    losses: list[LossPoint]
    held_out_before: HeldOutLoss | None
    held_out_after: HeldOutLoss | None
    seconds: float
    seconds_per_step: float
    peak_memory_mb: float
    estimated_memory_mb: float
    resumed_from: list[int]
    versions: dict[str, str]

    def curve(self) -> pl.DataFrame:
        """Return the loss curve, one row per step; columns as in ``CURVE_SCHEMA``."""
        return pl.DataFrame([point.model_dump() for point in self.losses], schema=CURVE_SCHEMA)
