"""Commands of the command line, run in this process, without the runs that they would start."""

from collections.abc import Callable

import pytest
from typer.testing import CliRunner

from deployments.cli.app import app
from mesh.branch import UnknownBranchError
from tasks.errors import DistilleryError


@pytest.fixture(autouse=True)
def root_of_no_other_test(monkeypatch):
    """``ui`` names its root in the environment; what a test of it left there ends with that test."""
    monkeypatch.setenv("DISTILLERY_ROOT", "")
    monkeypatch.delenv("DISTILLERY_ROOT")


@pytest.fixture
def asked(monkeypatch) -> list:
    """What commands would have run: the flow and its parameters."""
    runs: list = []

    def run_flow(name: str, parameters: object) -> dict:
        runs.append((name, parameters))
        return {}

    monkeypatch.setattr("deployments.cli.flow_command.run_flow", run_flow)
    return runs


@pytest.fixture
def command() -> Callable[..., tuple[int, str]]:
    """Runs a command; returns its status and what it said, without frames and line breaks."""

    def run(*arguments: str) -> tuple[int, str]:
        result = CliRunner().invoke(app, arguments, env={"COLUMNS": "200"})
        if isinstance(result.exception, DistilleryError | UnknownBranchError):  # main() prints it and exits
            return 2 if isinstance(result.exception, UnknownBranchError) else 1, str(result.exception)
        return result.exit_code, " ".join(result.output.replace("│", " ").split())

    return run
