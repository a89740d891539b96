"""Runs that can be stopped: commands by Ctrl-C, and runs of deployments by the UI's Cancel."""

import os
import re
import signal
import subprocess
import time
import uuid
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Protocol, Self

import psutil
from pyarrow.parquet import read_metadata

from benchmarks.commands import COMMAND

MARK = "DISTILLERY_BENCHMARK_MARK"
UI_PORT = 4317
LONGEST_STOP_SECONDS = 90.0


class Run:
    """A run under way: its log, its tables, and how it is stopped."""

    def __init__(
        self,
        root: Path,
        log: Path,
        processes: Callable[[], list[int]],
        stop: Callable[[], None],
        end: Callable[[], bool],
    ) -> None:
        self._root, self._log, self._processes, self._ask_to_stop, self._went_well = root, log, processes, stop, end
        self._start = log.stat().st_size if log.exists() else 0
        self._others = set(processes())

    def rows(self) -> dict[str, int]:
        """Return how many rows stand in each kind of table, and how many checkpoints of trainings."""
        counts = Counter[str]()
        for part in self._root.glob("*/*/parts/*.parquet"):
            counts[part.relative_to(self._root).parts[0]] += read_metadata(part).num_rows
        checkpoints = len(list(self._root.glob("adapters/*/**/checkpoint-*")))
        return dict(counts) | ({"checkpoints": checkpoints} if checkpoints else {})

    def wait_for(self, line: re.Pattern[str], seconds: float) -> bool:
        """Return whether a line came before the run ended and before so many seconds were over."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if line.search(self._said()):
                return True
            if self.ended():
                return False
            time.sleep(0.1)
        return False

    def ended(self) -> bool:
        """Return whether no process is left that the run started."""
        return not set(self._processes()) - self._others

    def stop(self) -> float:
        """Ask the run to stop; return the seconds until nothing of it is left."""
        began = time.monotonic()
        self._ask_to_stop()
        while not self.ended() and time.monotonic() - began < LONGEST_STOP_SECONDS:
            time.sleep(0.05)
        return time.monotonic() - began

    def ends_well(self, seconds: float) -> bool:
        """Wait for the run's end; return whether it did all of its work."""
        deadline = time.monotonic() + seconds
        while not self.ended() and time.monotonic() < deadline:
            time.sleep(0.5)
        return self._went_well()

    def last_line(self) -> str:
        """Return the last thing that the run said."""
        lines = [line for line in self._said().strip().splitlines() if "stopp" in line]
        return lines[-1][:70] if lines else ""

    def _said(self) -> str:
        with self._log.open(errors="replace") as file:
            file.seek(self._start)
            return file.read()


class Runs(Protocol):
    """Starts runs over one root."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def distil(self, articles: int) -> Run:
        """Start a distillation of the embedded sample."""
        ...

    def train(self, questions: Path) -> Run:
        """Start a training of a generator."""
        ...


class CommandRuns:
    """Commands, stopped by SIGINT."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._log = root.parent / "commands.log"
        self._mark = uuid.uuid4().hex
        self._file: IO[str] | None = None

    def __enter__(self) -> Self:
        self._root.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._log.open("a")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._file is not None
        self._file.close()

    def distil(self, articles: int) -> Run:
        """Start a distillation of the embedded sample."""
        return self._start("distill", "--articles", str(articles))

    def train(self, questions: Path) -> Run:
        """Start a training of a generator."""
        return self._start("train", "generator", str(questions), "--preset", "cpu", "--set", "most_steps=40")

    def _start(self, *arguments: str) -> Run:
        command = [*COMMAND, *arguments, "--root", str(self._root)]
        started: list[subprocess.Popen[str]] = []
        run = Run(
            self._root,
            self._log,
            lambda: marked(self._mark),
            lambda: started[0].send_signal(signal.SIGINT),
            lambda: started[0].wait() == 0,
        )
        environment = {**os.environ, MARK: self._mark}
        started.append(subprocess.Popen(command, stdout=self._file, stderr=self._file, env=environment, text=True))
        return run


class CancelledRuns:
    """Runs of deployments under ``distillery ui``, stopped as its Cancel button does."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._mark = uuid.uuid4().hex
        self._ui: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        command = [*COMMAND, "ui", "--root", str(self._root), "--port", str(UI_PORT)]
        home = self._root / ".prefect"
        self._ui = subprocess.Popen(command, env={**os.environ, MARK: self._mark})
        while not (home / "worker.log").exists() or "started" not in (home / "worker.log").read_text().lower():
            if self._ui.poll() is not None:
                raise SystemExit("distillery ui ended by itself")
            time.sleep(0.5)
        os.environ |= {
            "PREFECT_API_URL": f"http://127.0.0.1:{UI_PORT}/api",
            "PREFECT_API_AUTH_STRING": (home / "password").read_text().strip(),
            "PREFECT_CLIENT_CSRF_SUPPORT_ENABLED": "true",
        }
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._ui is not None
        self._ui.send_signal(signal.SIGINT)
        self._ui.wait()

    def distil(self, articles: int) -> Run:
        """Start a distillation of the embedded sample."""
        return self._start("distill/branch", {"articles": articles, "root": str(self._root)})

    def train(self, questions: Path) -> Run:
        """Start a training of a generator."""
        from flows.tuning_parameters import GeneratorSftTuning

        parameters = GeneratorSftTuning(
            preset="cpu", settings={"most_steps": 40}, source=[str(questions.absolute())], root=str(self._root)
        )
        return self._start("tune/generator-sft", parameters.model_dump(mode="json"))

    def _start(self, deployment: str, parameters: dict[str, Any]) -> Run:
        from prefect.client.orchestration import get_client  # Prefect reads its settings when it is imported
        from prefect.states import Cancelling

        ids: list[Any] = []

        def cancel() -> None:
            with get_client(sync_client=True) as client:
                client.set_flow_run_state(ids[0], Cancelling(), force=True)

        def went_well() -> bool:
            with get_client(sync_client=True) as client:
                state = client.read_flow_run(ids[0]).state
                return state is not None and state.is_completed()

        log = self._root / ".prefect" / "worker.log"
        run = Run(self._root, log, lambda: marked(self._mark), cancel, went_well)
        with get_client(sync_client=True) as client:
            found = client.read_deployment_by_name(deployment)
            ids.append(client.create_flow_run_from_deployment(found.id, parameters={"parameters": parameters}).id)
        while run.ended():  # the worker looks for runs every few seconds
            time.sleep(0.1)
        return run


def marked(mark: str) -> list[int]:
    """Return the numbers of the processes whose environment holds a mark."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == mark and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process.pid)
        except psutil.Error:
            continue
    return found
