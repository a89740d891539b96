"""Training as a Prefect task: progress with the loss and the time left, where someone looks."""

from pathlib import Path
from uuid import UUID

import polars as pl
from prefect import task
from prefect.artifacts import create_progress_artifact, create_table_artifact, update_progress_artifact
from prefect.cache_policies import NO_CACHE

from tasks.serving.model import LanguageModel
from tasks.store.outcome import Outcome
from tasks.tuning.checked import counted
from tasks.tuning.launch import LoggedProgress, TrainedAdapter, train_adapter
from tasks.tuning.progress import Progress
from tasks.tuning.settings import AnyTraining
from tasks.tuning.split import split_by_pmid

SHOWN_STEPS = 25


class ArtifactProgress:
    """Keeps a progress artifact at the share of steps done."""

    def __init__(self, label: str) -> None:
        artifact = create_progress_artifact(0.0, description=f"{label}: starting")
        self._artifact = artifact if isinstance(artifact, UUID) else None
        self._label = label

    def __call__(self, progress: Progress) -> None:
        """Move the bar, and say the loss and the time left."""
        if self._artifact is not None and progress.steps:
            share = 100.0 * progress.step / progress.steps
            update_progress_artifact(self._artifact, share, description=f"{self._label}: {progress.describe()}")


@task(name="train", task_run_name="train {settings.kind}", cache_policy=NO_CACHE, persist_result=False)
def train_task(root: Path, settings: AnyTraining, model: LanguageModel, rows: Outcome) -> TrainedAdapter:
    """Train an adapter on rows, a share of whose PMIDs is held out, or take the one that stands there.

    Raises:
        TrainingError, MemoryShortageError, DistilleryError: see ``tasks.tuning.launch.train_adapter``.
    """
    logged, shown = LoggedProgress(settings.kind), ArtifactProgress(settings.kind)

    def tell(progress: Progress) -> None:
        logged(progress)
        shown(progress)

    split = split_by_pmid(rows.rows, settings.held_out)
    trained = train_adapter(root, settings, model, split, counted(rows.refused), tell)
    _add_curve(trained)
    return trained


def _add_curve(trained: TrainedAdapter) -> None:
    curve = trained.report.curve()
    every = max(1, len(curve) // SHOWN_STEPS)
    columns = pl.col("loss", "learning_rate", "margin", "accuracy").round(5)
    shown = curve.gather_every(every).select("step", columns)
    create_table_artifact(
        shown.to_dicts(), key="losses", description=f"{trained.report.settings.kind}: losses; adapter {trained.path}"
    )
