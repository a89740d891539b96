"""Runs that the server believes to be under way and whose process is gone: each holds a place in its pool for ever."""

import os
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
    WorkPoolFilter,
    WorkPoolFilterName,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.events.actions import ChangeFlowRunState
from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture
from prefect.events.schemas.events import ResourceSpecification
from prefect.states import Cancelled, Crashed

from deployments.work_pool import TAG, WORK_POOL

HEARTBEAT = "prefect.flow-run.heartbeat"
SILENCE = timedelta(minutes=5)
AUTOMATION = "mesh-distillery: end runs whose process is gone"
PAGE = 200


def worker_name() -> str:
    """Return the name of this process's worker: its host and number, so that others on the host can look for it."""
    return f"{socket.gethostname()}-{os.getpid()}"


def end_every_run() -> None:
    """End every run under way, on a server that has just started and had all its runs' processes beside it."""
    with get_client(sync_client=True) as client:
        for run in list(_under_way(client, None)):
            _end(client, run)


def end_abandoned_runs() -> list[str]:
    """End the runs of our pool whose process is gone; return their names.

    Gone is a process that ran on this host and is no more, or one on another host that stopped sending heartbeats.
    """
    with get_client(sync_client=True) as client:
        pool = WorkPoolFilter(name=WorkPoolFilterName(any_=[WORK_POOL]))
        gone = [run for run in _under_way(client, pool) if is_gone(client, run)]
        for run in gone:
            _end(client, run)
    return [run.name for run in gone]


def is_gone(client: SyncPrefectClient, run: FlowRun) -> bool:
    """Return whether a run that is said to be under way has no process any more; no, where that can not be known."""
    host, _, worker = _worker_of(client, run).rpartition("-")
    process = run.infrastructure_pid or worker
    if host == socket.gethostname() and (process == str(os.getpid()) or not _is_alive(process)):
        return True
    last = _last(client, {"event": {"name": [HEARTBEAT]}, "resource": {"id": [f"prefect.flow-run.{run.id}"]}})
    if last is not None:
        return datetime.now(UTC) - datetime.fromisoformat(last["occurred"]) > SILENCE
    # None was ever sent: a run that is running may send none, but none stays between two states for long.
    assert run.state is not None
    return not run.state.is_running() and datetime.now(UTC) - run.state.timestamp > SILENCE


def have_silent_runs_ended(client: SyncPrefectClient) -> None:
    """Have the server itself end runs of ours that send no more heartbeats, by an automation that is made once.

    After https://docs.prefect.io/v3/advanced/detect-zombie-flows.
    """
    ends = {f"prefect.flow-run.{name}" for name in ("Completed", "Failed", "Cancelled", "Crashed")}
    silent = EventTrigger(
        after={HEARTBEAT},
        expect={HEARTBEAT, *ends},
        match=ResourceSpecification({"prefect.resource.id": "prefect.flow-run.*"}),
        match_related=ResourceSpecification({"prefect.resource.id": f"prefect.tag.{TAG}"}),
        for_each={"prefect.resource.id"},
        posture=Posture.Proactive,
        threshold=1,
        within=SILENCE,
    )
    message = f"No heartbeat for {SILENCE.total_seconds():.0f} s: its process is gone."
    wanted = AutomationCore(
        name=AUTOMATION,
        description="Made by `distillery deploy` where there is none; what you change or switch off here is kept.",
        trigger=silent,
        actions=[ChangeFlowRunState(state=StateType.CRASHED, message=message)],
    )
    if not client.read_automations_by_name(AUTOMATION):
        client.create_automation(wanted)


def _under_way(client: SyncPrefectClient, pool: WorkPoolFilter | None) -> Iterator[FlowRun]:
    states = [StateType.RUNNING, StateType.PENDING, StateType.CANCELLING]
    wanted = FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=states)))
    offset = 0
    while page := client.read_flow_runs(flow_run_filter=wanted, work_pool_filter=pool, limit=PAGE, offset=offset):
        yield from page
        offset += PAGE


def _end(client: SyncPrefectClient, run: FlowRun) -> None:
    state = Cancelled if run.state is not None and run.state.is_cancelling() else Crashed
    client.set_flow_run_state(run.id, state(message="Its process was killed."), force=True)


def _worker_of(client: SyncPrefectClient, run: FlowRun) -> str:
    """Return the name of the worker that a run was given to; nothing where none has said so."""
    submitted = {"event": {"name": ["prefect.worker.submitted-flow-run"]}}
    event = _last(client, {**submitted, "related": {"id": [f"prefect.flow-run.{run.id}"]}})
    return "" if event is None else str(event["resource"].get("prefect.resource.name", ""))


def _last(client: SyncPrefectClient, wanted: dict[str, Any]) -> dict[str, Any] | None:
    found = client.request("POST", "/events/filter", json={"filter": {**wanted, "order": "DESC"}, "limit": 1})
    events: list[dict[str, Any]] = found.json()["events"]
    return events[0] if events else None


def _is_alive(process: str) -> bool:
    try:
        os.kill(int(process), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return not _is_zombie(process)


def _is_zombie(process: str) -> bool:
    """Return whether a process has ended and waits for a parent to ask for its status: in a container none may."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return False
