"""How every stage runs: plan what is missing, compute it in batches that are retried tasks, refer to the rows."""

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import polars as pl
from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.tasks import Task

from tasks.logger import logger
from tasks.orchestration.cache_policy import RecipeCachePolicy
from tasks.orchestration.progress import StageProgress
from tasks.orchestration.result import stage_result
from tasks.orchestration.side_by_side import Turn, run_side_by_side
from tasks.serving.model import LanguageModel
from tasks.stopping import Stopped, stop_requested
from tasks.store.outcome import Outcome
from tasks.store.recipe import Recipe
from tasks.store.reference import LlmUsage, StageResult, TableRef
from tasks.store.store import Store
from tasks.store.table import Table

Stage = Task[..., dict[str, Any]]


def stage_task(
    function: Callable[..., StageResult], name: str, run_name: str | None = None, recipe: Recipe | None = None
) -> Stage:
    """Wrap a stage as a Prefect task that is cached by recipe and input rows and returns JSON.

    Args:
        recipe: that of the stage's table, where no argument carries it.
    """

    def run(**arguments: Any) -> dict[str, Any]:  # noqa: ANN401 - whatever the stage takes
        began = time.monotonic()
        result = function(**arguments)
        # ``seconds`` is, so far, time in which Prefect had work of ours but was not doing it.
        own = time.monotonic() - began - result.seconds
        return result.model_copy(update={"seconds": own}).model_dump(mode="json")

    return Task(
        run,
        name=name,
        task_run_name=run_name or name,
        cache_policy=RecipeCachePolicy(recipe=recipe),
        persist_result=True,
        result_serializer="json",
    )


class StageRunner:
    """Runs stages over one store and keeps what they report, in order."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.results: list[StageResult] = []

    def run(self, stage: Stage, refresh: bool = False, **arguments: Any) -> TableRef:  # noqa: ANN401
        """Run a stage and return its rows; those from Prefect's cache count as reused and have their files checked.

        Args:
            refresh: run it even where the cache knows it: something that it reads was made anew.
        """
        self.results.append(self._result(stage, refresh, arguments))
        return self.results[-1].ref

    def run_each(
        self,
        stage: Stage,
        each: Sequence[dict[str, Any]],
        models: Sequence[LanguageModel],
        **arguments: Any,  # noqa: ANN401
    ) -> list[TableRef]:
        """Run a stage for each of several models and return the rows of each, in their order.

        Models of different servers are asked at the same time; a server of our own has one model after another.

        Args:
            each: the arguments that differ.
            models: whom each asks.
            arguments: those of all.
        """
        turns = [
            Turn(partial(self._result, stage, False, {**arguments, **own}), model.url, model.model_dump_json())
            for own, model in zip(each, models, strict=True)
        ]
        results = run_side_by_side(turns)
        self.results += results
        return [result.ref for result in results]

    def _result(self, stage: Stage, refresh: bool, arguments: dict[str, Any]) -> StageResult:
        began = time.monotonic()
        wanted = stage.with_options(refresh_cache=True) if refresh else stage
        state = wanted(store=self.store, **arguments, return_state=True)
        result = StageResult.model_validate(state.result())
        if state.name == "Cached" and not self.store.holds(result.ref):
            logger.warning("%s: rows of the cached result are missing or damaged; computing them again", stage.name)
            again = stage.with_options(refresh_cache=True)
            return StageResult.model_validate(again(store=self.store, **arguments))
        if state.name == "Cached":
            seconds = time.monotonic() - began
            reused = {"computed": 0, "reused": result.ref.rows, "usage": LlmUsage()}
            reused |= {"seconds": seconds, "starting": 0.0}
            return result.model_copy(update=reused)
        return result


@task(
    name="batch",
    task_run_name="{label}",
    retries=2,
    retry_delay_seconds=[2, 8],
    cache_policy=NO_CACHE,
    persist_result=False,
)
def compute_batch(label: str, table: Table, rows: pl.DataFrame, compute: Callable[[pl.DataFrame], Outcome]) -> float:
    """Compute one batch and commit it; return the seconds that it took."""
    began = time.monotonic()
    outcome = compute(rows)
    table.commit(outcome.rows)
    table.quarantine(outcome.refused)
    return time.monotonic() - began


def fill(
    store: Store,
    table: Table,
    wanted: pl.DataFrame,
    compute: Callable[[pl.DataFrame], Outcome],
    *,
    label: str,
    batch_rows: int,
    lowest_yield: float = 0.5,
) -> StageResult:
    """Make every wanted row stand in the table or in quarantine, and return the reference to those that stand.

    Args:
        wanted: the rows to have, with row_key and the columns that ``compute`` needs.
        compute: turns a slice of ``wanted`` into rows; those that it leaves out must be refused with a reason.
        batch_rows: rows of a batch, a part of the table; what a killed run loses at most.
        lowest_yield: share of the wanted rows that must stand in the end.

    Raises:
        LowYieldError: fewer rows stand than that.
        Stopped: the run was asked to stop; the batches that are whole stay.
    """
    missing = table.missing(wanted)
    waited = _compute_missing(table, missing, compute, label, batch_rows) if len(missing) else 0.0
    return stage_result(store, table, wanted, missing, LlmUsage(), waited, label=label, lowest_yield=lowest_yield)


def _compute_missing(
    table: Table, missing: pl.DataFrame, compute: Callable[[pl.DataFrame], Outcome], label: str, batch_rows: int
) -> float:
    """Compute in batches; return the seconds in which none was at work."""
    began, worked = time.monotonic(), 0.0
    batches = -(-len(missing) // batch_rows)
    with StageProgress(label, len(missing), batches) as progress:
        for number, rows in enumerate(missing.iter_slices(batch_rows), 1):
            if stop_requested():
                raise Stopped
            worked += compute_batch.submit(f"{label} {number}/{batches}", table, rows, compute).result()
            progress.advance(len(rows))
    return time.monotonic() - began - worked
