"""What happens in a training as it happens: progress after every step, whole checkpoints, losses that are numbers."""

import math
import time
from collections import deque
from pathlib import Path
from typing import Any

import torch
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from tasks.errors import DistilleryError
from tasks.tuning.checkpoints import mark_whole
from tasks.tuning.progress import Progress, ProgressLog
from tasks.tuning.report import LossPoint

STEPS_AVERAGED = 20
MIB = 2**20


class Trace(TrainerCallback):  # type: ignore[misc]  # transformers is not typed
    """Tells of each step, and marks each checkpoint when all processes have written their part of it."""

    def __init__(self, log: ProgressLog) -> None:
        self._log = log
        self._began = time.monotonic()
        self._took: deque[float] = deque(maxlen=STEPS_AVERAGED)

    def on_step_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_given: object
    ) -> None:
        """Start the clock."""
        self._began = time.monotonic()

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, float],
        **_given: object,
    ) -> None:
        """Tell of a step.

        Raises:
            DistilleryError: the loss is no number, from which no training recovers.
        """
        if "loss" not in logs:
            return
        if not math.isfinite(logs["loss"]):
            raise DistilleryError(
                f"the loss at step {state.global_step} is {logs['loss']}; lower learning_rate "
                f"({args.learning_rate:g}), or train in float32 (dtype)"
            )
        seconds = time.monotonic() - self._began
        self._took.append(seconds)
        if state.is_world_process_zero:
            left = (state.max_steps - state.global_step) * sum(self._took) / len(self._took)
            self._log.tell(
                Progress(
                    phase="training",
                    step=state.global_step,
                    steps=state.max_steps,
                    loss=logs["loss"],
                    seconds=seconds,
                    seconds_left=left,
                    peak_mb=peak_memory_mb(),
                )
            )

    def on_save(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_given: object) -> None:
        """Mark the checkpoint just written."""
        if torch.distributed.is_initialized():
            torch.distributed.barrier()
        if state.is_world_process_zero:
            mark_whole(Path(args.output_dir) / f"checkpoint-{state.global_step}")


def loss_points(history: list[dict[str, Any]]) -> list[LossPoint]:
    """Return the steps of a trainer's log history, which a checkpoint carries on."""
    return [
        LossPoint(
            step=entry["step"],
            epoch=entry["epoch"],
            loss=entry["loss"],
            learning_rate=entry["learning_rate"],
            gradient_norm=entry["grad_norm"],
            margin=entry.get("rewards/margins"),
            accuracy=entry.get("rewards/accuracies"),
        )
        for entry in history
        if "loss" in entry
    ]


def peak_memory_mb() -> float:
    """Return the most memory that this process had: MiB of the GPU where there is one, resident otherwise."""
    if torch.cuda.is_available():
        return float(torch.cuda.max_memory_reserved()) / MIB
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0
