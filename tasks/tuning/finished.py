"""Finished trainings: whole, or set aside and trained again."""

import json
import uuid
from pathlib import Path

from tasks.logger import logger
from tasks.tuning.job import TrainingFolder
from tasks.tuning.report import TrainingReport

WEIGHTS = "adapter_model.safetensors"
CONFIG = "adapter_config.json"
LENGTH_BYTES = 8


def read_finished(folder: TrainingFolder) -> TrainingReport | None:
    """Return the report of a folder's finished training; None where there is none, or a file of it is damaged."""
    try:
        report = TrainingReport.model_validate_json(folder.report.read_text())
        json.loads((folder.adapter / CONFIG).read_text())
        whole = is_whole_safetensors(folder.adapter / WEIGHTS)
    except (OSError, ValueError):
        return None
    return report if whole else None


def set_aside(folder: TrainingFolder) -> None:
    """Move a finished training out of the way, where there is one that can not be read."""
    if folder.finished.exists():
        logger.warning("%s is damaged; training it again", folder.finished)
        folder.finished.rename(folder.path / f".damaged-{uuid.uuid4().hex[:8]}")


def is_whole_safetensors(path: Path) -> bool:
    """Return whether a safetensors file is as long as its header says.

    Format: https://huggingface.co/docs/safetensors (eight bytes of header length, header, data).

    Raises:
        OSError, ValueError: it can not be read at all.
    """
    with path.open("rb") as file:
        length = int.from_bytes(file.read(LENGTH_BYTES), "little")
        header = json.loads(file.read(length))
    ends = [entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__"]
    return path.stat().st_size == LENGTH_BYTES + length + max(ends, default=0)
