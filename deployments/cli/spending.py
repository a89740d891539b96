"""What a run asked of language models, or would ask, on a terminal."""

from typing import Any

from rich.console import Console
from rich.table import Table

from tasks.cost import in_currency


def models_in_words(llm: dict[str, Any]) -> str:
    """Return what was asked of language models, and what it cost where there are prices."""
    cost = f", a cost of {in_currency(llm['cost'])}" if "cost" in llm else ""
    return (
        f"language models: {llm['requests']:,} requests, {llm['prompt_tokens']:,} prompt tokens, "
        f"{llm['completion_tokens']:,} completion tokens{cost}"
    )


def show_dry_run(found: dict[str, Any], rows: list[dict[str, str]]) -> None:
    """Print what each of the few came to, and what the whole run will take.

    Args:
        found: what a flow returns of a dry run.
        rows: its outcomes as a table, all with the same columns.
    """
    from tasks.estimate.in_words import in_words

    console = Console(highlight=False, markup=False)
    table = Table(title=f"dry run: {found['dry_run']:,} {found['unit']}", title_justify="left", box=None)
    for column in rows[0] if rows else ():
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*row.values())
    console.print(table)
    console.print(in_words(found), soft_wrap=True)
    console.print(models_in_words(found["llm"]), soft_wrap=True)
