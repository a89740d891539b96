"""An evaluation as JSON values."""

from dataclasses import asdict
from typing import Any

from tasks.evaluation.metrics import RESAMPLES
from tasks.evaluation.results import Judged, Pair, Results
from tasks.evaluation.slices import SLICE_RESAMPLES
from tasks.interval import CONFIDENCE

DIGITS, SMALL = 4, 0.01


def describe(results: Results) -> dict[str, Any]:
    """Return everything that an evaluation found, scores from 0 to 1; the same predictions give the same values."""
    benchmark = results.benchmark
    described = {
        "benchmark": benchmark.name,
        "items": len(benchmark.items),
        "left_out": results.left_out,
        "files": benchmark.files,
        "decisions": {
            decision: int((benchmark.items["decision"] == decision).sum()) for decision in benchmark.decisions
        },
        "results": [_describe_judged(judged) for judged in results.judged],
        "comparisons": [_describe_pair(pair) for pair in results.pairs],
        "references": {
            "majority": {"prediction": results.most_frequent, **asdict(results.majority)},
            "human": None if results.human is None else asdict(results.human),
            "published": [asdict(point) for point in benchmark.published],
        },
        "intervals": {
            "confidence": CONFIDENCE,
            "resamples": RESAMPLES,
            "resamples_of_slices": SLICE_RESAMPLES,
            "smallest_slice": results.smallest_slice,
        },
    }
    rounded: dict[str, Any] = _rounded(described)
    return rounded


def _describe_judged(judged: Judged) -> dict[str, Any]:
    examinee = judged.examinee
    return {
        "model": examinee.name,
        "setting": examinee.setting,
        "method": examinee.method,
        **asdict(judged.scores),
        "unanswered_because": judged.unanswered_because,
        "without_probabilities": judged.unweighed,
        "confusion": judged.confusion,
        "slices": {name: rows.to_dicts() for name, rows in judged.slices.items()},
        "identity": examinee.recipe.parameters["model"],
        "table": judged.ref.table,
    }


def _describe_pair(pair: Pair) -> dict[str, Any]:
    asked = {"setting": pair.first.setting, "method": pair.first.method}
    return {"first": pair.first.name, "second": pair.second.name, **asked, **asdict(pair.comparison)}


def _rounded(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, float):
        return round(value, DIGITS) if abs(value) >= SMALL else float(f"{value:.{DIGITS}g}")
    if isinstance(value, dict):
        return {name: _rounded(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_rounded(each) for each in value]
    return value
