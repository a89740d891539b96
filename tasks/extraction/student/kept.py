"""A student that was trained and lies in a folder."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Epoch:
    """What an epoch came to on the held-out examples."""

    epoch: float
    f1: float


@dataclass(frozen=True, slots=True)
class KeptStudent:
    """A student's folder and how it came to be.

    Attributes:
        folder: as ``load_student`` takes it.
        epochs: what each came to on the held-out examples.
        examples: sentences that it was trained on or stopped by.
        lost: spans of theirs that words can not stand for.
        reused: whether it stood there already.
    """

    folder: Path
    epochs: tuple[Epoch, ...]
    examples: int
    lost: int
    reused: bool

    @property
    def best_f1(self) -> float:
        """The F1 on held-out examples at the epoch that was kept."""
        return max(epoch.f1 for epoch in self.epochs)
