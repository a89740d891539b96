"""Transformers' trainer for students: rates of their own, a running mean of the weights, the best epoch kept."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import torch
from torch import Tensor
from torch.optim.swa_utils import AveragedModel
from torch.utils.data import Dataset
from transformers import PrinterCallback, Trainer, TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from tasks.extraction.counts import f1_of
from tasks.extraction.declaration import ExtractionTask
from tasks.extraction.student.batches import Row, batch_of
from tasks.extraction.student.kept import Epoch
from tasks.extraction.student.length_batches import LengthBatches
from tasks.extraction.student.model import Student
from tasks.extraction.student.predict import predict
from tasks.extraction.student.settings import StudentSettings
from tasks.hardware import cpu_computes_bfloat16

SMALL, SMALL_RATE, LARGE_RATE = 512, 3e-4, 5e-5
"""Up to how many dimensions an encoder is small, and the learning rates of small and large ones."""


class _Rows(Dataset[Row]):
    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = rows

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, place: int) -> Row:
        return self.rows[place]


class StudentTrainer(Trainer):
    """Transformers' trainer, which after each epoch looks at what the student finds in the held-out examples."""

    def __init__(
        self,
        student: Student,
        tokenizer: Any,  # noqa: ANN401
        task: ExtractionTask,
        held_out: pl.DataFrame,
        rows: Sequence[Row],
        settings: StudentSettings,
        folder: Path,
        told: Callable[[Epoch], None],
    ) -> None:
        self.tokenizer, self.task, self.held_out, self.told = tokenizer, task, held_out, told
        self.settings, self.rows = settings, rows
        self.epochs: list[Epoch] = []
        self.optimizer: torch.optim.Optimizer | None
        self.control: TrainerControl
        self.best: dict[str, Tensor] = {}
        padding = tokenizer.pad_token_id
        super().__init__(
            model=student,
            args=_arguments(settings, folder, student.span_head.in_features),
            train_dataset=_Rows(rows),
            eval_dataset=_Rows([]),
            data_collator=lambda batch: batch_of(batch, padding),
        )
        self.averaged = AveragedModel(student, multi_avg_fn=_running_mean(settings.averaging))  # where it now lies
        self.add_callback(_Averaging(self.averaged))
        self.remove_callback(PrinterCallback)

    def create_optimizer(self, model: Any = None) -> torch.optim.Optimizer:  # noqa: ANN401
        """Give heads, which start from nothing, a learning rate of their own."""
        if self.optimizer is None:
            named = [(name, weight) for name, weight in self.model.named_parameters() if weight.requires_grad]
            rates = {True: self.args.learning_rate, False: self.settings.head_learning_rate}
            self.optimizer = torch.optim.AdamW(
                [
                    {
                        "params": [weight for name, weight in named if name.startswith("encoder.") is inner],
                        "lr": rate,
                    }
                    for inner, rate in rates.items()
                ],
                weight_decay=self.settings.weight_decay,
                fused=True,
            )
        return self.optimizer

    def _get_train_sampler(self, *_: object) -> LengthBatches:
        return LengthBatches([len(row.window.token_ids) for row in self.rows], self.settings.batch)

    def evaluate(self, *_: object, **__: object) -> dict[str, float]:
        """Return the F1 of the averaged weights on the held-out examples; keep the best, stop where it is long past.

        As long as nothing right is found, as in the first epochs on poor labels, the last epoch is the best.
        """
        student = self.averaged.module
        f1 = f1_of(self.task.count(self.held_out, predict(self.held_out, self.task, student, self.tokenizer)))
        if f1 > (reached := max((epoch.f1 for epoch in self.epochs), default=0.0)) or not reached:
            self.best = {name: weight.clone() for name, weight in student.state_dict().items()}
        self.epochs.append(Epoch(self.state.epoch or 0.0, f1))
        self.told(self.epochs[-1])
        best = max(range(len(self.epochs)), key=lambda place: self.epochs[place].f1)
        stale = len(self.epochs) - 1 - best if self.epochs[best].f1 else 0
        self.control.should_training_stop |= stale >= self.settings.patience
        return {"eval_f1": f1}


class _Averaging(TrainerCallback):
    """Keeps a running mean of the weights, which is better than any of them: labels, gold or not, are noisy."""

    def __init__(self, averaged: AveragedModel) -> None:
        self.averaged = averaged

    def on_step_end(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        **kwargs: Any,  # noqa: ANN401
    ) -> None:
        self.averaged.update_parameters(kwargs["model"])


def _running_mean(most: float) -> Callable[[Sequence[Tensor], Sequence[Tensor], Tensor], None]:
    """Return how the mean takes in a step's weights: as its equal at first, so that few steps are enough."""

    def update(mean: Sequence[Tensor], weights: Sequence[Tensor], steps: Tensor) -> None:
        stays = min(most, float(steps) / (float(steps) + 9))
        torch._foreach_lerp_(list(mean), list(weights), 1 - stays)

    return update


def _arguments(settings: StudentSettings, folder: Path, dimensions: int) -> TrainingArguments:
    on_gpu = torch.cuda.is_available()
    computes = torch.cuda.is_bf16_supported(including_emulation=False) if on_gpu else cpu_computes_bfloat16()
    arguments = TrainingArguments(
        output_dir=str(folder),
        num_train_epochs=settings.epochs,
        per_device_train_batch_size=settings.batch,
        learning_rate=settings.learning_rate or (SMALL_RATE if dimensions <= SMALL else LARGE_RATE),
        lr_scheduler_type="linear",
        warmup_steps=settings.warm_up,
        seed=settings.seed,
        bf16=settings.dtype == "bfloat16" or (settings.dtype == "auto" and computes),
        use_cpu=not on_gpu,
        dataloader_pin_memory=on_gpu,
        remove_unused_columns=False,
        eval_strategy="epoch",
        save_strategy="no",
        logging_strategy="no",
        report_to="none",
        disable_tqdm=True,
    )
    arguments._n_gpu = min(arguments.n_gpu, 1)  # several would make another batch of a step; a student needs one
    return arguments
