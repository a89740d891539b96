"""A student's network as two ONNX graphs."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path

import torch
from torch import Tensor, nn

from tasks.errors import DistilleryError
from tasks.extraction.student.model import Student
from tasks.extraction.student.onnx.folder import ENCODER, RELATE

BATCH, TOKENS, ANCHORS = "batch", "tokens", "anchors"
ROWS, LENGTH, RELATED = 2, 7, 3
"""What the exporter is shown. Any sizes do but 0 and 1, which it would take for constants."""
CHATTY = ("torch.onnx", "onnxscript")
"""Loggers that warn of packages and of optimisations that no student needs."""


class _Encode(nn.Module):
    def __init__(self, student: Student) -> None:
        super().__init__()
        self.student = student

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        encoded = self.student.encode(input_ids, attention_mask)
        return encoded.hidden, encoded.tags, encoded.sentence


class _Relate(nn.Module):
    def __init__(self, student: Student) -> None:
        super().__init__()
        self.student = student

    def forward(self, hidden: Tensor, anchors: Tensor) -> Tensor:
        return self.student.relate(hidden, anchors)


def write_graphs(folder: Path, student: Student) -> None:
    """Write ``encoder.onnx`` and, where the student has an anchor, ``relate.onnx``; weights above 2 GB lie beside them.

    Raises:
        DistilleryError: PyTorch can not export this encoder.
    """
    eager = deepcopy(student).eval()
    # PyTorch's own attention gives NaN where a query attends to nothing, as padding behind ModernBERT's local windows.
    eager.encoder.set_attn_implementation("eager")
    ids = torch.ones(ROWS, LENGTH, dtype=torch.long)
    mask = ids.clone()
    mask[1, LENGTH // 2 :] = 0
    words = {0: BATCH, 1: TOKENS}
    inputs = {"input_ids": (ids, words), "attention_mask": (mask, words)}
    _write(folder / ENCODER, _Encode(eager), inputs, ["hidden", "tags", "sentence"])
    if student.config.anchor is None:
        return
    hidden = torch.zeros(ROWS, LENGTH, student.span_head.in_features)
    anchors = torch.zeros(ROWS, RELATED, LENGTH)
    inputs = {"hidden": (hidden, words), "anchors": (anchors, {0: BATCH, 1: ANCHORS, 2: TOKENS})}
    _write(folder / RELATE, _Relate(eager), inputs, ["event_tags"])


def _write(
    path: Path, network: nn.Module, inputs: dict[str, tuple[Tensor, dict[int, str]]], outputs: list[str]
) -> None:
    """Write a graph; the second of each input says which of its axes may have any length."""
    with _quiet():
        try:
            program = torch.onnx.export(
                network.eval(),
                tuple(values for values, _ in inputs.values()),
                dynamo=True,
                input_names=list(inputs),
                output_names=outputs,
                dynamic_shapes=tuple(axes for _, axes in inputs.values()),
                verbose=False,
            )
        except torch.onnx.OnnxExporterError as error:
            said = " ".join(str(error).split())
            raise DistilleryError(f"PyTorch can not export {path.stem} of this student to ONNX: {said}") from error
        program.save(path)


@contextmanager
def _quiet() -> Iterator[None]:
    loggers = [logging.getLogger(name) for name in CHATTY]
    levels = [each.level for each in loggers]
    for each in loggers:
        each.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what is written is compared with the student
            yield
    finally:
        for each, level in zip(loggers, levels, strict=True):
            each.setLevel(level)
