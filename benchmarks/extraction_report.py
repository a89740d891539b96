"""What ``benchmarks.extraction`` stored, as tables, a plot and one JSON object."""

import json
from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots
from rich.console import Console
from rich.table import Table

from mesh.draw import COLOURS, STYLE
from tasks.extraction.counts import MATCHES
from tasks.percent import in_percent

UNSEEN = "without the fold that settings were chosen on"


def report(stored: dict[str, Any]) -> None:
    """Print what is stored of an encoder."""
    console = Console(width=120)
    table = Table("student of gold labels", "precision, %", "recall, %", "F1, %", box=None)
    for name in (name for name in ("ceiling", "everything", "gad", "phi") if name in stored):
        for score_name, score in stored[name]["scores"].items():
            if name != "phi" or score_name == "spans":
                columns = (in_percent(score[column]) for column in ("precision", "recall", "f1"))
                table.add_row(f"{name}: {score_name}", *columns)
        if stored[name]["accuracy"]:
            table.add_row(f"{name}: accuracy", "", "", in_percent(stored[name]["accuracy"]))
    console.print(table)
    for name, found in (("our folds", stored.get("ceiling", {}).get("spert")), ("SpERT's folds", stored.get("spert"))):
        if found:
            print(f"as SpERT counts, {name}: entities {found['entity_f1']:.4f}, relations {found['relation_f1']:.4f}")
    if "heads" in stored:
        table = Table("head", "strict F1, all", "events differ", "mlp ahead by, all", "events differ", box=None)
        slices = ("all", "events differ")
        for head in (name for name in stored["heads"] if name not in ("sentences", "seconds")):
            each = [stored["heads"][head][name] for name in slices]
            scores = [in_percent(one["score"]["f1"]) for one in each]
            table.add_row(head, *scores, *(in_percent(one["less than mlp by"]) for one in each))
        console.print(table)
    if "noise" in stored:
        for matching in MATCHES:
            console.print(noise_table(stored["noise"], matching))
    if "ceiling" in stored:
        sides = {"f1": stored["ceiling"], "f1_but_for_the_fold_of_the_settings": stored["ceiling"][UNSEEN]}
        values = {
            f"{name}_{side}": round(100 * found["scores"][f"relations, {name}"]["f1"]["value"], 2)
            for side, found in sides.items()
            for name in MATCHES
        }
        print(json.dumps(values))


def noise_table(stored: dict[str, Any], matching: str) -> Table:
    """Return teachers beside their students."""
    columns = (f"student of {size:,}, {matching} F1" for size in sizes_of(stored))
    table = Table(f"SIMULATED teacher, {matching} F1", *columns, box=None)
    for f1, own in stored["teachers"].items():
        students = {each["sentences"]: each for each in stored["students"] if each["teacher"] == float(f1)}
        found = [in_percent(students[size][matching]["f1"]) if size in students else "" for size in sizes_of(stored)]
        table.add_row(in_percent(own[matching]["f1"]), *found)
    return table


def sizes_of(stored: dict[str, Any]) -> list[int]:
    """Return how many sentences students were trained on."""
    return sorted({each["sentences"] for each in stored["students"]})


def draw_noise(stored: dict[str, Any]) -> go.Figure:
    """Return students' F1 against their teachers': above the diagonal a student is better than what taught it."""
    figure = make_subplots(cols=2, subplot_titles=[f"{matching} relation F1" for matching in MATCHES])
    for column, matching in enumerate(MATCHES, 1):
        figure.add_scatter(
            x=[0, 1], y=[0, 1], mode="lines", line={"dash": "dot", "color": "#8a949c"}, showlegend=False,
            hoverinfo="skip", row=1, col=column,
        )  # fmt: skip
        for size, colour in zip(sizes_of(stored), COLOURS, strict=False):
            students = [each for each in stored["students"] if each["sentences"] == size]
            f1 = [each[matching]["f1"] for each in students]
            figure.add_scatter(
                x=[stored["teachers"][str(each["teacher"])][matching]["f1"]["value"] for each in students],
                y=[each["value"] for each in f1],
                error_y={
                    "array": [each["high"] - each["value"] for each in f1],
                    "arrayminus": [each["value"] - each["low"] for each in f1],
                },
                name=f"{size:,} sentences", marker={"color": colour, "size": 9}, showlegend=column == 1, row=1,
                col=column,
            )  # fmt: skip
    figure.update_xaxes(title="simulated teacher", tickformat=".0%", range=[0.4, 1])
    figure.update_yaxes(title="student", tickformat=".0%", range=[0.4, 1])
    title = "Students of a SIMULATED teacher (gold labels spoilt at random): above the line they beat it"
    return figure.update_layout(**STYLE, title=title, height=480, width=1000)
