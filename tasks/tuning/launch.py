"""Train in a process of its own and follow it; an adapter that stands under its recipe is reused.

The process has the memory for itself and gives all of it back, and one per GPU is started by ``accelerate launch``.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from tasks.errors import DistilleryError
from tasks.hardware import has_gpu
from tasks.logger import logger
from tasks.network.mask import NO_BUSINESS_OF_MODELS
from tasks.serving.model import LanguageModel
from tasks.serving.processes import free_port, start_logged, stop_group
from tasks.tuning.base import base_path, longest_of, with_absolute_paths
from tasks.tuning.device import processes, resolve, steps_per_epoch, visible_gpus
from tasks.tuning.finished import read_finished, set_aside
from tasks.tuning.job import TrainingFolder, TrainingJob
from tasks.tuning.memory import available_ram, check_memory, estimate_memory, read_shape
from tasks.tuning.progress import Progress, ProgressReader
from tasks.tuning.report import TrainingReport
from tasks.tuning.settings import AnyTraining
from tasks.tuning.split import Split

Tell = Callable[[Progress], None]

LOG_TAIL_LINES = 5
SECONDS_BETWEEN_LOOKS = 0.2
KILLED = 137


class TrainingError(DistilleryError):
    """A training ended before its adapter was finished; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class TrainedAdapter:
    """A PEFT adapter folder and how it came about; ``reused`` where it stood there already."""

    path: Path
    report: TrainingReport
    reused: bool


def train_adapter(
    root: Path, settings: AnyTraining, model: LanguageModel, split: Split, refused: Mapping[str, int], tell: Tell
) -> TrainedAdapter:
    """Return the adapter of these settings, model and rows, training it where there is none.

    A training that was ended goes on from its last whole checkpoint. On a CPU its losses and its adapter are those of
    an unbroken one to the last bit, in float32 and bfloat16; on GPUs, where sums come in any order, as near as two
    unbroken ones are to each other (not measured).

    Args:
        root: folder below which adapters lie: ``root/adapters/DIGEST/finished/adapter``.
        model: without a URL; an adapter that it has is merged first.
        split: rows as ``supervised_rows``, ``preference_rows`` or ``passage_rows`` return them for this model.
        refused: how many rows were refused for each reason, for the report.
        tell: called with the progress as it comes.

    Raises:
        TrainingError: there are no rows, the process was killed, or it failed for a reason that it told.
        MemoryShortageError: the model does not fit the memory there is.
        DistilleryError: the settings do not fit the machine, or the model is known by a URL alone.
    """
    settings = resolve(settings)
    if split.train.is_empty():
        raise TrainingError(f"{settings.kind}: there are no rows to train on ({_listed(refused)}); give it others")
    settings = _within(settings, longest_of(model))
    recipe = settings.recipe(model, *split.fingerprints)
    folder = TrainingFolder(root / recipe.table)
    folder.path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.path.with_name(f".{recipe.digest}.lock")):
        finished = read_finished(folder)
        if finished is not None:
            return TrainedAdapter(folder.adapter, finished, reused=True)
        set_aside(folder)
        count = processes(settings)
        path = base_path(model)
        _check_ram(path, settings, count)
        _warn_of_long_warm_up(settings, len(split.train))
        job = TrainingJob(
            settings=settings,
            language_model=with_absolute_paths(model),
            model=path,
            model_name=Path(path).name if Path(path).is_dir() else path,
            revision=None if Path(path).is_dir() else model.revision,
            processes=count,
            recipe=recipe.describe(),
            digest=recipe.digest,
            refused=dict(refused),
        )
        folder.write_job(job, split.train, split.held_out)
        report = run_job(folder, tell)
    return TrainedAdapter(folder.adapter, report, reused=False)


def run_job(folder: TrainingFolder, tell: Tell) -> TrainingReport:
    """Run a folder's job in a process of its own until its adapter is finished.

    Raises:
        TrainingError: the process was killed, or failed.
    """
    job = folder.read_job()
    logger.info("training %s on %s (log: %s)", job.settings.kind, job.model_name, folder.log)
    reader = ProgressReader(folder.progress)
    command = _command(folder.path, job.processes)
    process = start_logged(command, folder.log, _environment(job), withheld=NO_BUSINESS_OF_MODELS)
    try:
        problem = _follow(process, reader, tell)
    finally:
        stop_group(process)
    report = read_finished(folder)
    if report is None:
        raise TrainingError(problem or _how_it_ended(process.returncode, folder.log, job))
    return report


class LoggedProgress:
    """Writes a training's progress to the log, no more often than every ``seconds``."""

    def __init__(self, label: str, seconds: float = 10.0) -> None:
        self._label, self._seconds, self._said, self._phase = label, seconds, float("-inf"), ""

    def __call__(self, progress: Progress) -> None:
        """Say where the training is, if that was not said just now."""
        now = time.monotonic()
        last = progress.step == progress.steps
        if progress.phase != self._phase or now - self._said > self._seconds or last:
            self._said, self._phase = now, progress.phase
            logger.info("%s: %s", self._label, progress.describe())


def _within(settings: AnyTraining, longest: int | None) -> AnyTraining:
    fitting = settings.within(longest)
    if fitting != settings:
        logger.info("%s: the model's positions end at %d tokens, and so do sequences", settings.kind, longest)
    return fitting


def _follow(process: subprocess.Popen[bytes], reader: ProgressReader, tell: Tell) -> str | None:
    """Hand on progress until the process ends; return the problem that it told of, if any."""
    problem: str | None = None
    running = True
    while running:
        running = process.poll() is None
        for progress in reader.new():
            tell(progress)
            problem = progress.problem or problem
        if running:
            time.sleep(SECONDS_BETWEEN_LOOKS)
    return problem


def _command(folder: Path, count: int) -> list[str]:
    module = ["-m", "tasks.tuning.run", str(folder)]
    if count == 1:
        return [sys.executable, *module]
    launcher = [sys.executable, "-m", "accelerate.commands.launch", "--num_machines", "1", "--dynamo_backend", "no"]
    options = ["--num_processes", str(count), "--mixed_precision", "no", "--main_process_port", str(free_port())]
    # With --cpu accelerate starts one process, however many are asked for; --multi_gpu is torchrun, GPUs or not.
    return [*launcher, *options, "--multi_gpu", *module]


def _environment(job: TrainingJob) -> dict[str, str]:
    environment = {
        "OMP_NUM_THREADS": str(max(1, (os.cpu_count() or 1) // job.processes)),
        # Spinning OpenMP threads collapse when anything else runs.
        "OMP_WAIT_POLICY": "PASSIVE",
        "TOKENIZERS_PARALLELISM": "false",
        "CUBLAS_WORKSPACE_CONFIG": ":4096:8",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "DO_NOT_TRACK": "1",
    }
    if Path(job.model).is_dir():
        environment["HF_HUB_OFFLINE"] = "1"
    chosen = {name: os.environ.get(name, value) for name, value in environment.items()}
    # Two GPUs in one process would make transformers split batches over them, which TRL refuses.
    return {**chosen, "CUDA_VISIBLE_DEVICES": ",".join(visible_gpus()[: job.processes])} if has_gpu() else chosen


def _check_ram(path: str, settings: AnyTraining, count: int) -> None:
    """Check before a process is started; on a GPU, and for a model that is not here yet, the process itself checks."""
    shape = read_shape(Path(path))
    if shape is not None and not has_gpu():
        estimate = estimate_memory(shape, settings, count, on_gpu=False)
        check_memory(estimate, available_ram() / count, settings, Path(path).name)


def _warn_of_long_warm_up(settings: AnyTraining, rows: int) -> None:
    if settings.objective == "text":
        return
    steps = min(settings.most_steps or sys.maxsize, int(settings.epochs * steps_per_epoch(rows, settings)))
    if settings.warm_up >= max(1, steps):
        logger.warning(
            "%s: a warm-up of %g steps does not end within the %d steps of this training; lower warm_up (%s)",
            settings.kind, settings.warm_up, steps, "below 1 it is a share of the steps",
        )  # fmt: skip


def _how_it_ended(status: int | None, log: Path, job: TrainingJob) -> str:
    again = "run the same command again to go on from the last checkpoint"
    if status == KILLED:
        return (
            f"{job.settings.kind}: the training process was killed (status {status}), most likely for want of memory; "
            f"lower device_batch ({job.settings.device_batch}), then {again}"
        )
    lines = log.read_text(errors="replace").strip().splitlines()[-LOG_TAIL_LINES:]
    return (
        f"{job.settings.kind}: the training process ended with status {status}; {again}; its log {log} ends: "
        f"{' / '.join(lines)}"
    )


def _listed(refused: Mapping[str, int]) -> str:
    return "; ".join(f"{count} {reason}" for reason, count in refused.items()) or "none was refused"
