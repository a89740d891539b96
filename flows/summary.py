"""What a finished run says of itself, for the command line, for scripts and for the UI."""

from typing import Any

from mesh.branch import Branch
from tasks.store.reference import LlmUsage, StageResult


def summarise(branch: Branch, results: list[StageResult], dataset: str, report: str) -> dict[str, Any]:
    """Return branch, stages{name: {rows, computed, reused, dropped, seconds}}, llm{…}, dataset, report."""
    return {"branch": str(branch), **summarise_stages(results), "dataset": dataset, "report": report}


def summarise_stages(results: list[StageResult]) -> dict[str, Any]:
    """Return stages{name: {rows, computed, reused, dropped, seconds}} and llm{…}.

    Stages that ran several times (a table per generator or measure) are added up.
    """
    stages: dict[str, dict[str, float]] = {}
    for result in results:
        counted = {
            "rows": result.ref.rows,
            "computed": result.computed,
            "reused": result.reused,
            "dropped": result.dropped,
            "seconds": result.seconds,
        }
        known = stages.setdefault(result.stage, dict.fromkeys(counted, 0))
        stages[result.stage] = {name: round(known[name] + value, 3) for name, value in counted.items()}
    return {"stages": stages, "llm": sum((result.usage for result in results), LlmUsage()).model_dump()}
