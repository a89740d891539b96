"""The page of an evaluation: one HTML file that needs nothing beside it."""

from typing import Any

import polars as pl

from tasks.evaluation.ask import PROBABILITIES
from tasks.evaluation.results import Judged, Results
from tasks.report.evaluation_figures import draw_headings, draw_scores, draw_years, without_check_tags
from tasks.report.template import embed, render

LARGEST_HEADINGS = 15
WRONG_ITEMS = 12


def render_evaluation(results: Results) -> str:
    """Return the page (HTML)."""
    return render(
        "evaluation.html",
        results=results,
        benchmark=results.benchmark,
        models=list(dict.fromkeys(judged.examinee.name for judged in results.judged)),
        scores=embed(draw_scores(results), "scores"),
        asked=[_draw_slices(results, alike) for alike in _asked_alike(results)],
        wrong=[(judged, pick_wrong(judged)) for judged in _shown_wrong(results)],
        decisions=results.benchmark.decisions,
    )


def pick_wrong(judged: Judged, count: int = WRONG_ITEMS) -> list[dict[str, Any]]:
    """Return the wrong items of which the model was surest, each with its probabilities; without them the first."""
    wrong = judged.rows.filter(pl.col("prediction").ne_missing(pl.col("decision")))
    surest = pl.max_horizontal(PROBABILITIES)
    return wrong.sort(surest, descending=True, nulls_last=True, maintain_order=True).head(count).to_dicts()


def _asked_alike(results: Results) -> list[list[Judged]]:
    """Return what was asked in the same setting by the same method, in the order of the first of each."""
    groups: dict[tuple[str, str], list[Judged]] = {}
    for judged in results.judged:
        groups.setdefault((judged.examinee.setting, judged.examinee.method), []).append(judged)
    return list(groups.values())


def _draw_slices(results: Results, judged: list[Judged]) -> dict[str, Any]:
    examinee = judged[0].examinee
    slices = judged[0].slices
    first, way = results.benchmark.slices[0], f"{examinee.setting}-{examinee.method}"
    headings = draw_headings(judged, LARGEST_HEADINGS) if _has_headings(slices) else None
    return {
        "name": f"{examinee.setting}, {examinee.method}",
        "over": embed(draw_years(results, judged), f"{first}-{way}") if len(slices[first]) else None,
        "headings": None if headings is None else embed(headings, f"heading-{way}"),
    }


def _has_headings(slices: dict[str, pl.DataFrame]) -> bool:
    return "heading" in slices and not without_check_tags(slices["heading"]).is_empty()


def _shown_wrong(results: Results) -> list[Judged]:
    """Return, for each model, the way of asking that shows most: with probabilities where there is one."""
    shown: dict[str, Judged] = {}
    for judged in results.judged:
        known = shown.get(judged.examinee.name)
        if known is None or (known.examinee.method == "generated" and judged.examinee.method == "choice"):
            shown[judged.examinee.name] = judged
    return list(shown.values())
