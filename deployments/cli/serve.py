"""``distillery deploy`` and ``distillery ui``: the same flows, started from the Prefect UI or by a schedule."""

import os
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer
from filelock import FileLock, Timeout
from rich.console import Console

from deployments.cli.options import RootOption
from deployments.prefect_server import (
    SERVER_ENVIRONMENT,
    PrefectServerError,
    await_health,
    end_abandoned_runs,
    home_environment,
    prefect_home,
    server_command,
)
from tasks.root import usable_root, writable_root
from tasks.serving.processes import is_free, start_logged, stop_group

console = Console(stderr=True, highlight=False, soft_wrap=True, markup=False)


def deploy(root: RootOption = None) -> None:
    """Deploy the flows to the Prefect server that PREFECT_API_URL names.

    Start a worker beside it with `prefect worker start --pool distillery`.
    """
    if not os.environ.get("PREFECT_API_URL"):
        raise PrefectServerError(
            "PREFECT_API_URL is not set; set it to the server's address, such as http://127.0.0.1:4200/api, or use "
            "`distillery ui`, which starts a server"
        )
    from deployments.registry import deploy as deploy_flows  # Prefect reads its settings when it is imported

    for name in deploy_flows(usable_root(root)):
        console.print(f"deployed {name}")


def ui(
    root: RootOption = None, port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the UI.")] = 4200
) -> None:
    """Start a Prefect server, deploy the flows and run a worker, until Ctrl-C.

    Everything listens on 127.0.0.1 alone.
    """
    where = writable_root(root)
    if not is_free(port):
        raise PrefectServerError(
            f"port {port} of 127.0.0.1 is taken; stop what listens there, or choose another --port"
        )
    home = prefect_home(where)
    home.mkdir(parents=True, exist_ok=True)
    url = f"http://127.0.0.1:{port}/api"
    os.environ.update({**home_environment(home), "PREFECT_API_URL": url, "DISTILLERY_ROOT": where})
    with ExitStack() as stack:
        try:
            stack.enter_context(FileLock(home / "server.lock", timeout=0))
        except Timeout as error:
            raise PrefectServerError(
                f"another server keeps its history in {home}; stop it, or choose another --root"
            ) from error
        server = _start(stack, server_command(port), home / "server.log", SERVER_ENVIRONMENT)
        await_health(url, server)
        end_abandoned_runs(url)
        deploy(where)
        start_worker = [sys.executable, "-m", "prefect", "worker", "start", "--pool", "distillery"]
        worker = _start(stack, start_worker, home / "worker.log", {})
        console.print(f"open http://127.0.0.1:{port}/deployments and choose Run; Ctrl-C stops everything")
        while server.poll() is None and worker.poll() is None:
            time.sleep(0.5)
    raise PrefectServerError(f"the server or the worker ended by itself; see the .log files in {home}")


def _start(stack: ExitStack, command: list[str], log: Path, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    process = start_logged(command, log, environment)
    stack.callback(stop_group, process)
    return process
