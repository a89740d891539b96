"""A Prefect server for a run that has none. A real one: Prefect's ephemeral mode loses task records at exit."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
from filelock import FileLock, Timeout

from tasks.errors import DistilleryError
from tasks.logger import logger
from tasks.serving.processes import free_port, start_logged, stop_group
from tasks.settings import settings

STARTUP_SECONDS = 120.0
DRAIN_SECONDS = 10.0

SERVER_ENVIRONMENT = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "PREFECT_LOGGING_LEVEL": "WARNING",
    "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
    # Half and less of the server's time per task record.
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE": "200",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_READ_BATCH_SIZE": "200",
}


class PrefectServerError(DistilleryError):
    """No Prefect server could be started or reached."""


@contextmanager
def prefect_server(root: str, meanwhile: Callable[[], object]) -> Iterator[str]:
    """Yield the address of the server that ``PREFECT_API_URL`` names, or else of one that lives as long as the block.

    The server's database lies beside the tables, so that the history of runs is kept; ``distillery ui`` shows it.

    Args:
        meanwhile: what to do while a server starts, such as imports.

    Raises:
        PrefectServerError: the named server does not answer, or a new one did not start.
    """
    named = os.environ.get("PREFECT_API_URL")
    if named:
        if not _is_healthy(named):
            raise PrefectServerError(
                f"no Prefect server answers at PREFECT_API_URL={named}; start it, or unset the variable to have one "
                "started for the run"
            )
        yield named
        return
    with ExitStack() as stack:
        home = _lock_home(root, stack)
        process, url = _start(home)
        stack.callback(stop_group, process)
        meanwhile()
        await_health(url, process)
        end_abandoned_runs(url)
        try:
            yield url
        finally:
            _drain(url)


def prefect_home(root: str) -> Path:
    """Return the folder of Prefect's database and results for the tables below ``root``."""
    return settings().cache / "prefect" if "://" in root else Path(root).absolute() / ".prefect"


def home_environment(home: Path) -> dict[str, str]:
    """Return the variables that keep Prefect's database and the results of tasks in ``home``."""
    return {"PREFECT_HOME": str(home), "PREFECT_LOCAL_STORAGE_PATH": str(home / "storage")}


def server_command(port: int) -> list[str]:
    """Return the command that starts a server on the loopback interface."""
    return [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]


def await_health(url: str, process: subprocess.Popen[bytes]) -> None:
    """Wait until the server answers.

    Raises:
        PrefectServerError: it ended, or did not answer in time.
    """
    deadline = time.monotonic() + STARTUP_SECONDS
    while not _is_healthy(url):
        if process.poll() is not None:
            raise PrefectServerError(f"the Prefect server ended with status {process.returncode} before it was ready")
        if time.monotonic() > deadline:
            raise PrefectServerError(f"the Prefect server was not ready within {STARTUP_SECONDS:.0f} s")
        time.sleep(0.2)


def end_abandoned_runs(url: str) -> None:
    """Mark runs that still count as running as crashed: this server has just started, so their processes are gone."""
    running = {"flow_runs": {"state": {"type": {"any_": ["RUNNING"]}}}}
    crashed = {"state": {"type": "CRASHED", "message": "Its process was killed."}, "force": True}
    for run in httpx.post(f"{url}/flow_runs/filter", json=running, timeout=10.0).json():
        httpx.post(f"{url}/flow_runs/{run['id']}/set_state", json=crashed, timeout=10.0)


def _lock_home(root: str, stack: ExitStack) -> Path:
    """Return a home that no other run's server uses: two servers on one SQLite file would block each other."""
    home = prefect_home(root)
    home.mkdir(parents=True, exist_ok=True)
    try:
        stack.enter_context(FileLock(home / "server.lock", timeout=0))
    except Timeout:
        logger.warning("another run keeps its history in %s; that of this run is not kept", home)
        return Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="prefect-")))
    return home


def _start(home: Path) -> tuple[subprocess.Popen[bytes], str]:
    port = free_port()
    url = f"http://127.0.0.1:{port}/api"
    environment = {**SERVER_ENVIRONMENT, "PREFECT_HOME": str(home), "PREFECT_API_URL": url}
    process = start_logged(server_command(port), home / "server.log", environment)
    os.environ.update({"PREFECT_API_URL": url, **home_environment(home)})
    return process, url


def _is_healthy(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health", timeout=5.0).is_success
    except httpx.HTTPError:
        return False


def _drain(url: str) -> None:
    """Wait until the server has the last log lines and the end of every task run; both travel behind the run."""
    from prefect.logging.handlers import APILogHandler  # Prefect reads its settings when it is imported

    APILogHandler().flush()
    unfinished = {"task_runs": {"state": {"type": {"any_": ["RUNNING", "PENDING"]}}}}
    deadline = time.monotonic() + DRAIN_SECONDS
    while time.monotonic() < deadline:
        counted = httpx.post(f"{url}/task_runs/count", json=unfinished, timeout=5.0)
        if counted.is_success and counted.json() == 0:
            return
        time.sleep(0.2)
