"""Run a flow from the command line, against the Prefect server there is or one of its own."""

import logging
import os
import sys
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

from tasks.logger import logger

if TYPE_CHECKING:
    from prefect import Flow

    from flows.evaluation_parameters import Evaluation
    from flows.extraction_parameters import Annotation, Extraction
    from flows.parameters import Distillation, Harvesting
    from flows.tuning_parameters import Tuning


def run_flow(
    name: str, parameters: "Distillation | Harvesting | Tuning | Evaluation | Extraction | Annotation"
) -> dict[str, Any]:
    """Run the flow of this name (and of its module) and return its summary; progress goes to standard error."""
    from deployments.prefect_server import prefect_server
    from tasks.settings import settings

    _log_to_stderr()
    os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "CRITICAL")
    os.environ.setdefault("PREFECT_LOGGING_EXTRA_LOGGERS", "distillery")
    os.environ.setdefault("PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW", "ignore")
    imported = partial(_import_flow, name)
    with prefect_server(parameters.root or settings().root, meanwhile=imported):
        return imported()(parameters)


def _import_flow(name: str) -> "Flow[..., dict[str, Any]]":
    """Prefect reads its settings when it is imported, so this comes after they are set."""
    flow: Flow[..., dict[str, Any]] = getattr(import_module(f"flows.{name}"), name)
    return flow


def _log_to_stderr() -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%H:%M:%S"))
    logger.addHandler(handler)
