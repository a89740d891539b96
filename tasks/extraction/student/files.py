"""A student's folder, as Hugging Face has models: configuration, weights, tokenizer, model card."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from typing import Any

import torch
from transformers import AutoTokenizer

from tasks.extraction.student.folder import check_student
from tasks.extraction.student.model import Student, StudentConfig

CARD = "README.md"


@dataclass(frozen=True, slots=True)
class CardFacts:
    """What a model card says.

    Attributes:
        base: the encoder that the student started from.
        labels_from: who labelled the examples: a teacher's name, or "gold".
        examples: how many sentences it was trained on and stopped by.
        held_out_f1: on labels of the same kind, of sentences that it was not trained on.
    """

    base: str
    labels_from: str
    examples: int
    held_out_f1: float


def save_student(folder: Path, student: Student, tokenizer: Any, facts: CardFacts) -> Path:  # noqa: ANN401
    """Write a student to a folder, whole or not at all; return the folder."""
    unfinished = folder.with_name(f"{folder.name}.tmp-{os.getpid()}")
    student.save_pretrained(unfinished)
    tokenizer.save_pretrained(unfinished)
    (unfinished / CARD).write_text(model_card(student.config, facts), encoding="utf-8")
    rmtree(folder, ignore_errors=True)
    unfinished.rename(folder)
    return folder


def load_student(folder: Path) -> tuple[Student, Any]:
    """Return a student, on the GPU where there is one, and its tokenizer.

    Raises:
        DistilleryError: the folder holds no student.
    """
    check_student(folder)
    student = Student.from_pretrained(folder).to("cuda" if torch.cuda.is_available() else "cpu")
    return student.eval(), AutoTokenizer.from_pretrained(folder)


def model_card(config: StudentConfig, facts: CardFacts) -> str:
    """Return a model card in Markdown (https://huggingface.co/docs/hub/model-cards)."""
    found = [f"spans: {', '.join(config.span_labels)}"] if config.span_labels else []
    found += [f"what is related to each {config.anchor}, by the head `{config.head}`"] if config.anchor else []
    found += [f"one of {config.sentence_labels} labels of the sentence"] if config.sentence_labels else []
    scores = [("F1 on held-out examples of the same labels", facts.held_out_f1)]
    return "\n".join(
        [
            "---",
            "library_name: transformers",
            "language: en",
            f"base_model: {facts.base}",
            f"tags: [{', '.join(['biomedical', 'information-extraction', config.task])}]",
            "---",
            "",
            f"# Extraction student: {config.task}",
            "",
            "A small encoder that finds, in one pass over a sentence:",
            "",
            *(f"- {each}" for each in found),
            "",
            f"It started from {facts.base} and learnt from {facts.examples:,} sentences labelled by "
            f"{facts.labels_from}. What they got wrong it may have learnt, too.",
            "",
            "```python",
            "from pathlib import Path",
            "",
            "from tasks.extraction.student.files import load_student",
            "from tasks.extraction.student.predict import find",
            "",
            f'student, tokenizer = load_student(Path("{config.task}-student"))',
            'find(student, tokenizer, ["A sentence."])',
            "```",
            "",
            *_table(scores),
            "",
            "Not for clinical decisions.",
            "",
        ]
    )


def _table(scores: Sequence[tuple[str, float]]) -> list[str]:
    return ["| score | value |", "|---|---|", *(f"| {name} | {value:.3f} |" for name, value in scores)]
