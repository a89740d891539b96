"""The process that takes runs from the pool and starts them.

    python -m deployments.worker

Ends runs whose process is gone before it takes any: they hold places in the pool.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from deployments.abandoned_runs import end_abandoned_runs, worker_name
from deployments.work_pool import WORK_POOL
from tasks.network.loopback import reach_loopback_directly
from tasks.serving.processes import SAFE_PATH, start_logged, stop_group

RESTARTS = 5
RESTARTS_WITHIN = 600.0


class KeptWorker:
    """A worker that is started again when it ends by itself, unless it does so ``RESTARTS`` times in ten minutes."""

    def __init__(self, log: Path, tell: Callable[[str], None]) -> None:
        self._log = log
        self._tell = tell
        self._restarted: list[float] = []
        self._process = self._start()

    def look(self) -> bool:
        """Start the worker again where it has ended; return whether it is kept up."""
        status = self._process.poll()
        if status is None:
            return True
        self.stop()  # what it started: a run cannot be watched or cancelled without it
        now = time.monotonic()
        self._restarted = [moment for moment in self._restarted if now - moment < RESTARTS_WITHIN]
        if len(self._restarted) >= RESTARTS:
            return False
        self._restarted.append(now)
        earlier = self._log.with_suffix(".earlier.log")
        self._log.replace(earlier)
        self._tell(
            f"the worker ended with status {status} and is started again; its run, if it had one, is marked as "
            f"Crashed, and takes up what is done when it is run again; see {earlier}"
        )
        self._process = self._start()
        return True

    def stop(self) -> None:
        """End the worker and the runs that it started."""
        stop_group(self._process)

    def _start(self) -> subprocess.Popen[bytes]:
        return start_logged([sys.executable, "-m", "deployments.worker"], self._log, {})


def become_worker(health_port: int | None = None) -> None:
    """Turn this process into a worker of the pool on the server in force; its output says which runs it ended.

    Args:
        health_port: of 127.0.0.1, where it answers whether it still asks for runs; nowhere otherwise.
    """
    reach_loopback_directly()
    for name in end_abandoned_runs():
        sys.stderr.write(f"run {name} is marked as ended: its process is gone\n")
    sys.stderr.flush()
    os.environ |= SAFE_PATH
    command = [sys.executable, "-m", "prefect", "worker", "start", "--pool", WORK_POOL, "--name", worker_name()]
    if health_port is not None:
        os.environ |= {"PREFECT_WORKER_WEBSERVER_HOST": "127.0.0.1", "PREFECT_WORKER_WEBSERVER_PORT": str(health_port)}
        command.append("--with-healthcheck")
    os.execv(sys.executable, command)  # noqa: S606 - no shell; the name holds this process's number, which stays


if __name__ == "__main__":
    become_worker()
