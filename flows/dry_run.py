"""A dry run: a few units of what is planned go through the stages, and what they took tells what the whole run will."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from prefect.artifacts import create_markdown_artifact, create_table_artifact

from flows.extraction_parameters import Extraction
from flows.parameters import Distillation
from tasks.answers.decide import decisions_recipe
from tasks.answers.gates.pass_gates import gates_recipe
from tasks.estimate.forecast import Forecast, forecast, whole
from tasks.estimate.in_words import described, distilled_rows, in_words, labelled_rows
from tasks.estimate.measured import Measured, keep, recall
from tasks.estimate.outcomes import Outcomes, read_distilled, read_labelled
from tasks.estimate.units import ARTICLE, SENTENCE, Unit, Units, denied, ended, first_units
from tasks.logger import logger
from tasks.orchestration.result import LowYieldError
from tasks.orchestration.stage import StageRunner
from tasks.serving.engine import Engine
from tasks.serving.spending import Limits
from tasks.store.recipe import Recipe
from tasks.store.reference import TableRef
from tasks.store.store import Store


@dataclass(frozen=True, slots=True)
class Plan:
    """What a whole run will ask, and what of it is over and done with.

    Attributes:
        unit: what it is counted in.
        planned: rows, one for each unit.
        asked: the tables that models fill about every unit.
        then: those that they fill about what came of that.
        ended: returns the units of which nothing came, so far.
        besides: units that are asked about, too.
        for_good: stages that a dry run does whole, whatever its size.
    """

    unit: Unit
    planned: TableRef
    asked: list[Recipe]
    then: list[Recipe]
    ended: Callable[[], Units]
    besides: Units = field(default_factory=frozenset)
    for_good: tuple[str, ...] = ()

    def done(self, store: Store) -> dict[str, Units]:
        """Return for each table that models fill the units that they need not be asked about any more."""
        over = self.ended()
        asked = {recipe.table: self.unit.done(store.table(recipe)) for recipe in self.asked}
        return asked | {recipe.table: over | self.unit.done(store.table(recipe)) for recipe in self.then}


@dataclass(frozen=True, slots=True)
class Tried:
    """The units that were tried, the tables that they went through, what was measured, and why it went no further."""

    few: TableRef
    tables: list[str]
    measured: dict[str, Measured]
    stopped: str | None


def _try_few(runner: StageRunner, plan: Plan, count: int, engine: Engine, go: Callable[[TableRef], object]) -> Tried:
    """Send a few of the planned units through the stages, and keep what each took.

    Args:
        go: runs the stages over some of the planned rows.
    """
    store, unit = runner.store, plan.unit
    few = first_units(store, plan.planned, count)
    chosen, idle, reported, stopped = unit.of(store, few), plan.done(store), len(runner.results), None
    try:
        go(few)
    except LowYieldError as error:
        stopped = str(error)
        logger.warning("%s", error)
    first = plan.asked[0].table
    measured = {}
    for result in runner.results[reported:]:
        busy = len(chosen - idle.get(result.ref.table, idle[first]))
        if busy and result.computed and result.stage not in plan.for_good:
            measured[result.ref.table] = Measured.of(result, busy)
    if engine.start_seconds and first in measured:
        measured[first] = measured[first].model_copy(update={"start_seconds": sum(engine.start_seconds)})
    keep(store.root, measured)
    tables = [result.ref.table for result in runner.results[reported:] if result.stage not in plan.for_good]
    return Tried(few, tables, measured, stopped)


def _estimate(
    runner: StageRunner, plan: Plan, tried: Tried, limits: Limits
) -> tuple[list[Forecast], Forecast, list[str]]:
    """Return what each stage has still to do for the whole run, all of it together, and what could not be measured."""
    store, unit = runner.store, plan.unit
    planned = unit.of(store, plan.planned) | plan.besides
    left = {table: planned - units for table, units in plan.done(store).items()}
    tables = dict.fromkeys([*tried.tables, *left])
    stages, unknown, start_seconds = [], [], 0.0
    for table in tables:
        measured = tried.measured.get(table) or recall(store.root, table)
        units = left.get(table, left[plan.asked[0].table])
        if measured is None and units:
            unknown.append(table.partition("/")[0])
        elif measured is not None:
            start_seconds = max(start_seconds, measured.start_seconds)
            stages.append(forecast(measured, len(units), limits))
    any_left = frozenset[int | str]().union(*left.values())
    return stages, whole(stages, start_seconds, len(any_left), limits), list(dict.fromkeys(unknown))


def _report(
    runner: StageRunner, plan: Plan, tried: Tried, limits: Limits, outcomes: Outcomes, rows: list[dict[str, str]]
) -> dict[str, Any]:
    """Return dry_run, unit, planned, outcomes, estimate and stopped; add them to the flow run as artifacts, too.

    Args:
        rows: the outcomes as a table for people.
    """
    stages, total, unknown = _estimate(runner, plan, tried, limits)
    found = {
        "dry_run": tried.few.rows,
        "unit": plan.unit.name,
        "planned": plan.planned.rows + len(plan.besides),
        "outcomes": outcomes,
        "estimate": {**described(stages, total), "not_measured": unknown},
        "stopped": tried.stopped,
    }
    create_table_artifact(rows, key="dry-run", description=f"What {tried.few.rows} {plan.unit.name} came to")
    create_markdown_artifact(in_words(found), key="estimate", description="What the whole run will take")
    return found


def try_distillation(
    runner: StageRunner,
    articles: TableRef,
    samples: TableRef,
    resolved: Distillation,
    engine: Engine,
    go: Callable[[TableRef], object],
) -> dict[str, Any]:
    """Return what a few of the samples come to, and what all of them will take; see ``_report``."""
    store, asked = runner.store, [generator.recipe for generator in resolved.generators]
    judged = [resolved.evaluator.recipe] if resolved.evaluator else []
    answerer, passing = resolved.answerer, store.table(resolved.gates.recipe)
    gates = [*map(store.table, asked), passing]
    decided = [] if answerer.calibration.is_identity else [decisions_recipe(answerer)]
    answered = [*decided, answerer.recipe, gates_recipe(answerer, resolved.answer_gates)]
    plan = Plan(
        unit=ARTICLE,
        planned=samples,
        asked=asked,
        then=[*judged, *decided, answerer.recipe],
        ended=lambda: ended(ARTICLE, gates, passing),
        for_good=("embeddings",),
    )
    tried = _try_few(runner, plan, resolved.dry_run or 1, engine, go)
    outcomes = read_distilled(store, articles, tried.few, runner.results, gates, [*map(store.table, answered)])
    return _report(runner, plan, tried, resolved.limits, outcomes, distilled_rows(outcomes))


def try_extraction(
    runner: StageRunner,
    sentences: TableRef,
    gold: TableRef | None,
    resolved: Extraction,
    engine: Engine,
    go: Callable[[TableRef], object],
) -> dict[str, Any]:
    """Return what a few of the sentences come to, and what all will take, those of the gold corpus among them.

    Training and judging a student are not in it. See ``_report``.
    """
    store, task, teacher = runner.store, resolved.declared(), resolved.teacher
    answers = store.table(teacher.recipe(task))
    asks_first = [store.table(teacher.pre_filter_recipe(task))] if teacher.pre_filter else []
    plan = Plan(
        unit=SENTENCE,
        planned=sentences,
        asked=[table.recipe for table in asks_first] or [answers.recipe],
        then=[answers.recipe] if asks_first else [],
        ended=lambda: frozenset[int | str]().union(*map(denied, asks_first)),
        besides=frozenset() if gold is None else SENTENCE.of(store, gold),
    )
    tried = _try_few(runner, plan, resolved.dry_run or 1, engine, go)
    outcomes = read_labelled(store, tried.few, runner.results, [*asks_first, answers])
    return _report(runner, plan, tried, resolved.limits, outcomes, labelled_rows(outcomes))
