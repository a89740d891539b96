"""The drawings of an evaluation."""

from collections.abc import Callable, Iterable, Sequence
from functools import cache

import plotly.graph_objects as go
import polars as pl
from plotly.subplots import make_subplots

from mesh.check_tags import CHECK_TAGS
from mesh.draw import COLOURS, STYLE
from mesh.hierarchy import load_hierarchy
from tasks.evaluation.metrics import Scores
from tasks.evaluation.results import Judged, Results
from tasks.interval import Interval

METRICS = {"accuracy": "accuracy", "macro_f1": "macro-F1"}
REFERENCE, INK, SOFT = "#b9c3cb", "#24303a", "#5d6b76"
ROW_PIXELS, FRAME_PIXELS = 30, 90
LONGEST_LABEL = 48
MARKER = {"size": 9}

Row = tuple[str, str, Interval, Interval | None]
"""A bar's label and colour, its accuracy, and its macro-F1 where that is known."""


def draw_scores(results: Results) -> go.Figure:
    """Return bars of accuracy and macro-F1 with their intervals, models first, then what they are measured by.

    A dashed line stands where always giving the most frequent decision would end.
    """
    rows = [*_model_rows(results.judged), *_reference_rows(results)]
    labels = [label for label, *_ in rows]
    figure = make_subplots(cols=2, shared_yaxes=True, horizontal_spacing=0.05, subplot_titles=list(METRICS.values()))
    by_accuracy = [(label, colour, accuracy) for label, colour, accuracy, _ in rows]
    by_macro_f1 = [(label, colour, macro_f1) for label, colour, _, macro_f1 in rows if macro_f1 is not None]
    for column, drawn in enumerate((by_accuracy, by_macro_f1), 1):
        intervals = [interval for *_, interval in drawn]
        figure.add_bar(
            y=[label for label, *_ in drawn],
            x=[interval.value for interval in intervals],
            error_x=_errors(intervals, INK),
            marker_color=[colour for _, colour, _ in drawn],
            text=[f"{100 * interval.value:.1f}" for interval in intervals],
            textposition="inside",
            insidetextanchor="start",
            orientation="h",
            hovertemplate="%{y}: %{x:.1%}<extra></extra>",
            row=1,
            col=column,
        )
        baseline = getattr(results.majority, list(METRICS)[column - 1]).value
        figure.add_vline(baseline, line_dash="dash", line_color=SOFT, line_width=1, row=1, col=column)
    figure.update_xaxes(range=[0, 1], tickvals=[0, 0.2, 0.4, 0.6, 0.8], tickformat=".0%")
    figure.update_yaxes(categoryorder="array", categoryarray=labels[::-1], ticksuffix=" ", automargin=True)
    height = FRAME_PIXELS + ROW_PIXELS * len(rows)
    return figure.update_layout(**STYLE, height=height, showlegend=False, margin={"t": 40, "l": 20, "r": 10, "b": 40})


def draw_years(results: Results, judged: Sequence[Judged]) -> go.Figure:
    """Return the accuracy of each model by year, or by whatever the first slices are; a row per model.

    Args:
        judged: those to draw, all asked in the same way.
    """
    [name, *_] = results.benchmark.slices
    return _draw_slices(judged, lambda each: each.slices[name], upright=True)


def draw_headings(judged: Sequence[Judged], largest: int) -> go.Figure:
    """Return the accuracy of each model under the headings with the most items, check tags left out."""
    return _draw_slices(judged, lambda each: without_check_tags(each.slices["heading"]).head(largest), upright=False)


def without_check_tags(slices: pl.DataFrame) -> pl.DataFrame:
    """Return the slices by heading but those of check tags, which half of all articles carry."""
    return slices.filter(~pl.col("slice").is_in(_check_tag_names()))


@cache
def _check_tag_names() -> list[str]:
    tags = load_hierarchy().descriptors.filter(pl.col("ui").is_in(sorted(CHECK_TAGS)))
    return tags["name"].to_list()


def _draw_slices(judged: Sequence[Judged], slices: Callable[[Judged], pl.DataFrame], *, upright: bool) -> go.Figure:
    figure = go.Figure()
    for place, each in enumerate(judged):
        rows, colour = slices(each), COLOURS[place % len(COLOURS)]
        intervals = [Interval(*row) for row in rows.select("accuracy", "accuracy_low", "accuracy_high").iter_rows()]
        labels = [f"{name} ({items})" for name, items in rows.select("slice", "items").iter_rows()]
        values = [interval.value for interval in intervals]
        across, along = ("x", "y") if upright else ("y", "x")
        figure.add_scatter(
            **{across: [_shortened(label) for label in labels], along: values},
            **{f"error_{along}": _errors(intervals, colour)},
            mode="markers",
            orientation="v" if upright else "h",
            name=each.examinee.name,
            marker=MARKER | {"color": colour},
            customdata=labels,
            hovertemplate=f"%{{customdata}}: %{{{along}:.1%}}<extra></extra>",
        )
    shown = max((len(slices(each)) for each in judged), default=0)
    layout = {**STYLE, "scattermode": "group", "scattergap": 0.6}
    legend = {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0}
    if upright:
        figure.update_yaxes(range=[0, 1], tickformat=".0%", title="accuracy").update_xaxes(type="category")
        height = 340
    else:
        figure.update_xaxes(range=[0, 1], tickformat=".0%", title="accuracy")
        figure.update_yaxes(type="category", autorange="reversed", automargin=True, ticksuffix=" ")
        height = FRAME_PIXELS + ROW_PIXELS * shown
    margin = {"t": 40, "l": 50, "r": 10, "b": 45}
    return figure.update_layout(**layout, height=height, margin=margin, legend=legend, showlegend=len(judged) > 1)


def _model_rows(judged: Iterable[Judged]) -> list[Row]:
    names = list(dict.fromkeys(each.examinee.name for each in judged))
    colours = {name: COLOURS[place % len(COLOURS)] for place, name in enumerate(names)}
    rows: list[Row] = []
    for each in judged:
        examinee = each.examinee
        label = f"{examinee.name} · {examinee.setting} · {examinee.method}"
        rows.append((label, colours[examinee.name], each.scores.accuracy, each.scores.macro_f1))
    return rows


def _reference_rows(results: Results) -> list[Row]:
    measured: list[tuple[str, Scores | None]] = [
        (f"majority: always {results.most_frequent}", results.majority),
        ("annotator, of the same items", results.human),
    ]
    rows: list[Row] = [
        (label, REFERENCE, scores.accuracy, scores.macro_f1) for label, scores in measured if scores is not None
    ]
    for point in results.benchmark.published:
        if point.name == "majority":  # stands there as measured
            continue
        exact = Interval(point.accuracy, point.accuracy, point.accuracy)
        rows.append((f"{point.name}, published", REFERENCE, exact, None))
    return rows


def _errors(intervals: Sequence[Interval], colour: str) -> dict[str, object]:
    return {
        "type": "data",
        "symmetric": False,
        # None, not 0: a published value has no interval, and 0 would draw its ends.
        "array": [interval.high - interval.value or None for interval in intervals],
        "arrayminus": [interval.value - interval.low or None for interval in intervals],
        "thickness": 1.4,
        "color": colour,
        "width": 4,
    }


def _shortened(label: str) -> str:
    return label if len(label) <= LONGEST_LABEL else f"{label[: LONGEST_LABEL - 1]}…"
