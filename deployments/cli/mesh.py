"""``distillery mesh``: look around in the hierarchy."""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.tree import Tree

from mesh.branch import Branch, find_branch, find_descriptor, search_descriptors
from mesh.hierarchy import Hierarchy, load_hierarchy
from mesh.information_content import intrinsic_information_content
from mesh.similarity import Similarity

app = typer.Typer(help="Look around in the MeSH hierarchy.", no_args_is_help=True, rich_markup_mode="markdown")
console = Console(highlight=False)

SHOWN_CHILDREN = 40


@app.command()
def find(
    text: Annotated[str, typer.Argument(help="Part of a name or entry term, or something like it.")],
    limit: Annotated[int, typer.Option(min=1, help="How many descriptors to list.")] = 10,
) -> None:
    """List the descriptors that come nearest to TEXT.

    Example: `distillery mesh find "heart attack"`
    """
    table = Table("UI", "Name", "Tree numbers", "Matched", box=None)
    for ui, name, numbers, term, _ in search_descriptors(load_hierarchy(), text, limit).iter_rows():
        table.add_row(ui, name, ", ".join(numbers), term)
    console.print(table)


@app.command()
def show(
    branch: Annotated[str, typer.Argument(help="A tree number (C04.588), a UI (D009369) or a name (Neoplasms).")],
    depth: Annotated[int, typer.Option(min=0, help="How many levels below to show.")] = 1,
) -> None:
    """Show where BRANCH stands and what lies below it.

    Example: `distillery mesh show "Breast Neoplasms"`
    """
    hierarchy = load_hierarchy()
    found = find_branch(hierarchy, branch)
    for position in found.tree_numbers:
        console.print(_tree(hierarchy, position, depth))
    console.print(_size(hierarchy, found))


@app.command()
def similarity(
    first: Annotated[str, typer.Argument(metavar="A", help="A descriptor's UI, name or entry term.")],
    second: Annotated[str, typer.Argument(metavar="B", help="Another one.")],
    measure: Annotated[str, typer.Option(help="lin or simgic, on intrinsic information content.")] = "lin",
) -> None:
    """Print how similar two descriptors are, from 0 to 1.

    Example: `distillery mesh similarity "Breast Neoplasms" "Lung Neoplasms"`
    """
    hierarchy = load_hierarchy()
    a, b = (_descriptor(hierarchy, text) for text in (first, second))
    compare = Similarity(hierarchy, intrinsic_information_content(hierarchy))
    if measure not in ("lin", "simgic"):
        raise typer.BadParameter(f"{measure!r} is no measure; choose lin or simgic", param_hint="--measure")
    value = compare.lin(a, b) if measure == "lin" else compare.simgic([a], [b])
    console.print(f"{value:.4f}  {hierarchy.name(a)} ({a}), {hierarchy.name(b)} ({b})")


def _descriptor(hierarchy: Hierarchy, text: str) -> str:
    ui = text.upper() if text.upper() in hierarchy else find_descriptor(hierarchy, text)
    if ui is None:
        find_branch(hierarchy, text)  # raises, with suggestions, unless it is a tree number
        ui = hierarchy.at(text.upper())
    if ui is None:
        raise typer.BadParameter(f"{text} is a category, not a descriptor; name a descriptor below it")
    return ui


def _tree(hierarchy: Hierarchy, position: str, depth: int) -> Tree:
    tree = Tree(_label(hierarchy, position))
    _grow(hierarchy, position, depth, tree)
    return tree


def _grow(hierarchy: Hierarchy, position: str, depth: int, tree: Tree) -> None:
    if depth == 0:
        return
    below = hierarchy.children(position)
    for child in below[:SHOWN_CHILDREN]:
        _grow(hierarchy, child, depth - 1, tree.add(_label(hierarchy, child)))
    if len(below) > SHOWN_CHILDREN:
        tree.add(f"and {len(below) - SHOWN_CHILDREN} more")


def _label(hierarchy: Hierarchy, position: str) -> str:
    return f"{hierarchy.name_at(position)}  [dim]{position}  {hierarchy.at(position) or 'category'}[/dim]"


def _size(hierarchy: Hierarchy, branch: Branch) -> str:
    descriptors = hierarchy.descriptors_under(branch.tree_numbers)
    positions = hierarchy.positions_under(branch.tree_numbers)
    return f"{len(descriptors):,} descriptors at {len(positions):,} positions"
