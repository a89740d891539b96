"""Servers in processes of their own, for as long as a block."""

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

from tasks.serving.processes import free_port, start_logged, stop_group


class NotReadyError(Exception):
    """A server did not come up; the message holds the end of its log."""


@contextmanager
def canned_server(*options: str) -> Iterator[str]:
    """Run ``benchmarks.canned_server``; return its address."""
    command = [sys.executable, "-m", "benchmarks.canned_server", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.kill()
        process.wait()


@contextmanager
def served(
    command: Sequence[str], log: Path, seconds: float, environment: Mapping[str, str] | None = None
) -> Iterator[str]:
    """Run a server whose command names its port as ``{port}``; return its address once it lists its models.

    Raises:
        NotReadyError: it ended, or listed none in time.
    """
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    filled = [part.replace("{port}", str(port)) for part in command]
    process = start_logged(filled, log, dict(environment or {}))
    try:
        deadline = time.monotonic() + seconds
        while not _lists_models(url):
            if process.poll() is not None or time.monotonic() > deadline:
                lines = log.read_text(errors="replace").strip().splitlines()
                raise NotReadyError((lines or ["it said nothing"])[-1][:200])
            time.sleep(0.5)
        yield url
    finally:
        stop_group(process)


def _lists_models(url: str) -> bool:
    try:
        return httpx.get(f"{url}/v1/models", timeout=5.0, trust_env=False).is_success
    except httpx.HTTPError:
        return False
