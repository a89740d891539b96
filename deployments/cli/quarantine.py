"""``distillery quarantine``: what came to nothing, and why."""

from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tasks.settings import settings
from tasks.store.store import Store


def quarantine(
    stage: Annotated[str | None, typer.Option(help="Only of this stage, such as questions.")] = None,
    root: Annotated[str | None, typer.Option(help="Folder of the tables; DISTILLERY_ROOT or ./data otherwise.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many rows to list.")] = 50,
) -> None:
    """List quarantined rows: what they were about and why they came to nothing."""
    rows = Store(root or settings().root).quarantine(stage)
    table = Table("Stage", "What", "Why", box=None)
    for name, key, reason in rows.head(limit).select("stage", "key", "reason").iter_rows():
        table.add_row(name, escape(key), escape(reason))
    console = Console(highlight=False)
    console.print(table)
    console.print(f"{len(rows):,} rows in quarantine")
