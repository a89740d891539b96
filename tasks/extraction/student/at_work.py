"""What finding needs of a student, whatever runs its network."""

from typing import Any, Protocol

import torch
from torch import Tensor

from tasks.extraction.student.model import Encoded, StudentConfig


class StudentAtWork(Protocol):
    """A student as ``find`` asks it: ``Student`` by PyTorch, ``OnnxStudent`` by onnxruntime."""

    @property
    def config(self) -> StudentConfig:
        """What it extracts and how it is built."""

    @property
    def device(self) -> torch.device:
        """Where it wants its inputs."""

    def eval(self) -> Any:  # noqa: ANN401 - itself
        """Stop learning."""

    def encode(self, input_ids: Tensor, attention_mask: Tensor) -> Encoded:
        """Encode a batch, once; both are (batch, tokens)."""

    def relate(self, hidden: Tensor, anchors: Tensor) -> Tensor:
        """Return the logits of event tags, (batch, anchors, tokens, 3), as ``Student.relate`` does."""
