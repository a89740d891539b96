"""A student that has learnt nothing yet, on an encoder that has."""

from typing import Any

import torch
from transformers import AutoConfig, AutoModel, AutoTokenizer, PretrainedConfig

from tasks.assets.catalogue import MINILM
from tasks.assets.fetch import model_folder
from tasks.errors import DistilleryError
from tasks.extraction.declaration import ExtractionTask
from tasks.extraction.student.model import Student, StudentConfig
from tasks.extraction.student.settings import StudentSettings

ATTENTION_DROPOUTS = ("attention_probs_dropout_prob", "attention_dropout")
"""Random numbers for every pair of tokens, a quarter of a step on CPUs; the dropout of hidden states stays."""


def new_student(task: ExtractionTask, settings: StudentSettings) -> tuple[Student, Any]:
    """Return a student that has learnt nothing yet, on an encoder that has, and its tokenizer.

    Raises:
        DistilleryError: as in ``encoder_config``.
    """
    place, inner = _place(settings), encoder_config(settings)
    for name in ATTENTION_DROPOUTS:
        if hasattr(inner, name):
            setattr(inner, name, 0.0)
    encoder = AutoModel.from_pretrained(place, revision=settings.revision, config=inner, dtype=torch.float32)
    if not settings.train_words:
        encoder.get_input_embeddings().requires_grad_(False)
    config = StudentConfig(
        task=task.name,
        encoder=inner.to_dict(),
        span_labels=task.span_labels,
        anchor=task.anchor,
        sentence_labels=len(task.sentence_labels),
        head=settings.head,
        width=settings.width,
        dropout=settings.dropout,
        window=settings.window,
        overlap=settings.overlap,
        event_weight=settings.event_weight,
        outside_weight=settings.outside_weight,
    )
    return Student(config, encoder), AutoTokenizer.from_pretrained(place, revision=settings.revision)


def encoder_config(settings: StudentSettings) -> PretrainedConfig:
    """Return the configuration of the encoder to start from.

    Raises:
        DistilleryError: the encoder is not to be had, or can not read a window.
    """
    place = _place(settings)
    try:
        inner = AutoConfig.from_pretrained(place, revision=settings.revision)
    except (OSError, ValueError) as error:
        raise DistilleryError(
            f"encoder={settings.encoder} is no encoder: expected {MINILM.name}, a Hugging Face name or a folder with "
            f"config.json ({' '.join(str(error).split())[:200]})"
        ) from error
    longest = getattr(inner, "max_position_embeddings", settings.window) - (2 if "roberta" in inner.model_type else 0)
    if settings.window > longest:
        raise DistilleryError(f"{settings.encoder} reads {longest} tokens at most; set window to that or less")
    return inner


def _place(settings: StudentSettings) -> str:
    return str(model_folder(settings.encoder) or settings.encoder)
