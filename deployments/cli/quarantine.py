"""``distillery quarantine``: what came to nothing, why, and asking for it again."""

from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from deployments.cli.options import RootOption
from tasks.visible import in_one_line

if TYPE_CHECKING:
    import polars as pl

    from tasks.store.forget import Forgotten
    from tasks.store.store import Store

LONGEST_KEY, LONGEST_REASON = 100, 300


def quarantine(
    stage: Annotated[str | None, typer.Option(help="Only of this stage, such as questions.")] = None,
    reason: Annotated[str | None, typer.Option(help="Only rows whose reason holds these words.")] = None,
    retry: Annotated[
        bool, typer.Option("--retry", help="Take these rows out of quarantine: the next run asks for them again.")
    ] = False,
    root: RootOption = None,
    limit: Annotated[int, typer.Option(min=1, help="How many rows to list.")] = 50,
) -> None:
    """List quarantined rows: what they were about and why they came to nothing.

    With --retry they are taken out, so that the next run asks for them again; what they said is kept.

    Examples:

    - `distillery quarantine --stage questions`
    - `distillery quarantine --retry --reason "the model said nothing"`
    """
    from tasks.root import existing_root
    from tasks.store.forget import retry_refused, with_reason
    from tasks.store.store import Store

    store = Store(existing_root(root))
    if stage is not None:
        check_stage(store, stage)
    console = Console(highlight=False, soft_wrap=True, markup=False)
    if retry:
        console.print(_released(retry_refused(store, stage, reason)))
        return
    rows = store.quarantine(stage).filter(with_reason(reason))
    if len(rows):
        Console(highlight=False, markup=False).print(_listed(rows.head(limit)))
    more = f", {limit:,} of them listed (--limit)" if len(rows) > limit else ""
    console.print(f"{counted(len(rows))} in quarantine{more}")


def check_stage(store: "Store", stage: str) -> None:
    """Raise ``BadParameter`` where no table below the root is of this stage, with the names that come near."""
    known = sorted({table.partition("/")[0] for table in store.tables()})
    if stage not in known:
        near = get_close_matches(stage, known, n=3) or known
        named = f"did you mean {' or '.join(near)}?" if near else "there are no tables at all."
        raise typer.BadParameter(f"no table below {store.root} is of stage {stage!r}; {named}", param_hint="--stage")


def counted(rows: int) -> str:
    """Return a number of rows in words."""
    return f"{rows:,} row{'' if rows == 1 else 's'}"


def _listed(rows: "pl.DataFrame") -> Table:
    table = Table("Stage", "What", "Why", box=None)
    for stage, key, reason in rows.select("stage", "key", "reason").iter_rows():
        what, why = in_one_line(key or "", LONGEST_KEY), in_one_line(reason or "", LONGEST_REASON)
        table.add_row(in_one_line(stage or "", LONGEST_KEY), what, why)
    return table


def _released(forgotten: "Forgotten") -> str:
    if not forgotten.total:
        return "0 rows taken out of quarantine: none is there that fits"
    stages = ", ".join(f"{table}: {rows:,}" for table, rows in forgotten.rows.items())
    return (
        f"{counted(forgotten.total)} taken out of quarantine ({stages}); the next run asks for them again\n"
        f"kept in {forgotten.folder}"
    )
