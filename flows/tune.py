"""Trainings: rows from a dataset or from BioASQ, checked for leaks and for length, then a LoRA adapter.

Each kind is a flow of its own, since each has settings of its own and a form for them.
"""

from pathlib import Path
from typing import Any

from prefect import Flow, flow
from upath import UPath

from flows.tuning_parameters import (
    AnyTuning,
    EvaluatorSftTuning,
    GeneratorDpoTuning,
    GeneratorSftTuning,
    TargetCptTuning,
    TargetSftTuning,
    training_of,
)
from tasks.evaluation.evaluation_texts import read_evaluation_texts
from tasks.questions.named_generators import save_generator
from tasks.report.training import write_training_page
from tasks.root import usable_root
from tasks.stopping import heed_signals_in_run
from tasks.store.store import Store
from tasks.tuning.base import with_adapter
from tasks.tuning.leaks import without_leaks
from tasks.tuning.settings import kind_name
from tasks.tuning.task import train_task
from tasks.tuning.training_rows import fitting_rows, generator_to_train, model_to_train, read_rows, trained_generator

RUN_NAME = "{parameters.label}"


@flow(name="tune", flow_run_name=RUN_NAME)
def generator_sft(parameters: GeneratorSftTuning) -> dict[str, Any]:
    """Train a generator to ask about documents, on golden files of BioASQ."""
    return _train(parameters)


@flow(name="tune", flow_run_name=RUN_NAME)
def generator_dpo(parameters: GeneratorDpoTuning) -> dict[str, Any]:
    """Align a generator with the preferences of distilled datasets, by DPO."""
    return _train(parameters)


@flow(name="tune", flow_run_name=RUN_NAME)
def evaluator_sft(parameters: EvaluatorSftTuning) -> dict[str, Any]:
    """Train an evaluator on the verdicts of distilled datasets."""
    return _train(parameters)


@flow(name="tune", flow_run_name=RUN_NAME)
def target_cpt(parameters: TargetCptTuning) -> dict[str, Any]:
    """Continue a target model's pre-training on the passages of distilled datasets."""
    return _train(parameters)


@flow(name="tune", flow_run_name=RUN_NAME)
def target_sft(parameters: TargetSftTuning) -> dict[str, Any]:
    """Train a target model on the questions and answers of distilled datasets."""
    return _train(parameters)


TRAININGS: dict[str, Flow[..., dict[str, Any]]] = {
    "generator-sft": generator_sft,
    "generator-dpo": generator_dpo,
    "evaluator-sft": evaluator_sft,
    "target-cpt": target_cpt,
    "target-sft": target_sft,
}
"""The flow of each kind of training."""


def tune(parameters: AnyTuning) -> dict[str, Any]:
    """Run the training that the parameters are of."""
    return TRAININGS[kind_name(parameters.kind)](parameters)


def _train(parameters: AnyTuning) -> dict[str, Any]:
    """Train a LoRA adapter; a finished one of the same settings, model and rows is taken as it is.

    Returns:
        adapter, reused, kind, rows, held_out_rows, refused{reason: rows}, steps, held-out losses, and report.
    """
    heed_signals_in_run()
    parameters.check()
    root = Path(usable_root(parameters.root))
    training, sources = training_of(parameters), [Path(source) for source in parameters.source]
    name, save_as = parameters.names
    generator = generator_to_train(training, sources, UPath(root), name)
    model = model_to_train(parameters.language_model, generator)
    found = read_rows(training, sources, Store(str(root)), generator)
    rows = without_leaks(found.rows, read_evaluation_texts(parameters.evaluation), parameters.leakage)
    trained = train_task(root, training, model, fitting_rows(training, model, rows, found.refused))
    if save_as:
        tuned = with_adapter(model, trained.path)
        save_generator(UPath(root), trained_generator(training, generator, save_as, tuned))
    page = write_training_page(root / "reports", trained.report, trained.path)
    before, after = trained.report.held_out_before, trained.report.held_out_after
    return {
        "adapter": str(trained.path),
        "generator": save_as,
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
