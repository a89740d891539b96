"""Progress of a training: JSON lines that its process appends and the flow's process reads as they come."""

import os
from pathlib import Path
from typing import BinaryIO, Literal

from pydantic import BaseModel, ConfigDict

from tasks.duration import spoken

Phase = Literal["loading", "held out, before", "training", "held out, after", "finished", "failed"]


class Progress(BaseModel):
    """Where a training is.

    ``loss`` is that of the last step, ``seconds`` what the step took, ``seconds_left`` what those to come will take,
    ``peak_mb`` the most memory that the process had so far (of the GPU where there is one), ``problem`` why it failed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    phase: Phase
    step: int = 0
    steps: int = 0
    loss: float | None = None
    seconds: float | None = None
    seconds_left: float | None = None
    peak_mb: float | None = None
    problem: str | None = None

    def describe(self) -> str:
        """Return the progress as a person would say it: ``step 12 of 60, loss 1.832, 2 min 24 s left``."""
        if self.problem is not None:
            return self.problem
        if self.phase != "training" or self.loss is None:
            return self.phase
        left = "" if self.seconds_left is None else f", {spoken(self.seconds_left)} left"
        return f"step {self.step:,} of {self.steps:,}, loss {self.loss:.3f}{left}"


class ProgressLog:
    """Appends to a progress file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def tell(self, progress: Progress) -> None:
        """Append one line, whatever a kill left of the last one."""
        with self._path.open("ab+") as file:
            if file.tell() and self._ends_within_a_line(file):
                file.write(b"\n")
            file.write(progress.model_dump_json(exclude_none=True).encode() + b"\n")

    @staticmethod
    def _ends_within_a_line(file: BinaryIO) -> bool:
        file.seek(-1, os.SEEK_END)
        return file.read() != b"\n"


class ProgressReader:
    """Reads what is appended to a progress file from now on."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read = path.stat().st_size if path.exists() else 0

    def new(self) -> list[Progress]:
        """Return what came since the last call; a line that is still being written comes with the next one."""
        if not self._path.exists():
            return []
        with self._path.open("rb") as file:
            file.seek(self._read)
            lines = file.read().rpartition(b"\n")[0]
        self._read += len(lines) + bool(lines)
        return _parse(lines)


def all_progress(path: Path) -> list[Progress]:
    """Return everything that was told, by earlier attempts too."""
    return _parse(path.read_bytes()) if path.exists() else []


def _parse(lines: bytes) -> list[Progress]:
    """Return what lines say, without those that a kill cut off."""
    whole = [line for line in lines.splitlines() if line.startswith(b"{") and line.endswith(b"}")]
    return [Progress.model_validate_json(line) for line in whole]
