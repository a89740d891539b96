"""A graph in a file, and onnxruntime that runs it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from torch import Tensor

from tasks.errors import DistilleryError
from tasks.extraction.student.onnx.folder import check_installed

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # onnxruntime reports to Microsoft unless told so before its import


class Graph:
    """A graph that runs on CPUs, with as many threads as PyTorch has.

    Raises:
        DistilleryError: onnxruntime is not installed, or can not read the file.
    """

    def __init__(self, path: Path) -> None:
        check_installed("onnxruntime")
        from onnxruntime import InferenceSession, SessionOptions

        self._path = path
        options = SessionOptions()
        options.intra_op_num_threads = torch.get_num_threads()
        with _errors_told(path):
            self._session = InferenceSession(path, options, providers=["CPUExecutionProvider"])

    def run(self, **inputs: Tensor) -> list[Tensor]:
        """Return the graph's outputs.

        Raises:
            DistilleryError: they do not come of inputs of such names and shapes.
        """
        arrays = {name: values.numpy() for name, values in inputs.items()}
        with _errors_told(self._path):
            outputs = self._session.run(None, arrays)
        return [torch.from_numpy(output) for output in outputs]


@contextmanager
def _errors_told(path: Path) -> Iterator[None]:
    from onnxruntime.capi import onnxruntime_pybind11_state as state  # its errors have no other name and no common base

    try:
        yield
    except (
        state.Fail,
        state.InvalidArgument,
        state.InvalidGraph,
        state.InvalidProtobuf,
        state.NoModel,
        state.NoSuchFile,
        state.NotImplemented,
        state.RuntimeException,
        ValueError,  # inputs of other names
    ) as error:
        said = " ".join(str(error).split())
        raise DistilleryError(f"onnxruntime can not run {path}; export the student again ({said})") from error
