"""The drawings of an extraction."""

from collections.abc import Sequence

import plotly.graph_objects as go

from mesh.draw import COLOURS, STYLE
from tasks.extraction.judge import BesideTeacher
from tasks.extraction.scores import Micro
from tasks.extraction.student.kept import Epoch
from tasks.report.template import render

INK = "#24303a"
ROW_PIXELS, FRAME_PIXELS = 34, 90


def draw_f1(scores: dict[str, Micro], beside: BesideTeacher | None) -> go.Figure:
    """Return the F1 of each score with its interval; those of student and teacher on the same sentences where known."""
    sides = _sides(scores, beside)
    figure = go.Figure()
    for (side, each), colour in zip(sides.items(), COLOURS, strict=False):
        f1 = [score.f1 for score in each.values()]
        figure.add_bar(
            name=side,
            y=list(each),
            x=[interval.value for interval in f1],
            error_x={
                "array": [interval.high - interval.value for interval in f1],
                "arrayminus": [interval.value - interval.low for interval in f1],
                "color": INK,
                "thickness": 1,
            },
            marker_color=colour,
            orientation="h",
            hovertemplate=f"{side}, %{{y}}: %{{x:.1%}}<extra></extra>",
        )
    figure.update_xaxes(range=[0, 1], tickformat=".0%", title="F1")
    figure.update_yaxes(autorange="reversed", ticksuffix=" ", automargin=True)
    height = FRAME_PIXELS + ROW_PIXELS * len(scores) * len(sides)
    legend = {"orientation": "h", "y": 1.02, "yanchor": "bottom"}
    return figure.update_layout(
        **STYLE, height=height, margin={"t": 30, "l": 20, "r": 10, "b": 45}, legend=legend, showlegend=len(sides) > 1
    )


def draw_f1_bars(scores: dict[str, Micro], beside: BesideTeacher | None) -> str:
    """Return the same as an SVG, which the Prefect UI shows."""
    sides = _sides(scores, beside)
    bars = [
        (name if len(sides) == 1 else f"{side}: {name}", colour, score.f1)
        for (side, each), colour in zip(sides.items(), COLOURS, strict=False)
        for name, score in each.items()
    ]
    return render("f1.svg", bars=bars)


def draw_epochs(epochs: Sequence[Epoch]) -> go.Figure:
    """Return the F1 on held-out labels after each epoch; the one that was kept is marked."""
    best = max(epochs, key=lambda epoch: epoch.f1)
    figure = go.Figure()
    figure.add_scatter(
        x=[epoch.epoch for epoch in epochs], y=[epoch.f1 for epoch in epochs], mode="lines+markers", name="held out",
        line={"color": COLOURS[0]}, hovertemplate="epoch %{x:.0f}: %{y:.1%}<extra></extra>",
    )  # fmt: skip
    figure.add_scatter(
        x=[best.epoch], y=[best.f1], mode="markers+text", marker={"size": 11, "color": COLOURS[1]},
        text=[f"kept: {best.f1:.1%}"], textposition="bottom center", hoverinfo="skip",
    )  # fmt: skip
    figure.update_xaxes(title="epoch").update_yaxes(title="F1, held-out labels", tickformat=".0%", rangemode="tozero")
    return figure.update_layout(**STYLE, height=320, showlegend=False, margin={"t": 10, "l": 60, "r": 10, "b": 45})


def _sides(scores: dict[str, Micro], beside: BesideTeacher | None) -> dict[str, dict[str, Micro]]:
    return {"student": scores} if beside is None else {"student": beside.student, "teacher": beside.teacher}
