"""Calibration: how probable a decision is, as against how probable a model makes it.

A model that is asked for yes, no or maybe hardly ever says maybe, and is surer than it is right. A temperature and a
bias for each decision, fitted on questions whose decisions are known, mend both (Guo et al. 2017, arXiv 1706.04599;
Zhao et al. 2021, arXiv 2102.09690).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from pydantic import BaseModel, ConfigDict, Field

from tasks.decisions import DECISIONS, Decision
from tasks.errors import DistilleryError

PROBABILITIES = tuple(f"p_{decision}" for decision in DECISIONS)
LEAST = 1e-6
"""What a probability of 0 counts as: no evidence is endless."""
BINS = 10
STEPS = 100
RIDGE = 1e-2
"""Pull of biases towards 0, in items: a decision that is never right among few items is rare, not impossible."""
LEAST_SLOPE = 0.05


class CalibrationError(DistilleryError):
    """There is nothing to fit a calibration to; the message says what is missing."""


class Calibration(BaseModel):
    """Makes the probabilities of yes, no and maybe true: softmax(log p / temperature + bias)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    temperature: float = Field(
        default=1.0, gt=0, le=20, title="Temperature", description="Above 1 where the model is too sure of itself."
    )
    yes: float = Field(default=0.0, ge=-20, le=20, title="Bias of yes")
    no: float = Field(default=0.0, ge=-20, le=20, title="Bias of no")
    maybe: float = Field(
        default=0.0, ge=-20, le=20, title="Bias of maybe", description="Above 0 where the model says maybe too rarely."
    )

    @property
    def is_identity(self) -> bool:
        """Whether it leaves every probability as it is."""
        return self == Calibration()

    def apply(self, probabilities: Mapping[Decision, float]) -> dict[Decision, float]:
        """Return the calibrated probabilities of the three decisions; they add up to 1."""
        biases: dict[Decision, float] = {"yes": self.yes, "no": self.no, "maybe": self.maybe}
        logits = {
            decision: math.log(max(probabilities[decision], LEAST)) / self.temperature + biases[decision]
            for decision in DECISIONS
        }
        highest = max(logits.values())
        weights = {decision: math.exp(logit - highest) for decision, logit in logits.items()}
        total = sum(weights.values())
        return {decision: weight / total for decision, weight in weights.items()}


@dataclass(frozen=True, slots=True)
class Fit:
    """A fitted calibration, and what it is worth on the items that it was fitted to.

    Attributes:
        items: how many.
        loss_before, loss_after: mean negative log-probability of the true decision (nats).
        ece_before, ece_after: expected calibration error of the likeliest decision, in ten bins of equal width.
    """

    calibration: Calibration
    items: int
    loss_before: float
    loss_after: float
    ece_before: float
    ece_after: float


def fit_calibration(items: pl.DataFrame) -> Fit:
    """Return the temperature and biases under which the true decisions are the most probable.

    Args:
        items: p_yes, p_no, p_maybe (of a model, normalised or not; rows without are left out) and gold (yes, no or
            maybe) of questions that the calibration is not used on.

    Raises:
        CalibrationError: too few items have probabilities, or all have the same gold decision.
    """
    known = items.select(*PROBABILITIES, "gold").drop_nulls()
    unknown = known.filter(~pl.col("gold").is_in(DECISIONS))["gold"].to_list()
    if unknown:
        raise CalibrationError(f"gold decisions are yes, no or maybe, found {unknown[0]!r}")
    if known["gold"].n_unique() < 2 or len(known) < BINS:
        raise CalibrationError(
            f"{len(known)} items with probabilities and {known['gold'].n_unique()} different gold decisions are too "
            f"few to calibrate by; give at least {BINS} items and two decisions"
        )
    logs = _log_probabilities(known.select(PROBABILITIES).to_numpy())
    gold = known["gold"].replace_strict({name: at for at, name in enumerate(DECISIONS)}, return_dtype=pl.Int64)
    answers = gold.to_numpy()
    slope, biases = _fit(logs, answers)
    before, after = np.exp(logs), _softmax(slope * logs + biases)
    yes, no, maybe = (round(float(bias), 4) for bias in biases)
    return Fit(
        calibration=Calibration(temperature=round(float(1 / slope), 4), yes=yes, no=no, maybe=maybe),
        items=len(known),
        loss_before=log_loss(before, answers),
        loss_after=log_loss(after, answers),
        ece_before=expected_calibration_error(before, answers),
        ece_after=expected_calibration_error(after, answers),
    )


def log_loss(probabilities: np.ndarray, gold: np.ndarray) -> float:
    """Return the mean negative log-probability of the true decisions (rows x decisions; places of the true ones)."""
    return float(-np.log(np.maximum(probabilities[np.arange(len(gold)), gold], LEAST)).mean())


def expected_calibration_error(probabilities: np.ndarray, gold: np.ndarray) -> float:
    """Return how far the likeliest decisions' probabilities lie from how often they are right, by bin, weighted."""
    sure, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == gold
    bins = np.minimum((sure * BINS).astype(int), BINS - 1)
    gaps = [abs(sure[bins == each].mean() - right[bins == each].mean()) * (bins == each).sum() for each in set(bins)]
    return float(sum(gaps) / len(gold))


def _fit(logs: np.ndarray, gold: np.ndarray) -> tuple[float, np.ndarray]:
    """Return slope (1 / temperature) and biases by damped Newton steps: the loss is convex in both."""
    truth = np.eye(len(DECISIONS))[gold]
    parameters = np.array([1.0, 0.0, 0.0, 0.0])
    penalty = RIDGE * np.array([0.0, 1.0, 1.0, 1.0])
    # One design matrix per item: the logit of decision k is (log p_k, 1 at k) times the parameters.
    design = np.concatenate([logs[:, :, None], np.broadcast_to(np.eye(3), (len(logs), 3, 3))], axis=2)

    def loss(at: np.ndarray) -> float:
        shares = np.maximum(_softmax(design @ at), 1e-300)
        return float(-(truth * np.log(shares)).sum() + 0.5 * (penalty * at**2).sum())

    for _ in range(STEPS):
        shares = _softmax(design @ parameters)
        gradient = np.einsum("ik,ikp->p", shares - truth, design) + penalty * parameters
        mean = np.einsum("ik,ikp->ip", shares, design)
        hessian = np.einsum("ik,ikp,ikq->pq", shares, design, design) - mean.T @ mean + np.diag(penalty + 1e-9)
        step, length, now = np.linalg.solve(hessian, gradient), 1.0, loss(parameters)
        while length > 1e-6 and loss(parameters - length * step) > now:
            length /= 2
        parameters = parameters - length * step
        if np.abs(length * step).max() < 1e-9:
            break
    slope, biases = float(parameters[0]), parameters[1:]
    if slope < LEAST_SLOPE:  # a model that is right no more often than chance: how frequent decisions are decides
        slope, biases = LEAST_SLOPE, np.log(truth.mean(axis=0) + 1 / len(truth))
    return slope, biases - biases.mean()


def _log_probabilities(weights: np.ndarray) -> np.ndarray:
    kept = np.maximum(weights, LEAST)
    logs: np.ndarray = np.log(kept / kept.sum(axis=1, keepdims=True))
    return logs


def _softmax(logits: np.ndarray) -> np.ndarray:
    weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: np.ndarray = weights / weights.sum(axis=1, keepdims=True)
    return shares
