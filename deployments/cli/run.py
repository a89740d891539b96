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

INTERRUPTED = 130

if TYPE_CHECKING:
    from prefect import Flow

    from flows.evaluation_parameters import Evaluation
    from flows.extraction_parameters import Annotation, Extraction
    from flows.parameters import Distillation, Harvesting
    from flows.tuning_parameters import Tuning


def run_flow(
    name: str, parameters: "Distillation | Harvesting | Tuning | Evaluation | Extraction | Annotation"
) -> dict[str, Any]:
    """Run the flow of this name (and of its module) and return its summary; progress goes to standard error.

    Raises:
        Exit: Ctrl-C stopped it; a sentence says that what was computed is kept.
    """
    from deployments.prefect_server import prefect_server
    from tasks.settings import settings

    _log_to_stderr()
    heed_signals()
    os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "CRITICAL")
    os.environ.setdefault("PREFECT_LOGGING_EXTRA_LOGGERS", "distillery")
    os.environ.setdefault("PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW", "ignore")
    imported = partial(_import_flow, name)
    try:
        with prefect_server(parameters.root or settings().root, meanwhile=imported) as url:
            logger.info("Prefect: %s", url.removesuffix("/api"))
            return imported()(parameters)
    except (KeyboardInterrupt, Stopped) as stopped:
        logger.warning("stopped; what was computed is kept, and the same command goes on from there")
        raise typer.Exit(INTERRUPTED) from stopped


def _import_flow(name: str) -> "Flow[..., dict[str, Any]]":
    """Prefect reads its settings when it is imported, so this comes after they are set."""
    flow: Flow[..., dict[str, Any]] = getattr(import_module(f"flows.{name}"), name)
    return flow


def _log_to_stderr() -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%H:%M:%S"))
    logger.addHandler(handler)
