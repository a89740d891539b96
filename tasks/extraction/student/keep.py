"""Students below a root: known by how they are made, trained once."""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import polars as pl
from filelock import FileLock

from tasks.assets.fetch import asset_revision
from tasks.extraction.declaration import ExtractionTask
from tasks.extraction.student.files import CardFacts, save_student
from tasks.extraction.student.kept import Epoch, KeptStudent
from tasks.extraction.student.settings import StudentSettings
from tasks.extraction.student.train import TrainedStudent, train_student
from tasks.serving.model import weights_digest
from tasks.store.recipe import Recipe
from tasks.store.row_key import fingerprint, row_key

REPORT = "training.json"


def student_recipe(examples: pl.DataFrame, task: ExtractionTask, settings: StudentSettings) -> Recipe:
    """Return how a student is made of these examples, whose labels count and not their order."""
    labelled = [row_key(json.dumps(row, sort_keys=True)) for row in examples.select(*task.form.schema).to_dicts()]
    local = Path(settings.encoder)
    revision = weights_digest(local) if local.is_dir() else settings.revision or asset_revision(settings.encoder)
    parameters = {**settings.model_dump(mode="json"), "revision": revision, "task": task.name}
    return Recipe("students", 2, {**parameters, "examples": fingerprint(pl.Series(labelled))})


def keep_student(
    root: Path,
    examples: pl.DataFrame,
    task: ExtractionTask,
    settings: StudentSettings,
    labels_from: str,
    told: Callable[[Epoch], None] = lambda epoch: None,
) -> KeptStudent:
    """Return the student of these examples and settings, training it where there is none.

    Args:
        root: students lie in ``root/students/DIGEST``.
        labels_from: who labelled the examples, for the model card.

    Raises:
        ValueError: as in ``train_student``.
    """
    folder = root / student_recipe(examples, task, settings).table
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.with_name(f".{folder.name}.lock")):
        if (folder / REPORT).exists():
            return _read(folder)
        trained = train_student(examples.sort("example_id"), task, settings, told)
        best = max(epoch.f1 for epoch in trained.epochs)
        facts = CardFacts(settings.encoder, labels_from, len(examples), best)
        save_student(folder, trained.student, trained.tokenizer, facts)
        _write(folder, trained, len(examples))
    return KeptStudent(folder, tuple(trained.epochs), len(examples), trained.lost, reused=False)


def _write(folder: Path, trained: TrainedStudent, examples: int) -> None:
    told = {"epochs": [asdict(epoch) for epoch in trained.epochs], "examples": examples, "lost": trained.lost}
    unfinished = folder / f"{REPORT}.tmp"
    unfinished.write_text(json.dumps(told, indent=2) + "\n")
    unfinished.rename(folder / REPORT)


def _read(folder: Path) -> KeptStudent:
    told = json.loads((folder / REPORT).read_text())
    epochs = tuple(Epoch(**epoch) for epoch in told["epochs"])
    return KeptStudent(folder, epochs, told["examples"], told["lost"], reused=True)
