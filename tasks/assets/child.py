"""Long work in a process of its own, which ends when the run does: downloads and conversions."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable

from tasks.network.mask import NO_BUSINESS_OF_MODELS, mask
from tasks.stopping import Stopped

Stopping = Callable[[], bool]
"""Whether to give up."""
LOOK_SECONDS = 0.2
STOP_SECONDS = 5.0
READ_BYTES = 20_000


class ChildError(Exception):
    """The child failed; the message is the last line that it said, masked."""


def run_module(module: str, *arguments: str, stopping: Stopping, watch: Callable[[], None] | None = None) -> None:
    """Run a module of Python with arguments; look again and again at how far it is.

    Args:
        stopping: whether to give up.
        watch: called while it runs, and once when it has succeeded.

    Raises:
        ChildError: it failed.
        Stopped: it was given up.
    """
    environment = {name: value for name, value in os.environ.items() if name not in NO_BUSINESS_OF_MODELS}
    with tempfile.TemporaryFile() as said:
        child = subprocess.Popen(
            [sys.executable, "-P", "-m", module, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=said,
            env=environment,
        )
        try:
            while child.poll() is None:
                if stopping():
                    raise Stopped
                if watch is not None:
                    watch()
                time.sleep(LOOK_SECONDS)
        finally:
            _end(child)
        if child.returncode:
            said.seek(max(0, said.seek(0, os.SEEK_END) - READ_BYTES))
            lines = said.read().decode(errors="replace").strip().splitlines()
            raise ChildError(mask(lines[-1]) if lines else f"it ended with status {child.returncode}")
    if watch is not None:
        watch()


def _end(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is None:
        child.terminate()
        try:
            child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
