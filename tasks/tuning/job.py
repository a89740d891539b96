"""A training's folder: what its process is told, and where it leaves things.

job.json, rows.parquet, held_out.parquet   what to do
checkpoints/                               whole ones count; gone when the training is finished
progress.jsonl, log.txt                    how it goes
finished/                                  appears by rename: training.json and adapter/
"""

import os
import uuid
from pathlib import Path

import polars as pl
from pydantic import BaseModel, ConfigDict

from tasks.serving.model import LanguageModel
from tasks.tuning.settings import AnyTraining


class TrainingJob(BaseModel):
    """What the training process is told beside the rows.

    ``language_model`` is what is trained; ``model`` the folder or Hugging Face name that holds it with its adapters
    merged, ``model_name`` what people call that. ``recipe`` is the adapter's as JSON, ``refused`` counts the rows that
    were refused, by reason, before they came here.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    settings: AnyTraining
    language_model: LanguageModel
    model: str
    model_name: str
    revision: str | None
    processes: int
    recipe: dict[str, object]
    digest: str
    refused: dict[str, int]


class TrainingFolder:
    """The paths inside a training's folder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.job = path / "job.json"
        self.rows = path / "rows.parquet"
        self.held_out = path / "held_out.parquet"
        self.held_out_before = path / "held_out_before.json"
        self.checkpoints = path / "checkpoints"
        self.progress = path / "progress.jsonl"
        self.log = path / "log.txt"
        self.finished = path / "finished"
        self.report = self.finished / "training.json"
        self.adapter = self.finished / "adapter"

    def write_job(self, job: TrainingJob, rows: pl.DataFrame, held_out: pl.DataFrame) -> None:
        """Write what the training process reads; the job comes last."""
        self.path.mkdir(parents=True, exist_ok=True)
        for path, frame in ((self.rows, rows), (self.held_out, held_out)):
            unfinished = self.unfinished()
            frame.write_parquet(unfinished, compression="zstd")
            unfinished.rename(path)
        self.write_text(self.job, job.model_dump_json(indent=2) + "\n")

    def read_job(self) -> TrainingJob:
        """Return the job that was written last."""
        return TrainingJob.model_validate_json(self.job.read_text())

    def write_text(self, path: Path, text: str) -> None:
        """Write a file of this folder, whole or not at all."""
        unfinished = self.unfinished()
        with unfinished.open("w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(path)

    def unfinished(self) -> Path:
        """Return a name that nothing has yet, to be renamed when what is there is whole."""
        return self.path / f".{uuid.uuid4().hex}.tmp"
