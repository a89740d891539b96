"""The application and what its commands share: exit codes, and one sentence for every expected failure.

A module of a command imports at its top what its options and their help need. What it works with is imported where it
works: Polars, Prefect and the stages take seconds, for which no ``--help`` waits.
"""

import errno
import signal
import sys
from typing import NoReturn

import typer
from rich.console import Console

from deployments.cli import evaluate, mesh
from deployments.cli.distill import distill
from deployments.cli.export_onnx import export_onnx
from deployments.cli.extract import annotate, extract
from deployments.cli.forget import forget
from deployments.cli.harvest import harvest
from deployments.cli.quarantine import quarantine
from deployments.cli.review import review
from deployments.cli.serve import deploy, ui, worker
from deployments.cli.show import show
from deployments.cli.train import align, train
from tasks.errors import DistilleryError
from tasks.visible import visible

USAGE, FAILURE = 2, 1

# What an operating system says of a full disk, of permissions, and of a file where a folder should be.
OF_THE_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EEXIST, errno.ENOTDIR}
OF_THE_DISK |= {errno.EISDIR, errno.ENAMETOOLONG}

app = typer.Typer(
    name="distillery",
    help="Turn PubMed into training data, guided by the MeSH hierarchy.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
app.command()(distill)
app.command()(harvest)
app.command()(train)
app.command()(align)
app.command()(extract)
app.command()(annotate)
app.command()(export_onnx)
app.command()(show)
app.command()(review)
app.command()(quarantine)
app.command()(forget)
app.command()(deploy)
app.command()(ui)
app.command()(worker)
app.add_typer(evaluate.app, name="evaluate")
app.add_typer(mesh.app, name="mesh")


def main() -> None:
    """Run the command line."""
    signal.signal(signal.SIGTERM, _stop)
    try:
        app()
    except DistilleryError as error:
        _fail(str(error), FAILURE)
    except ValueError as error:
        from mesh.branch import UnknownBranchError

        if not isinstance(error, UnknownBranchError):
            raise
        _fail(str(error), USAGE)
    except OSError as error:
        if error.errno not in OF_THE_DISK:
            raise
        place = f"{error.filename}: " if error.filename else ""
        _fail(f"{place}{error.strerror}; mend that or name another place, then run the same command again", FAILURE)


def _fail(sentence: str, status: int) -> NoReturn:
    Console(stderr=True, soft_wrap=True, highlight=False).print(f"distillery: {visible(sentence)}", markup=False)
    sys.exit(status)


def _stop(_signal: int, _frame: object) -> NoReturn:
    """End through every ``finally``, so that no server outlives the command."""
    sys.exit(128 + signal.SIGTERM)
