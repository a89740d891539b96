"""Progress of a stage: a bar on a terminal, log lines otherwise, an artifact in the Prefect UI."""

import math
import sys
import threading
import time
from types import TracebackType
from typing import Self
from uuid import UUID

from prefect.artifacts import create_progress_artifact, update_progress_artifact
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from tasks.duration import spoken
from tasks.logger import logger

SECONDS_BETWEEN_LINES, SECONDS_BETWEEN_ARTIFACTS = 10.0, 1.0
"""A server takes as long for one artifact as a client for a hundred requests."""


class _Bars:
    """The bars of the stages that run now: a terminal has one place for all of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._progress: Progress | None = None

    def add(self, stage: str, rows: int) -> TaskID:
        """Show a bar."""
        with self._lock:
            if self._progress is None:
                columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
                times = (TimeElapsedColumn(), TimeRemainingColumn())
                self._progress = Progress(*columns, *times, console=Console(stderr=True))
                self._progress.start()
            return self._progress.add_task(stage, total=rows)

    def advance(self, bar: TaskID, rows: int) -> None:
        """Move a bar on."""
        with self._lock:
            if self._progress is not None:
                self._progress.advance(bar, rows)

    def end(self, bar: TaskID) -> None:
        """Leave a bar as it is; the last one leaves the terminal to others."""
        with self._lock:
            if self._progress is None:
                return
            self._progress.stop_task(bar)
            if all(task.stop_time is not None for task in self._progress.tasks):
                self._progress.stop()
                self._progress = None


_bars = _Bars()


class StageProgress:
    """Counts rows towards a total and says so where someone looks; work of one step gets no artifact."""

    def __init__(self, stage: str, rows: int, steps: int) -> None:
        self._stage, self._rows, self._steps, self._done = stage, rows, steps, 0
        self._began = self._said = time.monotonic()
        self._artifact: UUID | None = None
        self._shown = -math.inf
        self._bar: TaskID | None = None

    def __enter__(self) -> Self:
        if self._steps > 1:
            artifact = create_progress_artifact(0.0, description=f"{self._stage}: {self._rows:,} rows to compute")
            self._artifact = artifact if isinstance(artifact, UUID) else None
        if sys.stderr.isatty():
            self._bar = _bars.add(self._stage, self._rows)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            _bars.end(self._bar)

    def advance(self, rows: int) -> None:
        """Count ``rows`` more as done."""
        self._done += rows
        if self._artifact is not None and self._is_time_to_show():
            update_progress_artifact(self._artifact, 100.0 * self._done / self._rows, description=self._describe())
        if self._bar is not None:
            _bars.advance(self._bar, rows)
        elif time.monotonic() - self._said > SECONDS_BETWEEN_LINES or self._done == self._rows:
            self._said = time.monotonic()
            logger.info("%s", self._describe())

    def _is_time_to_show(self) -> bool:
        now = time.monotonic()
        if self._done < self._rows and now - self._shown < SECONDS_BETWEEN_ARTIFACTS:
            return False
        self._shown = now
        return True

    def _describe(self) -> str:
        """Return the progress as a person would say it: ``embeddings: 1,024 of 4,096, 1 min 12 s left``."""
        done = f"{self._stage}: {self._done:,} of {self._rows:,}"
        if self._done in (0, self._rows):
            return done
        left = (time.monotonic() - self._began) / self._done * (self._rows - self._done)
        return f"{done}, {spoken(left)} left"
