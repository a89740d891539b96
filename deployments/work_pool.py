"""The work pool that runs wait in, and what a run may say of the process that it gets: nothing but its output."""

from typing import Any

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import WorkPoolCreate, WorkPoolUpdate
from prefect.client.schemas.objects import WorkPool
from prefect.exceptions import ObjectNotFound

WORK_POOL = "distillery"
TAG = "mesh-distillery"
AT_ONCE = 1
HEARTBEAT_SECONDS = 30
DESCRIPTION = (
    "Runs of mesh-distillery's flows. As many go at once as the concurrency limit says, one if nobody raised it: each "
    "takes all processors. A run that waits for its turn is shown as Late. Raise it here, or with "
    "`distillery ui --at-once 2`; it is kept."
)


def set_up_work_pool(client: SyncPrefectClient, root: str, at_once: int | None) -> int | None:
    """Create the pool, or bring its template up to date; return how many runs go at once, nothing for any number.

    Args:
        root: of runs that name none.
        at_once: how many runs go at once; the limit that the pool has, or one for a new pool, where nothing is said.
    """
    template = job_template(root)
    pool = _read(client)
    if pool is None:
        limit = at_once or AT_ONCE
        made = WorkPoolCreate(
            name=WORK_POOL, type="process", description=DESCRIPTION, concurrency_limit=limit, base_job_template=template
        )
        return client.create_work_pool(made).concurrency_limit
    changes: dict[str, Any] = {"description": DESCRIPTION, "base_job_template": template}
    if at_once is not None:
        changes["concurrency_limit"] = at_once
    client.update_work_pool(WORK_POOL, WorkPoolUpdate(**changes))
    return pool.concurrency_limit if at_once is None else at_once


def job_template(root: str) -> dict[str, Any]:
    """Return the pool's job template: command, folder and environment are fixed, and no other variable is taken.

    Whoever may create a run could otherwise name a command of their own in it. Process workers run in a folder that
    is deleted, so ``root`` is absolute.
    """
    output = {"type": "boolean", "default": True, "title": "Stream output", "description": "Into the worker's log."}
    return {
        "job_configuration": {
            "command": None,
            "working_dir": None,
            "name": None,
            "labels": {},
            "stream_output": "{{ stream_output }}",
            "env": {
                "DISTILLERY_ROOT": root,
                "PREFECT_LOGGING_EXTRA_LOGGERS": "distillery",
                "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": str(HEARTBEAT_SECONDS),
            },
        },
        "variables": {"type": "object", "properties": {"stream_output": output}, "additionalProperties": False},
    }


def _read(client: SyncPrefectClient) -> WorkPool | None:
    try:
        return client.read_work_pool(WORK_POOL)
    except ObjectNotFound:
        return None
