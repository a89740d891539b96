"""What a command costs: wall seconds, CPU seconds and memory of its process and of all that it started."""

import json
import resource
import subprocess
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

LOOK_SECONDS = 0.25
MIB = 1 << 20


class CommandFailedError(Exception):
    """A command ended with another status than 0; the message holds the end of what it said."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a command said and cost.

    ``said`` is the JSON object of its last line; ``cpu`` in seconds and ``peak_mb`` in MiB are those of the whole tree,
    ``own_peak_mb`` of the largest of its processes alone.
    """

    said: dict[str, Any]
    cpu: float
    peak_mb: float
    own_peak_mb: float


def run(command: Sequence[str], environment: Mapping[str, str], seconds: float) -> Cost:
    """Run a command to its end.

    Args:
        seconds: after which it is killed.

    Raises:
        CommandFailedError: it failed, or took longer.
    """
    before = _cpu_of_children()
    process = subprocess.Popen(
        command, env=dict(environment), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    watch = _Watch(process.pid)
    try:
        out, errors = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        for child in [*psutil.Process(process.pid).children(recursive=True), process]:
            child.kill()
        process.communicate()
        raise CommandFailedError(f"no end within {seconds:.0f} s") from None
    finally:
        watch.stop()
    if process.returncode:
        lines = [line.strip() for line in (errors.strip() or out.strip()).splitlines() if line.strip()]
        raise CommandFailedError((lines or ["it said nothing"])[-1][:200])
    said = json.loads(out.strip().splitlines()[-1])
    # A child that was killed is counted by what was seen of it, one that its parent waited for by the kernel.
    return Cost(said, max(_cpu_of_children() - before, watch.cpu), watch.peak / MIB, watch.own_peak / MIB)


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _highest(pid: int) -> int:
    """Return the most bytes of memory that a process had at any time, as the kernel counts them."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024 if "VmHWM:" in status else 0


class _Watch:
    """Looks at a process tree every quarter of a second, until it is told to stop."""

    def __init__(self, pid: int) -> None:
        self._root = psutil.Process(pid)
        self._used: dict[int, float] = {}
        self.peak = self.own_peak = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    @property
    def cpu(self) -> float:
        """CPU seconds of every process that was seen."""
        return sum(self._used.values())

    def stop(self) -> None:
        """Look no more."""
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(LOOK_SECONDS):
            total = 0
            for process in self._tree():
                try:
                    with process.oneshot():
                        used, memory = process.cpu_times(), process.memory_info().rss
                    highest = _highest(process.pid)
                except (psutil.Error, OSError):
                    continue
                self._used[process.pid] = used.user + used.system
                self.own_peak = max(self.own_peak, highest)
                total += memory
            self.peak = max(self.peak, total)

    def _tree(self) -> list[psutil.Process]:
        try:
            return [self._root, *self._root.children(recursive=True)]
        except psutil.Error:
            return []
