"""``distillery review``: have people judge a dataset, and judge the gates by what they say."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from deployments.cli.options import JsonOption, RootOption

if TYPE_CHECKING:
    from rich.table import Table
    from upath import UPath

    from tasks.review.gate_scores import GateScore
    from tasks.store.store import Store


def review(
    dataset: Annotated[
        str | None,
        typer.Argument(help="A dataset's folder, or the root of a run: its newest dataset.", show_default=False),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write a sheet to fill in: .csv or .jsonl, one row per question."),
    ] = None,
    sample: Annotated[int, typer.Option(min=1, help="With --out: how many records, drawn evenly.")] = 100,
    refused: Annotated[
        int, typer.Option(min=0, help="With --out: how many questions beside them that the run's gates refused.")
    ] = 0,
    seed: Annotated[int, typer.Option(help="With --out: another seed draws others.")] = 0,
    read: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Read the verdicts of a sheet and keep them below the root.")
    ] = None,
    reviewer: Annotated[str, typer.Option(help="With --read: whose verdicts they are.")] = "reviewer",
    when: Annotated[
        str | None, typer.Option(metavar="TIME", help="With --read: when they were given (ISO 8601); now without it.")
    ] = None,
    report: Annotated[
        bool, typer.Option("--report", help="Print precision and recall of every gate against the verdicts kept.")
    ] = False,
    root: RootOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write a sample of a dataset as a sheet for annotation, read the verdicts back, and score the gates by them.

    A sheet opens in a spreadsheet, in Label Studio and in Argilla. Its columns to fill in are the criteria of
    docs/worth.md, by yes or no, 1 or 0, true or false; blank means not judged. A question that several reviewers judge
    is fit when all of them find it so.

    Examples:

    - `distillery review data --sample 100 --refused 100 --out sheet.csv`
    - `distillery review data --read sheet.csv --reviewer ada`
    - `distillery review data --report`
    """
    from upath import UPath

    from tasks.review.dataset_folder import find_dataset
    from tasks.review.run_tables import root_of
    from tasks.root import existing_root
    from tasks.store.store import Store

    if sum((out is not None, read is not None, report)) != 1:
        raise typer.BadParameter("give one of --out FILE, --read FILE and --report")
    if report and dataset is None:
        _report(Store(existing_root(root)), as_json)
        return
    if dataset is None:
        raise typer.BadParameter("name a dataset's folder, or the root of a run", param_hint="DATASET")
    folder, _ = find_dataset(UPath(dataset))
    if out is not None and not refused:  # needs no tables: a dataset that lies elsewhere will do
        _print(_write(folder, None, out, sample, refused, seed), as_json)
        return
    store = Store(existing_root(root or str(root_of(folder))))
    if out is not None:
        _print(_write(folder, store, out, sample, refused, seed), as_json)
    elif read is not None:
        _print(_keep(folder, store, read, reviewer, when), as_json)
    else:
        _report(store, as_json)


def _write(
    folder: "UPath", store: "Store | None", out: Path, sample: int, refused: int, seed: int
) -> dict[str, int | str]:
    from tasks.review.dataset_folder import read_records
    from tasks.review.items import items_of_sft, sample_rows
    from tasks.review.run_tables import article_texts, refused_questions, tables_of_run
    from tasks.review.sheet import write_sheet
    from tasks.review.verdicts import COLUMNS, sheet_of_items, sheet_of_refused

    records = sample_rows(read_records(folder, "sft"), sample, seed)
    rows = sheet_of_items(items_of_sft(records, records.clear()))
    if store is not None:
        lost = sample_rows(refused_questions(store, tables_of_run(store, folder)), refused, seed)
        rows += sheet_of_refused(lost, article_texts(store, lost["pmid"]))
    write_sheet(out, COLUMNS, rows)
    return {"records": len(records), "refused": len(rows) - len(records), "sheet": str(out)}


def _keep(folder: "UPath", store: "Store", sheet: Path, reviewer: str, when: str | None) -> dict[str, int | str]:
    from datetime import UTC, datetime

    from tasks.review.run_tables import asked_questions, tables_of_run
    from tasks.review.verdicts import keep_verdicts, read_verdicts

    try:
        given = datetime.now(UTC) if when is None else datetime.fromisoformat(when)
    except ValueError as error:
        raise typer.BadParameter(f"{when!r} is no time; write it as 2026-11-28T12:00", param_hint="--when") from error
    # A time without a zone is meant as UTC: times of several reviewers have to compare.
    told = (given if given.tzinfo else given.replace(tzinfo=UTC)).astimezone(UTC).isoformat(timespec="seconds")
    known = asked_questions(store, tables_of_run(store, folder))
    verdicts, blank = read_verdicts(sheet, known, reviewer, told)
    keep_verdicts(store, verdicts)
    return {"kept": len(verdicts), "left_blank": blank, "root": str(store.root)}


def _report(store: "Store", as_json: bool) -> None:
    from dataclasses import asdict

    from tasks.review.gate_scores import gate_scores, together
    from tasks.review.judge import judge_gates
    from tasks.review.run_tables import article_texts
    from tasks.review.verdicts import kept_verdicts

    verdicts = kept_verdicts(store)
    judged = judge_gates(verdicts, article_texts(store, verdicts["pmid"]))
    scores = [*gate_scores(judged.questions), together(judged.questions)]
    found = {
        "judged": len(judged.questions),
        "fit": sum(each.fit for each in judged.questions),
        "without_article": judged.without_article,
        "judged_in_part": judged.in_part,
    }
    if as_json:
        _print({**found, "gates": [asdict(score) for score in scores]}, as_json)
        return
    console = Console(highlight=False, markup=False)
    if judged.questions:
        console.print(_table(scores))
    console.print(", ".join(f"{name.replace('_', ' ')}: {count:,}" for name, count in found.items()), soft_wrap=True)


def _table(scores: "list[GateScore]") -> "Table":
    from rich.table import Table

    table = Table("Gate", box=None)
    for column in ("Refused", "Precision", "Recall", "Good lost"):
        table.add_column(column, justify="right")
    for score in scores:
        shares = [_percent(share) for share in (score.precision, score.recall, score.good_lost)]
        table.add_row(score.gate, f"{score.refused:,}", *shares)
    return table


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.0%}"


def _print(found: object, as_json: bool) -> None:
    import json

    if as_json:
        typer.echo(json.dumps(found))
    elif isinstance(found, dict):
        told = ", ".join(f"{name.replace('_', ' ')}: {value}" for name, value in found.items())
        Console(highlight=False, soft_wrap=True, markup=False).print(told)
