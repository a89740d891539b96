"""``distillery forget``: rows that passed, but came from a server that was broken."""

from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from deployments.cli.options import RootOption
from deployments.cli.quarantine import check_stage, counted

if TYPE_CHECKING:
    from tasks.store.store import Store


def forget(
    stage: Annotated[str, typer.Option(help="The stage whose rows are forgotten, such as questions.")],
    recipe: Annotated[str, typer.Option(help="The digest that names the table, as the report says, or how it begins.")],
    where: Annotated[
        str | None, typer.Option(help="Only rows of which this SQL holds, such as \"finish_reason = 'length'\".")
    ] = None,
    root: RootOption = None,
) -> None:
    """Forget rows, so that the next run makes them again, and what was made from them.

    They are kept in a dated folder below --root/forgotten. A run that is under way may end with a sentence when rows
    that it needs are gone; the same command goes on.

    Examples:

    - `distillery forget --stage questions --recipe 3f9a`
    - `distillery forget --stage answers --recipe 3f9a --where "long_answer LIKE '%502 Bad Gateway%'"`
    """
    from tasks.root import existing_root
    from tasks.store.forget import forget_rows
    from tasks.store.store import Store

    store = Store(existing_root(root))
    check_stage(store, stage)
    table = _table(store, stage, recipe)
    forgotten = forget_rows(store, table, where)
    console = Console(highlight=False, soft_wrap=True, markup=False)
    if not forgotten.total:
        console.print(f"0 rows of {table} forgotten: it holds none{' that fit' if where else ''}")
        return
    console.print(
        f"{counted(forgotten.total)} of {table} forgotten; the next run makes them again, and what was made from them\n"
        f"kept in {forgotten.folder}"
    )


def _table(store: "Store", stage: str, recipe: str) -> str:
    known = store.tables(stage)
    found = [table for table in known if table.startswith(f"{stage}/{recipe}")]
    if len(found) != 1:
        digests = ", ".join(table.partition("/")[2] for table in found or known)
        problem = "several recipes begin so" if found else f"no recipe of {stage} begins so"
        raise typer.BadParameter(f"{problem}: {recipe!r}; expected one of {digests}", param_hint="--recipe")
    return found[0]
