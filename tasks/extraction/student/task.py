"""Training a student as a Prefect task, and putting students to work; torch takes seconds to import, so late."""

from pathlib import Path
from uuid import UUID

import polars as pl
from prefect import task
from prefect.artifacts import create_progress_artifact, create_table_artifact, update_progress_artifact
from prefect.cache_policies import NO_CACHE

from mesh.hierarchy import Hierarchy
from tasks.extraction.annotate import Annotator
from tasks.extraction.declaration import ExtractionTask
from tasks.extraction.find_task import find_task
from tasks.extraction.mention_names import dictionaries_of
from tasks.extraction.student.folder import check_precision, check_student
from tasks.extraction.student.found import Found
from tasks.extraction.student.kept import Epoch, KeptStudent
from tasks.extraction.student.onnx.folder import is_onnx, onnx_digest
from tasks.extraction.student.settings import Precision, StudentSettings
from tasks.logger import logger
from tasks.serving.model import weights_digest


@task(name="student", task_run_name="student: {extraction.name}", cache_policy=NO_CACHE, persist_result=False)
def student_task(
    root: Path, examples: pl.DataFrame, extraction: ExtractionTask, settings: StudentSettings, labels_from: str
) -> KeptStudent:
    """Train a student on examples, or take the one that stands there; see ``keep_student``.

    The progress is the F1 on held-out labels.
    """
    from tasks.extraction.student.keep import keep_student

    artifact = create_progress_artifact(0.0, description="student: starting")
    shown = artifact if isinstance(artifact, UUID) else None

    def tell(epoch: Epoch) -> None:
        said = f"epoch {epoch.epoch:.0f} of {settings.epochs:g} at most, F1 on held-out labels {epoch.f1:.3f}"
        logger.info("student: %s", said)
        if shown is not None:
            update_progress_artifact(shown, 100.0 * epoch.epoch / settings.epochs, description=f"student: {said}")

    kept = keep_student(root, examples, extraction, settings, labels_from, tell)
    if shown is not None:
        update_progress_artifact(shown, 100.0, description=f"student: F1 on held-out labels {kept.best_f1:.3f}")
    rows = [{"epoch": epoch.epoch, "F1 on held-out labels": round(epoch.f1, 4)} for epoch in kept.epochs]
    create_table_artifact(rows, key="epochs", description=f"student {kept.folder}")
    return kept


def check_encoder(settings: StudentSettings) -> None:
    """Check the encoder of a student before anything is spent on labels for it.

    Raises:
        DistilleryError: it is not to be had, or can not read a window.
    """
    from tasks.extraction.student.new_student import encoder_config

    encoder_config(settings)


@task(name="prediction", cache_policy=NO_CACHE, persist_result=False)
def predict_task(kept: KeptStudent, examples: pl.DataFrame, extraction: ExtractionTask) -> pl.DataFrame:
    """Return the examples with what the student finds in place of their labels."""
    from tasks.extraction.student.files import load_student
    from tasks.extraction.student.predict import predict

    return predict(examples, extraction, *load_student(kept.folder))


def load_annotator(folder: Path, hierarchy: Hierarchy, precision: Precision = "float32") -> Annotator:
    """Return a student at work: by PyTorch, or by onnxruntime where the folder holds it as ONNX.

    Raises:
        DistilleryError: the folder holds no student, its task is not known here, or an exported student is asked to
            compute in bfloat16.
    """
    check_student(folder)
    check_precision(folder, precision)
    half, exported = precision == "bfloat16", is_onnx(folder)
    from tasks.extraction.student.files import load_student
    from tasks.extraction.student.onnx.student import load_onnx_student
    from tasks.extraction.student.predict import find

    student, tokenizer = load_onnx_student(folder) if exported else load_student(folder)

    def find_in(texts: list[str]) -> list[Found]:
        return find(student, tokenizer, texts, half=half)

    weights = onnx_digest(folder) if exported else weights_digest(folder)
    digest = f"{weights} {precision}" if half else weights
    task = find_task(student.config.task)
    masked = [mention for mention in task.mentions if mention.mask is not None]
    return Annotator(task, find_in, digest, hierarchy, tuple(dictionaries_of(masked, hierarchy)))
