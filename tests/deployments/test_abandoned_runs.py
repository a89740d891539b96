import os
import socket
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from prefect.client.schemas.objects import FlowRun, State, StateType

from deployments.abandoned_runs import is_gone

HERE, ELSEWHERE = socket.gethostname(), "another-host"
NO_PROCESS = str(2**22 - 1)  # the largest process number of Linux, which is given last
ALIVE = str(os.getppid())


class Events:
    """A server that knows the last heartbeat of a run, and the worker that took it."""

    def __init__(self, worker: str | None, silent_for: float | None) -> None:
        self._worker = worker
        self._silent_for = silent_for

    def request(self, _method: str, _path: str, json: dict) -> "Events":
        self._asked = json["filter"]["event"]["name"][0]
        return self

    def json(self) -> dict:
        if self._asked == "prefect.flow-run.heartbeat":
            if self._silent_for is None:
                return {"events": []}
            return {"events": [{"occurred": (datetime.now(UTC) - timedelta(seconds=self._silent_for)).isoformat()}]}
        if self._worker is None:
            return {"events": []}
        return {"events": [{"resource": {"prefect.resource.name": self._worker}}]}


def run(state: StateType, process: str | None, seconds: float = 0) -> FlowRun:
    since = datetime.now(UTC) - timedelta(seconds=seconds)
    return FlowRun(flow_id=uuid4(), state=State(type=state, timestamp=since), infrastructure_pid=process)


@pytest.mark.parametrize(
    ("worker", "process", "silent_for", "gone"),
    [
        (f"{HERE}-{ALIVE}", NO_PROCESS, 1, True),
        (f"{HERE}-{NO_PROCESS}", ALIVE, 1, False),  # the worker is gone and the run goes on
        (f"{HERE}-{ALIVE}", ALIVE, 1, False),
        (f"{HERE}-{ALIVE}", ALIVE, 3600, True),  # the number was given to another process
        (f"{HERE}-{os.getpid()}", str(os.getpid()), 1, True),  # and here to the one that asks
        (f"{ELSEWHERE}-{NO_PROCESS}", NO_PROCESS, 1, False),
        (f"{ELSEWHERE}-{NO_PROCESS}", NO_PROCESS, 3600, True),
        (f"{ELSEWHERE}-{NO_PROCESS}", NO_PROCESS, None, False),  # it sends no heartbeats: who knows
        ("a worker of another name", NO_PROCESS, 1, False),
        (None, None, None, False),
    ],
    ids=range(10),  # process numbers are of the process that collects
)
def test_whose_process_is_gone(worker, process, silent_for, gone):
    assert is_gone(Events(worker, silent_for), run(StateType.RUNNING, process)) is gone


@pytest.mark.parametrize("state", [StateType.PENDING, StateType.CANCELLING])
@pytest.mark.parametrize(("seconds", "gone"), [(10, False), (3600, True)])
def test_a_run_does_not_stay_between_two_states(state, seconds, gone):
    assert is_gone(Events(None, None), run(state, None, seconds)) is gone


def test_a_run_that_a_killed_worker_had_not_started_yet_is_gone():
    assert is_gone(Events(f"{HERE}-{NO_PROCESS}", None), run(StateType.PENDING, None))
