"""The page of a training: its losses step by step, what was held out, and what went in."""

from pathlib import Path

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from mesh.draw import COLOURS, STYLE
from tasks.report.template import embed, render
from tasks.store.atomic import write_text
from tasks.tuning.report import TrainingReport

SMOOTHED_STEPS = 10


def write_training_page(folder: Path, report: TrainingReport, adapter: Path) -> Path:
    """Write the HTML page of a finished training and return its path."""
    path = folder / f"{report.settings.kind}-{report.digest}.html"
    settings = report.settings.model_dump(mode="json")
    losses = embed(draw_losses(report), "losses")
    page = render("training.html", report=report, adapter=adapter, settings=settings, losses=losses)
    write_text(path, page)
    return path


def draw_losses(report: TrainingReport) -> go.Figure:
    """Return the loss of each step with its running mean, and below it DPO's margin or the learning rate."""
    curve = report.curve()
    second, label = ("margin", "implicit reward margin") if report.losses and report.losses[0].margin is not None else (
        "learning_rate", "learning rate")  # fmt: skip
    figure = make_subplots(rows=2, shared_xaxes=True, row_heights=[0.65, 0.35], vertical_spacing=0.06)
    steps, loss = curve["step"].to_list(), curve["loss"]
    smooth = loss.rolling_mean(SMOOTHED_STEPS, min_samples=1).to_list()
    figure.add_scatter(x=steps, y=loss.to_list(), name="step", line={"color": COLOURS[0], "width": 1}, opacity=0.45)
    figure.add_scatter(x=steps, y=smooth, name=f"mean of {SMOOTHED_STEPS}", line={"color": COLOURS[0], "width": 2.5})
    figure.add_scatter(x=steps, y=curve[second].to_list(), name=label, line={"color": COLOURS[1]}, row=2, col=1)
    for step in report.resumed_from:
        figure.add_vline(step, line_dash="dot", annotation_text="resumed")
    figure.update_yaxes(title="loss", row=1, col=1).update_yaxes(title=label, row=2, col=1)
    figure.update_xaxes(title="step", row=2, col=1)
    return figure.update_layout(**STYLE, height=460, margin={"t": 20, "l": 60, "r": 10, "b": 45})
