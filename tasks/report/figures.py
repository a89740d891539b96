"""The drawings of a report."""

import math

import plotly.graph_objects as go
import polars as pl
from plotly.subplots import make_subplots

from mesh.branch import Branch
from mesh.draw import COLOURS, STYLE, draw_branch
from mesh.gather import gather
from mesh.hierarchy import Hierarchy
from mesh.placement import Placement
from tasks.preference.score import Measure
from tasks.report.template import render

BAR_PIXELS = 420.0


def draw_funnel(rows: list[tuple[str, int]]) -> str:
    """Return an SVG of labelled bars; their lengths are logarithmic, for a sample is a sliver of a harvest."""
    longest = math.log10(1 + max(count for _, count in rows)) or 1.0
    return render("funnel.svg", rows=rows, width=lambda count: BAR_PIXELS * math.log10(1 + count) / longest)


def draw_coverage(
    usable: pl.DataFrame, sampled: set[int], hierarchy: Hierarchy, branch: Branch, seed: int
) -> go.Figure:
    """Return a treemap of the branch: areas are usable articles at each position, colours the share sampled.

    Args:
        usable: pmid and headings of the usable articles.
        sampled: the PMIDs in the sample.
    """
    placed = Placement(hierarchy, branch, seed).place(usable.select("pmid", "headings"))
    chosen = placed.filter(pl.col("pmid").is_in(list(sampled)))
    here, drawn = (dict(rows.group_by("position").len().iter_rows()) for rows in (placed, chosen))
    figure = draw_branch(hierarchy, branch, here, "articles")
    [treemap] = figure.data
    total, _ = gather(drawn, branch)
    counts = [total.get(position, 0) for position in treemap.ids]
    figure.update_traces(
        customdata=counts,
        hovertemplate="<b>%{label}</b><br>%{id}<br>%{value:,} articles, %{customdata:,} sampled<extra></extra>",
        marker={
            "colors": [count / value for count, value in zip(counts, treemap.values, strict=True)],
            "colorscale": "Teal",
            "cmin": 0,
            "colorbar": {"title": "sampled", "tickformat": ".0%"},
        },
    )
    return figure.update_layout(height=560)


def draw_scores(scored: pl.DataFrame) -> go.Figure:
    """Return a histogram per measure, a colour per generator; expects measure, generator and score."""
    figure = make_subplots(cols=len(Measure), subplot_titles=[measure.value for measure in Measure])
    generators = scored["generator"].unique().sort().to_list()
    for column, measure in enumerate(Measure, 1):
        for place, generator in enumerate(generators):
            chosen = scored.filter(pl.col("measure") == measure.value, pl.col("generator") == generator)
            figure.add_histogram(
                x=chosen["score"].to_list(), name=generator, legendgroup=generator, showlegend=column == 1,
                marker_color=COLOURS[place % len(COLOURS)], nbinsx=25, opacity=0.75, row=1, col=column,
            )  # fmt: skip
    figure.update_yaxes(title="questions", col=1).update_xaxes(title="score")
    return figure.update_layout(**STYLE, barmode="overlay", height=330, margin={"t": 40, "l": 50, "r": 10, "b": 45})


def draw_margins(margins: list[float], smallest: float) -> go.Figure:
    """Return a histogram of how far best and worst question lie apart, with the line that makes a pair."""
    figure = go.Figure(go.Histogram(x=margins, nbinsx=40, marker_color=COLOURS[0]))
    figure.add_vline(smallest, line_dash="dash", annotation_text=f"pair from {smallest:g}")
    figure.update_xaxes(title="standard deviations between best and worst question").update_yaxes(title="articles")
    return figure.update_layout(**STYLE, height=300, margin={"t": 20, "l": 50, "r": 10, "b": 45}, showlegend=False)
