"""An exported student's folder, told from others without loading it."""

import hashlib
from importlib.util import find_spec
from pathlib import Path

from tasks.errors import DistilleryError

ENCODER, RELATE = "encoder.onnx", "relate.onnx"
"""Two graphs, because what the first one finds is decoded before the second is asked, and encoding happens once."""


def is_onnx(folder: Path) -> bool:
    """Return whether a folder holds a student as ONNX."""
    return (folder / ENCODER).is_file()


def check_installed(*modules: str) -> None:
    """Check that what exports or runs ONNX is installed.

    Raises:
        DistilleryError: it is not; the message says what to install.
    """
    missing = [module for module in modules if find_spec(module) is None]
    if missing:
        raise DistilleryError(
            f"a student as ONNX needs {' and '.join(missing)}: install the extra first, "
            "pip install 'mesh-distillery[onnx]'"
        )


def onnx_digest(folder: Path) -> str:
    """Return a hash of all that decides what an exported student finds: configuration, tokenizer, graphs, weights."""
    hasher = hashlib.sha256()
    for path in sorted([*folder.glob("*.json"), *folder.glob("*.txt"), *folder.glob("*.onnx*")]):
        with path.open("rb") as file:
            hasher.update(path.name.encode() + hashlib.file_digest(file, "sha256").digest())
    return hasher.hexdigest()[:12]
