"""``distillery ui``, ``deploy`` and ``worker``: the same flows, started from the Prefect UI or by a schedule."""

import os
import time
from contextlib import ExitStack
from typing import Annotated

import typer
from rich.console import Console

from deployments.cli.options import RootOption

AtOnceOption = Annotated[
    int | None,
    typer.Option(
        min=1, help="How many runs go at once; the limit that is set otherwise, 1 at first.", show_default=False
    ),
]

console = Console(stderr=True, highlight=False, soft_wrap=True, markup=False)


def deploy(root: RootOption = None, at_once: AtOnceOption = None) -> None:
    """Deploy the flows to the Prefect server that PREFECT_API_URL names.

    Schedules arrive switched off; what you set later is kept when you deploy again. Start a worker beside it with
    `distillery worker`.
    """
    from tasks.root import usable_root

    _reach_named_server()
    _deploy(usable_root(root), at_once)
    from deployments.abandoned_runs import end_abandoned_runs

    for name in end_abandoned_runs():
        console.print(f"run {name} is marked as ended: its process is gone")


def worker(
    health_port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Port of 127.0.0.1 where /health tells whether it works.")
    ] = None,
) -> None:
    """Run a worker for the Prefect server that PREFECT_API_URL names, until Ctrl-C.

    First, runs of the pool whose process is gone are marked as Crashed, so that they hold up no other.
    """
    _reach_named_server()
    from deployments.worker import become_worker

    become_worker(health_port)


def ui(
    root: RootOption = None,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the UI.")] = 4200,
    at_once: AtOnceOption = None,
) -> None:
    """Start a Prefect server, deploy the flows and run a worker, until Ctrl-C.

    Everything listens on 127.0.0.1 alone and asks for a password, which the address printed hands to your browser.
    """
    from deployments.prefect_server import PrefectServerError, start_server
    from deployments.server_home import open_home, password_file
    from tasks.network.loopback import reach_loopback_directly
    from tasks.root import writable_root

    where = writable_root(root)
    reach_loopback_directly()
    os.environ["DISTILLERY_ROOT"] = where
    with ExitStack() as stack:
        home = open_home(where, stack)
        server = start_server(home, stack, port)
        console.print(f"starting Prefect's server on port {port} …")
        server.await_health()
        from deployments.abandoned_runs import end_every_run  # Prefect reads its settings when it is imported
        from deployments.worker import KeptWorker

        end_every_run()
        limit = _deploy(where, at_once)
        kept = KeptWorker(home / "worker.log", console.print)
        stack.callback(kept.stop)
        console.print(f"open {server.sign_in} and choose a deployment, then Run; Ctrl-C stops everything")
        console.print(
            f"the address signs one browser in; another asks for the password, which is in {password_file(home)}"
        )
        console.print(_in_turn(limit))
        while server.process.poll() is None and kept.look():
            time.sleep(0.5)
    raise PrefectServerError(f"the server ended, or the worker again and again; see the .log files in {home}")


def _deploy(root: str, at_once: int | None) -> int | None:
    from deployments.registry import deploy as deploy_flows  # Prefect reads its settings when it is imported

    deployed = deploy_flows(root, at_once)
    for name in deployed.names:
        console.print(f"deployed {name}")
    return deployed.at_once


def _in_turn(limit: int | None) -> str:
    if limit is None:
        return "any number of runs go at once"
    runs = "one run goes at a time" if limit == 1 else f"{limit} runs go at once"
    return f"{runs}; more wait their turn, shown as Late (--at-once sets how many)"


def _reach_named_server() -> None:
    from deployments.prefect_server import PrefectServerError, check_named_server
    from tasks.network.loopback import reach_loopback_directly

    named = os.environ.get("PREFECT_API_URL")
    if not named:
        raise PrefectServerError(
            "PREFECT_API_URL is not set; set it to the server's address, such as http://127.0.0.1:4200/api, or use "
            "`distillery ui`, which starts a server"
        )
    reach_loopback_directly()
    check_named_server(named)
