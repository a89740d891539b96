"""What a finished run says of itself, for the command line, for scripts and for the UI."""

from typing import Any

from mesh.branch import Branch
from tasks.serving.spending import Limits
from tasks.store.reference import LlmUsage, StageResult


def summarise(branch: Branch, results: list[StageResult], limits: Limits, dataset: str, report: str) -> dict[str, Any]:
    """Return branch, stages and llm (see ``summarise_stages``), dataset, report."""
    return {"branch": str(branch), **summarise_stages(results, limits), "dataset": dataset, "report": report}


def summarise_stages(results: list[StageResult], limits: Limits = Limits()) -> dict[str, Any]:  # noqa: B008 - frozen
    """Return stages{name: {rows, computed, reused, dropped, seconds, tokens}} and llm{…}.

    Where there are prices, each has its ``cost``, too. Stages that ran several times (a table per generator or
    measure) are added up.
    """
    names = list(dict.fromkeys(result.stage for result in results))
    stages = {name: _add_up([result for result in results if result.stage == name], limits) for name in names}
    return {"stages": stages, "llm": _with_cost(_usage(results).model_dump(), _usage(results), limits)}


def _add_up(results: list[StageResult], limits: Limits) -> dict[str, Any]:
    usage = _usage(results)
    counted = {
        "rows": sum(result.ref.rows for result in results),
        "computed": sum(result.computed for result in results),
        "reused": sum(result.reused for result in results),
        "dropped": sum(result.dropped for result in results),
        "seconds": round(sum(result.seconds for result in results), 3),
        "tokens": usage.tokens,
    }
    return _with_cost(counted, usage, limits)


def _usage(results: list[StageResult]) -> LlmUsage:
    return sum((result.usage for result in results), LlmUsage())


def _with_cost(counted: dict[str, Any], usage: LlmUsage, limits: Limits) -> dict[str, Any]:
    cost = limits.cost(usage)
    return counted if cost is None else {**counted, "cost": round(cost, 6)}
