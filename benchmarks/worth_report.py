"""What the grades say: how much is fit before the gates and after, and what each gate is worth."""

from typing import Any

from rich.console import Console
from rich.table import Table

from tasks.review.gate_scores import GateScore, Judged, gate_scores, together
from tasks.review.rubric import fit_answer, fit_item, fit_question

Row = dict[str, Any]


def judged_questions(rows: list[Row]) -> list[Judged]:
    """Return the questions that were graded in full and that the gates were held against (``refused_by``)."""
    fit = [(fit_question(row["grades"]), row.get("refused_by")) for row in rows]
    return [Judged(is_fit, reasons) for is_fit, reasons in fit if is_fit is not None and reasons is not None]


def judged_answers(rows: list[Row]) -> list[Judged]:
    """Return the answers that were graded and that the answer gates were held against (``answer_refused_by``)."""
    fit = [(fit_answer(row["grades"]), row.get("answer_refused_by")) for row in rows if row.get("long_answer")]
    return [Judged(is_fit, reasons) for is_fit, reasons in fit if is_fit is not None and reasons is not None]


def counts_of(rows: list[Row]) -> dict[str, int | float | None]:
    """Return what is counted for one model's rows.

    Of questions and of whole items, whose answer was graded, too: how many there are, how many today's gates let
    through (of an item those of the answer, too), and which share of either is fit. Shares of nothing are None.
    """
    questions = [is_fit for row in rows if (is_fit := fit_question(row["grades"])) is not None]
    items = [row for row in rows if row.get("long_answer") and fit_item(row["grades"]) is not None]
    passed = [each.fit for each in judged_questions(rows) if not each.refused_by]
    items_passed = [row for row in items if row.get("refused_by") == [] and row.get("answer_refused_by", []) == []]
    return {
        "graded": len(questions),
        "fit_before": _share(sum(questions), len(questions)),
        "passed": len(passed),
        "fit_after": _share(sum(passed), len(passed)),
        "items": len(items),
        "items_fit_before": _share(sum(bool(fit_item(row["grades"])) for row in items), len(items)),
        "items_passed": len(items_passed),
        "items_fit_after": _share(sum(bool(fit_item(row["grades"])) for row in items_passed), len(items_passed)),
    }


def summary(rows: list[Row], questions_per_s: float | None) -> dict[str, float | None]:
    """Return the last line of the report."""
    fit = {model: counts_of([row for row in rows if row["model"] == model]) for model in ("embedded", "better")}
    every, answers = together(judged_questions(rows)), together(judged_answers(rows))
    return {
        "fit_embedded": fit["embedded"]["fit_after"],
        "fit_better": fit["better"]["fit_after"],
        "gate_recall": every.recall,
        "good_lost": every.good_lost,
        "questions_per_s": questions_per_s,
        "items_fit_embedded": fit["embedded"]["items_fit_after"],
        "items_fit_better": fit["better"]["items_fit_after"],
        "answer_gate_recall": answers.recall,
        "good_answers_lost": answers.good_lost,
    }


def print_report(rows: list[Row]) -> None:
    """Print a table of the models and one of the gates."""
    console = Console(width=140)
    models = Table("model", box=None)
    names = list(counts_of([]))
    for name in names:
        models.add_column(name.replace("_", " "), justify="right")
    for model in dict.fromkeys(row["model"] for row in rows):
        found = counts_of([row for row in rows if row["model"] == model])
        models.add_row(model, *(_shown(found[name]) for name in names))
    console.print(models)
    unheld = sum(row.get("refused_by") is None for row in rows)
    if unheld:
        console.print(f"{unheld} of {len(rows)} graded rows were never held against the gates (--judge)")
    _print_gates(console, "gate", judged_questions(rows))
    _print_gates(console, "answer gate", judged_answers(rows))


def _print_gates(console: Console, title: str, judged: list[Judged]) -> None:
    if not judged:
        return
    scores = gate_scores(judged)
    console.print(_gates(title, [*scores, together(judged)]))
    worst = max(scores, key=lambda score: score.good_lost or 0.0, default=None)
    if worst and worst.good_lost:
        console.print(f"the {title} that loses most of the good: {worst.gate}, {_shown(worst.good_lost)}")


def _gates(title: str, scores: list[GateScore]) -> Table:
    table = Table(title, box=None)
    for column in ("refused", "of them bad", "precision", "recall", "good lost"):
        table.add_column(column, justify="right")
    for score in scores:
        shares = (_shown(share) for share in (score.precision, score.recall, score.good_lost))
        table.add_row(score.gate, str(score.refused), str(score.bad_refused), *shares)
    return table


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _shown(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.1%}" if isinstance(value, float) else f"{value:,}"
