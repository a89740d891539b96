"""How a stage that asks a language model runs: every missing row is asked about, and kept as its answer comes."""

import time
from collections.abc import Callable
from contextlib import suppress

import polars as pl
from upath import UPath

from tasks.errors import DistilleryError
from tasks.logger import logger
from tasks.orchestration.progress import StageProgress
from tasks.orchestration.result import stage_result
from tasks.serving.ask_rows import UnansweredError, ask_each
from tasks.serving.asking import Asking
from tasks.serving.endpoint import Endpoint
from tasks.stopping import Stopped, stop_requested
from tasks.store.outcome import Outcome
from tasks.store.reference import LlmUsage, StageResult
from tasks.store.row_key import ROW_KEY
from tasks.store.store import Store
from tasks.store.table import Table

SERVED_AGAIN = 3
"""Times that a server of our own is started again in a stage."""
KEPT_AGAIN = (2.0, 8.0)
"""Seconds before each further try to keep what was answered."""
JOINED_PARTS = 64
"""Parts that become one: an answer is kept within seconds, and a table of many hours still has few parts."""
STEPS_ROWS = 64
"""Rows up to which progress is told without an artifact."""


def fill_by_asking(
    store: Store,
    table: Table,
    wanted: pl.DataFrame,
    asking: Asking,
    serve: Callable[[], Endpoint],
    *,
    label: str,
    lowest_yield: float = 0.5,
) -> StageResult:
    """Make every wanted row stand in the table or in quarantine by asking a model; see ``stage.fill``.

    Args:
        wanted: the rows to have, with row_key and the columns that ``asking`` reads.
        serve: returns the server that answers, and starts it where that is needed; called only when rows are missing,
            and again when a server of our own has ended.

    Raises:
        LowYieldError: fewer rows stand than ``lowest_yield``; the next run asks for the others again.
        UnansweredError: the servers failed for good; what they answered before is kept.
        Stopped: the run was asked to stop; what was answered stays.
    """
    _ask_again_after_low_yield(table, wanted, lowest_yield)
    missing = table.missing(wanted)
    usage = _ask(table, missing, asking, serve, label) if len(missing) else LlmUsage()
    return stage_result(
        store,
        table,
        wanted,
        missing,
        usage,
        label=label,
        lowest_yield=lowest_yield,
        advice="the next run asks for them again",
    )


def _ask_again_after_low_yield(table: Table, wanted: pl.DataFrame, lowest_yield: float) -> None:
    """Take the wanted rows out of quarantine where they are so many that no stage could succeed."""
    refused = table.refused(wanted[ROW_KEY])
    if len(wanted) - len(refused) < lowest_yield * len(wanted):
        table.release(refused[ROW_KEY])


def _ask(table: Table, missing: pl.DataFrame, asking: Asking, serve: Callable[[], Endpoint], label: str) -> LlmUsage:
    """Ask about the missing rows; return what was asked."""
    with StageProgress(label, len(missing), -(-len(missing) // STEPS_ROWS)) as progress:
        keeper = _Keeper(table, progress)
        try:
            for again in range(SERVED_AGAIN + 1):
                try:
                    ask_each(missing, asking, serve(), keeper.keep)
                    break
                except UnansweredError as error:
                    if stop_requested():
                        raise Stopped from error
                    if not error.again or again == SERVED_AGAIN:
                        raise
                    logger.warning("%s: %s; starting it again", label, error)
                    missing = table.missing(missing)
        finally:
            keeper.join()
    return keeper.usage


class _Keeper:
    """Keeps answers as they come, in parts that it joins when they are many."""

    def __init__(self, table: Table, progress: StageProgress) -> None:
        self._table, self._progress = table, progress
        self._parts: list[UPath] = []
        self.usage = LlmUsage()

    def keep(self, outcome: Outcome) -> None:
        """Commit rows and refusals.

        Raises:
            DistilleryError: they can not be written, not after several tries either.
        """
        for seconds in (*KEPT_AGAIN, None):
            try:
                part = self._table.commit(outcome.rows)
                self._table.quarantine(outcome.refused)
                break
            except DistilleryError as error:
                if seconds is None:
                    raise
                logger.warning("%s; trying again in %g s", error, seconds)
                time.sleep(seconds)
        self.usage += outcome.usage
        self._progress.advance(len(outcome.rows) + len(outcome.refused))
        self._parts += [part] if part is not None else []
        if len(self._parts) >= JOINED_PARTS:
            self.join()

    def join(self) -> None:
        """Put the parts so far together into one, where that is possible; they are good as they are."""
        parts, self._parts = self._parts, []
        with suppress(DistilleryError):
            self._table.rows.join(parts)
