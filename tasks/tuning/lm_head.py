"""The output layer in training."""

from trl.trainer import utils


def score_completions_only() -> None:
    """Make TRL put only positions with a label through the output layer, on CPUs as it does on GPUs.

    TRL 1.16 takes every position where there is no Triton, because tiles of changing shapes are compiled again on some
    accelerators. On a CPU nothing is compiled, and a small model with a large vocabulary spends half of its step on
    predicting prompts (benchmarks/dpo_step.py).
    """
    utils._use_triton = lambda device: True  # type: ignore[attr-defined]
