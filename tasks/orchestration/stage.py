"""How every stage runs: plan what is missing, compute it in batches that are retried tasks, refer to the rows."""

import time
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import polars as pl
from prefect import State, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas import TaskRun
from prefect.futures import PrefectFuture, wait
from prefect.tasks import Task

from tasks.logger import logger
from tasks.orchestration.cache_policy import RecipeCachePolicy
from tasks.orchestration.progress import StageProgress
from tasks.orchestration.result import stage_result
from tasks.orchestration.side_by_side import Turn, run_side_by_side
from tasks.serving.model import LanguageModel
from tasks.stopping import Stopped, stop_requested
from tasks.store.outcome import Outcome, UnfinishedError
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
            reused = {"computed": 0, "reused": result.ref.rows, "usage": LlmUsage(), "seconds": seconds}
            return result.model_copy(update=reused)
        return result


def _trying_again_may_help(_task: Task[..., Any], _run: TaskRun, state: State) -> bool:
    failure = state.result(raise_on_failure=False)
    return failure.again if isinstance(failure, UnfinishedError) else True


@task(
    name="batch",
    task_run_name="{label}",
    retries=2,
    retry_delay_seconds=[2, 8],
    retry_condition_fn=_trying_again_may_help,
    cache_policy=NO_CACHE,
    persist_result=False,
)
def compute_batch(
    label: str, table: Table, rows: pl.DataFrame, compute: Callable[[pl.DataFrame], Outcome]
) -> dict[str, Any]:
    """Compute one batch and commit it; return its rows, what models were asked, and when it was at work.

    Raises:
        UnfinishedError: it broke off; what was finished before is committed.
    """
    began = time.time()
    try:
        outcome = compute(rows)
    except UnfinishedError as error:
        _commit(table, error.finished)
        raise
    _commit(table, outcome)
    return {"rows": len(rows), "usage": outcome.usage.model_dump(), "worked": (began, time.time())}


def _commit(table: Table, outcome: Outcome) -> None:
    table.commit(outcome.rows)
    table.quarantine(outcome.refused)


def fill(
    store: Store,
    table: Table,
    wanted: pl.DataFrame,
    compute: Callable[[pl.DataFrame], Outcome],
    *,
    label: str,
    batch_rows: int,
    in_flight: int = 1,
    lowest_yield: float = 0.5,
) -> StageResult:
    """Make every wanted row stand in the table or in quarantine, and return the reference to those that stand.

    Args:
        wanted: the rows to have, with row_key and the columns that ``compute`` needs.
        compute: turns a slice of ``wanted`` into rows; those that it leaves out must be refused with a reason.
        batch_rows: rows of a batch, a part of the table; what a killed run loses at most per batch in flight.
        in_flight: batches under way at once.
        lowest_yield: share of the wanted rows that must stand in the end.

    Raises:
        LowYieldError: fewer rows stand than that.
        Stopped: the run was asked to stop; the batches that are whole stay.
    """
    missing = table.missing(wanted)
    usage, waited = LlmUsage(), 0.0
    if len(missing):
        usage, waited = _compute_missing(table, missing, compute, label, batch_rows, in_flight)
    return stage_result(store, table, wanted, missing, usage, waited, label=label, lowest_yield=lowest_yield)


def _compute_missing(
    table: Table,
    missing: pl.DataFrame,
    compute: Callable[[pl.DataFrame], Outcome],
    label: str,
    batch_rows: int,
    in_flight: int,
) -> tuple[LlmUsage, float]:
    """Return what models were asked, and the seconds in which no batch was at work."""
    began = time.time()
    finished: list[dict[str, Any]] = []
    under_way: deque[PrefectFuture[dict[str, Any]]] = deque()
    batches = -(-len(missing) // batch_rows)

    with StageProgress(label, len(missing), batches) as progress:

        def finish_oldest() -> None:
            finished.append(under_way.popleft().result())
            progress.advance(finished[-1]["rows"])

        try:
            for number, rows in enumerate(missing.iter_slices(batch_rows), 1):
                if len(under_way) == in_flight:
                    finish_oldest()
                if stop_requested():
                    raise Stopped
                under_way.append(compute_batch.submit(f"{label} {number}/{batches}", table, rows, compute))
            while under_way:
                finish_oldest()
        finally:
            wait(list(under_way))  # a batch that failed must not cost the others their rows
    usage = sum((LlmUsage(**batch["usage"]) for batch in finished), LlmUsage())
    return usage, time.time() - began - _covered([batch["worked"] for batch in finished])


def _covered(spans: list[tuple[float, float]]) -> float:
    """Return how long at least one of the spans lasted."""
    covered, reached = 0.0, float("-inf")
    for start, end in sorted(spans):
        covered += max(0.0, end - max(start, reached))
        reached = max(reached, end)
    return covered
