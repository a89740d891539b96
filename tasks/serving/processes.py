"""Child processes that serve on the loopback interface."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path

from tasks.stopping import stop_requested

STOP_SECONDS, STOP_SECONDS_AT_ONCE = 10.0, 2.0
"""For a child to end by itself; fewer where the run is asked to stop, for no child of ours has anything to lose."""
SAFE_PATH = {"PYTHONSAFEPATH": "1"}
"""Else ``python -m`` takes modules from the folder where the command was typed: whatever is called tasks.py there."""


def free_port() -> int:
    """Return a TCP port of the loopback interface that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_logged(
    command: list[str],
    log: Path,
    environment: dict[str, str],
    *,
    withheld: Collection[str] = (),
    inherited: Collection[int] = (),
) -> subprocess.Popen[bytes]:
    """Start a child in a process group of its own that ends with this process; what it prints goes to ``log``.

    Args:
        environment: variables beside this process's own.
        withheld: variables of this process that the child does not get.
        inherited: file descriptors that the child gets, under the same numbers.
    """
    tether = [sys.executable, "-m", "tasks.serving.tether", str(os.getpid())]
    kept = {name: value for name, value in os.environ.items() if name not in withheld}
    with log.open("wb") as output:
        return subprocess.Popen(
            [*tether, *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**kept, **environment, **SAFE_PATH},
            pass_fds=tuple(inherited),
            start_new_session=True,
        )


def stop_group(process: subprocess.Popen[bytes]) -> None:
    """End a child that leads its own process group, and its children: SIGTERM, then SIGKILL."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, sign)
            process.wait(STOP_SECONDS_AT_ONCE if stop_requested() else STOP_SECONDS)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue
