"""Dry runs in words and tables: for a terminal, for the Prefect UI and as JSON."""

from collections.abc import Iterable
from typing import Any

from tasks.cost import in_currency
from tasks.duration import spoken
from tasks.estimate.forecast import Forecast, Range
from tasks.estimate.outcomes import Outcomes
from tasks.visible import in_one_line

LONGEST_QUESTION, LONGEST_ANSWER, LONGEST_REASON = 120, 100, 60


def described(stages: Iterable[Forecast], total: Forecast) -> dict[str, Any]:
    """Return an estimate as JSON: stages (those of a name added up) and whole, each with units, requests, tokens,
    seconds and cost (null without prices); a number that is uncertain is a list of the least and the most.
    """
    by_name: dict[str, list[Forecast]] = {}
    for stage in stages:
        by_name.setdefault(stage.stage, []).append(stage)
    return {"stages": {name: _describe(_add_up(each)) for name, each in by_name.items()}, "whole": _describe(total)}


def in_words(found: dict[str, Any]) -> str:
    """Return what the whole run will take, as a person would say it (Markdown).

    Args:
        found: dry_run, unit, planned, estimate and stopped of a dry run.
    """
    whole, unit = found["estimate"]["whole"], found["unit"]
    lines = [f"The whole run: {found['planned']:,} {unit}, of which {whole['units']:,} are still to be asked about."]
    amounts = {name: stage for name, stage in found["estimate"]["stages"].items() if stage["units"]}
    for name, stage in [*amounts.items(), *([("all", whole)] if whole["units"] else [])]:
        lines.append(f"- {name}: {', '.join(_amounts(stage))}")
    if found["estimate"]["not_measured"]:
        lines.append(f"\nNot in it, since nothing was measured: {', '.join(found['estimate']['not_measured'])}.")
    if found["stopped"]:
        lines.append(f"\nThe few came no further than this, and the whole run would hardly: {found['stopped']}")
    return "\n".join(lines)


def distilled_rows(outcomes: Outcomes) -> list[dict[str, str]]:
    """Return a row for each question of a distillation's dry run, and for each article that has none."""
    rows = []
    for article in outcomes:
        for asked in article["questions"]:
            gates = f"no: {in_one_line(asked['refused'], LONGEST_REASON)}" if asked["refused"] else "yes"
            rows.append(
                {
                    "PMID": str(article["pmid"]),
                    "question": in_one_line(f"{asked['generator']}: {asked['question']}", LONGEST_QUESTION),
                    "passed": gates,
                    "answer": _answer(article) if asked["is_best"] else "",
                }
            )
        nothing = [f"no: {in_one_line(reason, LONGEST_REASON)}" for reason in article["nothing_because"]]
        rows += [_row(article["pmid"], "", passed) for passed in nothing]
        if article["unanswered"] and article["answer"] is None:
            rows.append(_row(article["pmid"], "", "", f"none: {in_one_line(article['unanswered'], LONGEST_ANSWER)}"))
    return rows


def labelled_rows(outcomes: Outcomes) -> list[dict[str, str]]:
    """Return a row for each sentence of an extraction's dry run."""
    return [
        {
            "PMID": str(sentence["pmid"] or ""),
            "sentence": in_one_line(sentence["sentence"], LONGEST_QUESTION),
            "pre-filter": sentence["verdict"] or "",
            "answer": in_one_line(" / ".join(sentence["answers"]), LONGEST_ANSWER)
            or "".join(f"none: {in_one_line(reason, LONGEST_REASON)}" for reason in sentence["refused"][:1]),
        }
        for sentence in outcomes
    ]


def _row(pmid: int, question: str, passed: str, answer: str = "") -> dict[str, str]:
    return {"PMID": str(pmid), "question": question, "passed": passed, "answer": answer}


def _answer(article: dict[str, Any]) -> str:
    """Return the answer, and before it why it did not pass, where it did not."""
    parts = [article["unanswered"], article["decision"] or article["short_answer"], article["answer"]]
    refused = [f"refused ({parts[0]})"] if parts[0] else []
    return in_one_line(": ".join([*refused, *(part for part in parts[1:] if part)]), LONGEST_ANSWER)


def _add_up(stages: list[Forecast]) -> Forecast:
    first, *others = stages
    for other in others:
        cost = None if first.cost is None or other.cost is None else first.cost + other.cost
        first = Forecast(
            stage=first.stage,
            units=max(first.units, other.units),
            requests=first.requests + other.requests,
            tokens=first.tokens + other.tokens,
            seconds=first.seconds + other.seconds,
            cost=cost,
        )
    return first


def _describe(stage: Forecast) -> dict[str, Any]:
    return {
        "units": stage.units,
        "requests": round(stage.requests),
        "tokens": [round(stage.tokens.low), round(stage.tokens.high)],
        "seconds": _pair(stage.seconds, 1),
        "cost": None if stage.cost is None else _pair(stage.cost, 8),
    }


def _pair(amount: Range, digits: int) -> list[float]:
    return [round(amount.low, digits), round(amount.high, digits)]


def _amounts(stage: dict[str, Any]) -> list[str]:
    """Return the amounts of a stage in words: requests, tokens, time, cost."""
    low, high = stage["tokens"]
    short, long = (spoken(seconds) for seconds in stage["seconds"])
    said = [short if short == long else f"{short} to {long}"]
    if stage["requests"]:
        said = [f"about {stage['requests']:,} requests", f"{low:,} to {high:,} tokens", *said]
    if stage["cost"] is not None and stage["requests"]:
        said.append("a cost of {} to {}".format(*map(in_currency, stage["cost"])))
    return said
