"""Train a student on examples: those that a teacher labelled, or gold ones, whose score is a student's ceiling."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
import torch
from transformers import set_seed

from tasks.extraction.declaration import ExtractionTask
from tasks.extraction.splits import divide
from tasks.extraction.student.batches import Row, row_of
from tasks.extraction.student.kept import Epoch
from tasks.extraction.student.model import Student, StudentConfig
from tasks.extraction.student.new_student import new_student
from tasks.extraction.student.settings import StudentSettings
from tasks.extraction.student.trainer import StudentTrainer
from tasks.extraction.student.words import windows


@dataclass(frozen=True, slots=True)
class TrainedStudent:
    """A student as good as it was on the held-out examples at its best epoch.

    ``lost`` counts spans of the training examples that share a word with another of their kind.
    """

    student: Student
    tokenizer: Any
    epochs: list[Epoch]
    lost: int


def train_student(
    examples: pl.DataFrame,
    task: ExtractionTask,
    settings: StudentSettings,
    told: Callable[[Epoch], None] = lambda epoch: None,
) -> TrainedStudent:
    """Train on most groups of the examples and stop by the F1 on the others.

    Args:
        examples: rows of the task's schema.
        told: called after every epoch.

    Raises:
        DistilleryError: the examples are of one group, so that none can be held out; see also ``new_student``.
    """
    set_seed(settings.seed)
    train, held_out = divide(examples, settings.held_out)
    student, tokenizer = new_student(task, settings)
    if not torch.cuda.is_available():
        student.encoder.set_attn_implementation("eager")  # PyTorch's own takes 1.5 times as long backward on CPUs
    rows = rows_of(train, task, student.config, tokenizer)
    with TemporaryDirectory() as folder:
        trainer = StudentTrainer(student, tokenizer, task, held_out, rows, settings, Path(folder), told)
        trainer.train()
    student.load_state_dict(trainer.best)
    return TrainedStudent(student, tokenizer, trainer.epochs, sum(row.lost for row in rows))


def rows_of(examples: pl.DataFrame, task: ExtractionTask, config: StudentConfig, tokenizer: Any) -> list[Row]:  # noqa: ANN401
    """Return the examples' windows with their targets."""
    targets = [task.form.read(row) for row in examples.iter_rows(named=True)]
    return [
        row_of(window, targets[window.example], config.span_labels, config.anchor)
        for window in windows(examples["text"].to_list(), tokenizer, config.window, config.overlap)
    ]
