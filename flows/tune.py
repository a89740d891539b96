"""A training: rows from a dataset or from BioASQ, checked for leaks and for length, then a LoRA adapter."""

from pathlib import Path
from typing import Any

from prefect import flow
from upath import UPath

from flows.tuning_parameters import Tuning
from tasks.evaluation.evaluation_texts import read_evaluation_texts
from tasks.questions.named_generators import save_generator
from tasks.report.training import write_training_page
from tasks.root import usable_root
from tasks.stopping import heed_signals
from tasks.store.store import Store
from tasks.tuning.base import with_adapter
from tasks.tuning.leaks import without_leaks
from tasks.tuning.task import train_task
from tasks.tuning.training_rows import fitting_rows, generator_to_train, model_to_train, read_rows, trained_generator


@flow(name="tune", flow_run_name="{parameters.label}")
def tune(parameters: Tuning) -> dict[str, Any]:
    """Train a LoRA adapter; a finished one of the same settings, model and rows is taken as it is.

    Returns:
        adapter, reused, kind, rows, held_out_rows, refused{reason: rows}, steps, held-out losses, and report.
    """
    heed_signals()
    root = Path(usable_root(parameters.root))
    training, sources = parameters.training, [Path(source) for source in parameters.source]
    generator = generator_to_train(training, sources, UPath(root), parameters.generator)
    model = model_to_train(parameters.language_model, generator)
    found = read_rows(training, sources, Store(str(root)), generator.prompt)
    rows = without_leaks(found, read_evaluation_texts(parameters.evaluation), parameters.leakage)
    trained = train_task(root, training, model, fitting_rows(training, model, rows))
    if parameters.save_as:
        tuned = with_adapter(model, trained.path)
        save_generator(UPath(root), trained_generator(training, generator, parameters.save_as, tuned))
    page = write_training_page(root / "reports", trained.report, trained.path)
    before, after = trained.report.held_out_before, trained.report.held_out_after
    return {
        "adapter": str(trained.path),
        "generator": parameters.save_as,
        "reused": trained.reused,
        "kind": trained.report.settings.kind,
        "rows": trained.report.rows,
        "held_out_rows": trained.report.held_out_rows,
        "refused": trained.report.refused,
        "steps": trained.report.steps,
        "seconds_per_step": trained.report.seconds_per_step,
        "peak_memory_mb": trained.report.peak_memory_mb,
        "held_out_before": before.model_dump(exclude_none=True) if before else None,
        "held_out_after": after.model_dump(exclude_none=True) if after else None,
        "report": str(page),
    }
