"""``distillery show``: a sample of a dataset, to be read by a person."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deployments.cli.options import JsonOption

if TYPE_CHECKING:
    from rich.console import Console

    from tasks.review.items import Item

NARROW, LABEL_CELLS = 60, 10


class KindChoice(StrEnum):
    """A kind of records."""

    SFT = "sft"
    PREFERENCES = "preferences"


def show(
    dataset: Annotated[
        str, typer.Argument(help="A dataset's folder, or the root of a run: its newest dataset.", show_default=False)
    ],
    sample: Annotated[int, typer.Option(min=1, help="How many records, drawn evenly.")] = 20,
    seed: Annotated[int, typer.Option(help="Another seed draws others.")] = 0,
    kind: Annotated[KindChoice, typer.Option(help="Questions with their answers, or pairs of questions.")] = (
        KindChoice.SFT
    ),
    page: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a page (.html) instead.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Show a sample of a dataset: question, answer, evidence, and which question it beat by how much.

    Examples:

    - `distillery show data`
    - `distillery show data/datasets/3f9a… --kind preferences --page pairs.html`
    """
    from rich.console import Console
    from upath import UPath

    from tasks.review.dataset_folder import find_dataset, read_records
    from tasks.review.items import items_of_preferences, items_of_sft, sample_rows

    if page and page.suffix.lower() not in (".html", ".htm"):
        raise typer.BadParameter(f"{page} is to be a page; name it .html", param_hint="--page")
    folder, others = find_dataset(UPath(dataset))
    records = read_records(folder, kind.value)
    drawn = sample_rows(records, sample, seed)
    if kind is KindChoice.SFT:
        beaten = read_records(folder, "preferences") if (folder / "preferences.parquet").exists() else drawn.clear()
        items = items_of_sft(drawn, beaten)
    else:
        items = items_of_preferences(drawn)
    console = Console(highlight=False, markup=False)
    lead = f"{len(items):,} of {len(records):,} {kind.value} records of {folder}"
    newest = f", the newest of {others + 1} datasets" if others else ""
    if as_json:
        _print_json(items, str(folder), kind.value, len(records))
    elif page:
        _write_page(items, page, folder.name, f"{lead}{newest}, seed {seed}")
        console.print(f"{lead}{newest}\npage: {page}", soft_wrap=True)
    else:
        for place, item in enumerate(items, 1):
            _print_item(console, item, f"{place} of {len(items)}")
        console.print(f"{lead}{newest}", style="dim", soft_wrap=True)


def _print_json(items: "list[Item]", folder: str, kind: str, records: int) -> None:
    import json
    from dataclasses import asdict

    found = {"dataset": folder, "kind": kind, "records": records, "items": [asdict(item) for item in items]}
    typer.echo(json.dumps(found))


def _write_page(items: "list[Item]", page: Path, name: str, lead: str) -> None:
    from tasks.report.show_page import render_items
    from tasks.store.atomic import write_text

    write_text(page, render_items(items, f"Dataset {name}", lead))


def _print_item(console: "Console", item: "Item", place: str) -> None:
    """Print an item, labels beside what they name, or above it where the terminal is narrow."""
    from rich.table import Table
    from rich.text import Text

    from tasks.visible import visible

    console.print(Text(visible(f"PMID {item.pmids[0]} · {item.kind} · {place}"), style="bold"))
    narrow = console.width < NARROW
    grid = Table.grid(padding=(0, 1))
    if not narrow:
        grid.add_column(style="dim", width=LABEL_CELLS)
    grid.add_column(overflow="fold")
    for label, text, style in _lines(item):
        said = Text(visible(text), style=style)
        if narrow:
            grid.add_row(Text(label, style="dim"))
            grid.add_row(said)
        else:
            grid.add_row(label, said)
    console.print(grid)
    console.print()


def _lines(item: "Item") -> list[tuple[str, str, str]]:
    """Return label, text and style of what is said of an item."""
    from tasks.report.show_page import ALONE, cut, facts_in_words, won_in_words

    lines = [("question", item.question, "bold")]
    if item.answer is not None:
        named = [text for text in (item.decision, item.short_answer) if text]
        lines.append(("answer", ": ".join([*named, item.answer]), ""))
    lines += [("why", f"{won_in_words(lost)}: {lost.question}", "") for lost in item.beaten]
    if not item.beaten:
        lines.append(("why", ALONE, "dim"))
    lines += [("known", f"{name}: {value}", "dim") for name, value in facts_in_words(item)]
    if item.evidence:
        lines.append(("evidence", cut(item.evidence), "dim"))
    return lines
