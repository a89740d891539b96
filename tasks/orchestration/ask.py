"""How a stage that asks a language model runs: every missing row is asked about, and kept as its answer comes."""

import time
from collections.abc import Callable

import polars as pl

from tasks.orchestration.stage import fill
from tasks.serving.ask_rows import ask_rows
from tasks.serving.asking import Asking
from tasks.serving.endpoint import Endpoint
from tasks.store.outcome import Outcome
from tasks.store.reference import StageResult
from tasks.store.store import Store
from tasks.store.table import Table

BATCH_ROWS = 64
BATCHES_IN_FLIGHT = 2


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
        serve: returns the server that answers, and starts it where that is needed; called only when rows are missing.

    Raises:
        LowYieldError: fewer rows stand than ``lowest_yield``.
        UnansweredError: the server failed for good; what it answered before is kept.
        Stopped: the run was asked to stop; what was answered stays.
    """

    starts = [0.0]

    def compute(rows: pl.DataFrame) -> Outcome:
        began = time.monotonic()
        endpoint = serve()
        starts.append(time.monotonic() - began)
        return ask_rows(rows, asking, endpoint)

    result = fill(
        store,
        table,
        wanted,
        compute,
        label=label,
        batch_rows=BATCH_ROWS,
        in_flight=BATCHES_IN_FLIGHT,
        lowest_yield=lowest_yield,
    )
    return result.model_copy(update={"starting": max(starts)})
