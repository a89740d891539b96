"""Train one adapter in this process: from a training's folder to its ``finished`` folder."""

import json
import os
import statistics
from importlib.metadata import version
from pathlib import Path
from shutil import rmtree
from typing import Any

import datasets
import polars as pl
import torch
from peft import load_peft_weights, set_peft_model_state_dict
from transformers import AutoConfig, TrainerState, set_seed
from transformers.utils.hub import CHAT_TEMPLATE_FILE

from tasks.errors import DistilleryError
from tasks.tokenizer import is_plain
from tasks.tuning.checkpoints import STATE, is_whole, last_whole, reached_the_end, step_of
from tasks.tuning.device import rows_per_pass
from tasks.tuning.held_out import held_out_loss
from tasks.tuning.job import TrainingFolder, TrainingJob
from tasks.tuning.memory import CONFIG_FIELDS, ModelShape, available_ram, check_memory, estimate_memory
from tasks.tuning.progress import Phase, Progress, ProgressLog, all_progress
from tasks.tuning.report import HeldOutLoss, TrainingReport
from tasks.tuning.trace import Trace, loss_points, peak_memory_mb
from tasks.tuning.trainers import Trainer, build_trainer, local_rank

LIBRARIES = ("torch", "transformers", "trl", "peft")
MIB = 2**20


def fit(folder: TrainingFolder) -> None:
    """Train the adapter that a folder's job describes, from its last whole checkpoint where there is one.

    Raises:
        DistilleryError: the model does not fit the memory, 4-bit weights can not be had, the loss is no number, or
            other processes train along than the job says.
    """
    job = folder.read_job()
    log = ProgressLog(folder.progress)
    needed = _check_memory(job)
    datasets.disable_progress_bars()
    rows, held_out = (pl.read_parquet(path, glob=False) for path in (folder.rows, folder.held_out))
    trainer = build_trainer(job, rows, held_out, folder.checkpoints, Trace(log))
    main = trainer.accelerator.is_main_process
    if trainer.accelerator.num_processes != job.processes:
        raise DistilleryError(
            f"{trainer.accelerator.num_processes} processes train together, and the job was made for {job.processes}; "
            "start it with tasks.tuning.launch"
        )

    before = _held_out_before(folder, trainer, log)
    _train(folder, trainer, log, job.settings.seed)
    _tell(log, "held out, after", main)
    after = held_out_loss(trainer)
    if main:
        _finish(folder, trainer, _report(job, trainer, folder, before, after, needed))
    _tell(log, "finished", main)


def _held_out_before(folder: TrainingFolder, trainer: Trainer, log: ProgressLog) -> HeldOutLoss | None:
    """Return the loss that the model has without the adapter; computed once, whatever becomes of the training."""
    if folder.held_out_before.exists():
        return HeldOutLoss.model_validate_json(folder.held_out_before.read_text())
    main = trainer.accelerator.is_main_process
    _tell(log, "held out, before", main)
    loss = held_out_loss(trainer)
    if loss is not None and main:
        folder.write_text(folder.held_out_before, loss.model_dump_json())
    return loss


def _train(folder: TrainingFolder, trainer: Trainer, log: ProgressLog, seed: int) -> None:
    checkpoint = last_whole(folder.checkpoints)
    main = trainer.accelerator.is_main_process
    if main:
        for path in folder.checkpoints.glob("checkpoint-*"):
            if not is_whole(path):
                rmtree(path)
        done = 0 if checkpoint is None else step_of(checkpoint)
        log.tell(Progress(phase="training", step=done, steps=trainer.args.max_steps))
    trainer.accelerator.wait_for_everyone()
    if checkpoint is not None and reached_the_end(checkpoint):
        # transformers would train for one step more.
        set_peft_model_state_dict(trainer.model, load_peft_weights(str(checkpoint)))
        trainer.state = TrainerState.load_from_json(str(checkpoint / STATE))
        return
    # Evaluating drew random numbers, and a resumed training does not evaluate: both start from here.
    set_seed(seed)
    trainer.train(resume_from_checkpoint=None if checkpoint is None else str(checkpoint))


def _report(
    job: TrainingJob,
    trainer: Trainer,
    folder: TrainingFolder,
    before: HeldOutLoss | None,
    after: HeldOutLoss | None,
    needed: float,
) -> TrainingReport:
    told = all_progress(folder.progress)
    took = [progress.seconds for progress in told if progress.seconds is not None]
    resumed = [each.step for each in told if each.phase == "training" and each.loss is None and each.step]
    return TrainingReport(
        digest=job.digest,
        recipe=job.recipe,
        settings=job.settings,
        model=job.model_name,
        rows=_rows(folder.rows),
        held_out_rows=_rows(folder.held_out),
        refused=job.refused,
        trainable_parameters=trainer.model.num_parameters(only_trainable=True),
        steps=trainer.state.max_steps,
        rows_per_pass=rows_per_pass(job.settings, job.processes),
        processes=job.processes,
        device=torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu",
        losses=loss_points(trainer.state.log_history),
        held_out_before=before,
        held_out_after=after,
        seconds=sum(took),
        seconds_per_step=statistics.median(took or [0.0]),
        peak_memory_mb=max([peak_memory_mb(), *(progress.peak_mb or 0.0 for progress in told)]),
        estimated_memory_mb=needed / MIB,
        resumed_from=resumed,
        versions={library: version(library) for library in LIBRARIES},
    )


def _rows(path: Path) -> int:
    return int(pl.scan_parquet(path, glob=False).select(pl.len()).collect().item())


def _finish(folder: TrainingFolder, trainer: Trainer, report: TrainingReport) -> None:
    unfinished = folder.unfinished()
    model = trainer.accelerator.unwrap_model(trainer.model)
    model.save_pretrained(str(unfinished / folder.adapter.name), save_embedding_layers=False)
    _make_repeatable(unfinished / folder.adapter.name, report)
    template = _trained_template(trainer, report)
    if template is not None:
        (unfinished / folder.adapter.name / CHAT_TEMPLATE_FILE).write_text(template, encoding="utf-8")
    (unfinished / folder.report.name).write_text(report.model_dump_json(indent=2) + "\n")
    for path in unfinished.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
    unfinished.rename(folder.finished)
    rmtree(folder.checkpoints, ignore_errors=True)


def _trained_template(trainer: Trainer, report: TrainingReport) -> str | None:
    """Return the chat template that the adapter is to be asked with; None where it learnt none.

    Texts have none. And a model without one of its own learns from supervised rows where its answers end: one that saw
    pairs alone goes on being asked as plain text, with a string that stops it.
    """
    template = trainer.processing_class.chat_template
    objective = report.settings.objective
    if objective == "text" or not isinstance(template, str) or (objective == "preference" and is_plain(template)):
        return None
    return template


def _make_repeatable(adapter: Path, report: TrainingReport) -> None:
    """Make the same adapter the same bytes everywhere: an adapter is known by the hash of its files.

    PEFT lists layers in the order of a set, names the base model by its path here and writes a card with both.
    """
    (adapter / "README.md").unlink(missing_ok=True)
    path = adapter / "adapter_config.json"
    config: dict[str, Any] = json.loads(path.read_text())
    config["target_modules"] = sorted(config["target_modules"])
    config["base_model_name_or_path"] = report.model
    path.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")


def _check_memory(job: TrainingJob) -> float:
    """Return the bytes that the training should need."""
    config = AutoConfig.from_pretrained(job.model, revision=job.revision).get_text_config()
    shape = ModelShape.from_config({name: getattr(config, name, None) for name in CONFIG_FIELDS})
    if shape is None:
        return 0.0
    on_gpu = torch.cuda.is_available()
    estimate = estimate_memory(shape, job.settings, job.processes, on_gpu=on_gpu)
    available = torch.cuda.mem_get_info(local_rank())[0] if on_gpu else available_ram() / job.processes
    check_memory(estimate, available, job.settings, job.model_name)
    return estimate.total


def _tell(log: ProgressLog, phase: Phase, main: bool) -> None:
    if main:
        log.tell(Progress(phase=phase))
