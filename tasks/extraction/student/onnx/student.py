"""An exported student at work: what ``find`` asks of a student, answered by onnxruntime on CPUs."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import torch
from torch import Tensor
from transformers import AutoTokenizer

from tasks.errors import DistilleryError
from tasks.extraction.student.folder import check_student
from tasks.extraction.student.model import Encoded, StudentConfig
from tasks.extraction.student.onnx.folder import ENCODER, RELATE
from tasks.extraction.student.onnx.runtime import Graph

TOKENIZER = "tokenizer.json"


@dataclass(frozen=True, slots=True)
class OnnxStudent:
    """A student whose network is two graphs.

    Attributes:
        config: what it extracts and how it is built.
        encoder: input_ids, attention_mask -> hidden, tags, sentence.
        related: hidden, anchors -> event_tags; None where the task has no anchor.
    """

    config: StudentConfig
    encoder: Graph
    related: Graph | None

    @property
    def device(self) -> torch.device:
        """Where it wants its inputs: on the CPU."""
        return torch.device("cpu")

    def eval(self) -> Self:
        """Return itself, which has no other mode."""
        return self

    def encode(self, input_ids: Tensor, attention_mask: Tensor) -> Encoded:
        """Encode a batch, once, as ``Student.encode`` does; both are (batch, tokens)."""
        hidden, tags, sentence = self.encoder.run(input_ids=input_ids, attention_mask=attention_mask)
        return Encoded(hidden, tags, sentence)

    def relate(self, hidden: Tensor, anchors: Tensor) -> Tensor:
        """Return the logits of event tags, (batch, anchors, tokens, 3), as ``Student.relate`` does.

        Raises:
            ValueError: the student relates nothing.
        """
        if self.related is None:
            raise ValueError(f"a student of {self.config.task} has no anchor that anything is related to")
        [event_tags] = self.related.run(hidden=hidden, anchors=anchors)
        return event_tags


def load_onnx_student(folder: Path) -> tuple[OnnxStudent, Any]:
    """Return a student that was exported by ``export_onnx``, and its tokenizer.

    Raises:
        DistilleryError: the folder holds none, a file of it is missing or damaged, or onnxruntime is not installed.
    """
    check_student(folder)
    config = StudentConfig.from_pretrained(folder)
    graphs = [ENCODER] if config.anchor is None else [ENCODER, RELATE]
    missing = [name for name in [*graphs, TOKENIZER] if not (folder / name).is_file()]
    if missing:
        raise DistilleryError(
            f"{folder} holds no whole exported student: {', '.join(missing)} missing; export it again"
        )
    encoder, *related = (Graph(folder / name) for name in graphs)
    student = OnnxStudent(config, encoder, related[0] if related else None)
    return student, AutoTokenizer.from_pretrained(folder)
