"""Telling a student's folder from others without loading it."""

from pathlib import Path

from tasks.errors import DistilleryError
from tasks.extraction.student.onnx.folder import check_installed, is_onnx
from tasks.extraction.student.settings import Precision

MODEL_TYPE = "mesh-distillery-student"


def check_student(folder: Path) -> None:
    """Check that a folder holds a student, as PyTorch has it or as ONNX.

    Raises:
        DistilleryError: it does not, or what runs ONNX is not installed.
    """
    config = folder / "config.json"
    if not config.is_file() or f'"{MODEL_TYPE}"' not in config.read_text(encoding="utf-8"):
        raise DistilleryError(
            f"{folder} holds no student; expected a folder that `distillery extract` ended with (config.json, "
            "model.safetensors, tokenizer.json)"
        )
    if is_onnx(folder):
        check_installed("onnxruntime")


def check_precision(folder: Path, precision: Precision) -> None:
    """Check that a student computes in a precision.

    Raises:
        DistilleryError: it is exported, and computes in float32.
    """
    if precision != "float32" and is_onnx(folder):
        raise DistilleryError(
            f"{folder} is exported to ONNX in float32; leave {precision} out, or name the student itself"
        )
