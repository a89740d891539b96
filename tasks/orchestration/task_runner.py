"""Where batches run: threads of this process, or a Dask cluster."""

from typing import Any

from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner

from tasks.errors import DistilleryError
from tasks.settings import settings

THREADS = 8


def task_runner() -> TaskRunner[Any]:
    """Return the runner in force: Dask's where ``DISTILLERY_DASK`` names a scheduler, threads otherwise.

    Raises:
        DistilleryError: a scheduler is named, but the extra that talks to it is not installed.
    """
    scheduler = settings().dask
    if scheduler is None:
        return ThreadPoolTaskRunner(max_workers=THREADS)
    try:
        from prefect_dask import DaskTaskRunner
    except ImportError as error:
        raise DistilleryError(
            f"DISTILLERY_DASK={scheduler}: install the extra first, pip install 'mesh-distillery[distributed]'"
        ) from error
    runner: TaskRunner[Any] = DaskTaskRunner(address=scheduler)
    return runner
