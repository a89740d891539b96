"""Run a flow from the command line, against the Prefect server there is or one of its own."""

import logging
import os
import sys
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

import typer

from tasks.logger import logger
from tasks.stopping import Stopped, heed_signals
from tasks.visible import visible

INTERRUPTED = 130

if TYPE_CHECKING:
    from prefect import Flow

    from flows.flow_parameters import FlowParameters


def run_flow(name: str, parameters: "FlowParameters") -> dict[str, Any]:
    """Run the flow of this name (and of its module) and return its summary; progress goes to standard error.

    Raises:
        Exit: Ctrl-C stopped it; a sentence says that what was computed is kept.
    """
    from deployments.prefect_server import prefect_server
    from tasks.root import writable_root

    _log_to_stderr()
    heed_signals()
    os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "CRITICAL")
    os.environ.setdefault("PREFECT_LOGGING_EXTRA_LOGGERS", "distillery")
    os.environ.setdefault("PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW", "ignore")
    imported = partial(_import_flow, name)
    root = writable_root(parameters.root)
    try:
        with prefect_server(root, meanwhile=imported):
            return imported()(parameters.model_copy(update={"root": root}))
    except (KeyboardInterrupt, Stopped) as stopped:
        logger.warning("stopped; what was computed is kept, and the same command goes on from there")
        raise typer.Exit(INTERRUPTED) from stopped


def _import_flow(name: str) -> "Flow[..., dict[str, Any]]":
    """Prefect reads its settings when it is imported, so this comes after they are set."""
    flow: Flow[..., dict[str, Any]] = getattr(import_module(f"flows.{name}"), name)
    return flow


class _VisibleFormatter(logging.Formatter):
    """Servers and models have a part in what is logged; none of it may act on the terminal."""

    def format(self, record: logging.LogRecord) -> str:
        return visible(super().format(record))


def _log_to_stderr() -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_VisibleFormatter("%(asctime)s %(message)s", "%H:%M:%S"))
    logger.addHandler(handler)
