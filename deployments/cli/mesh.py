"""``distillery mesh``: look around in the hierarchy."""

from enum import StrEnum
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from deployments.cli.options import MeshYearOption, RootOption
from mesh.pair_measure import PairMeasure
from tasks.errors import DistilleryError

if TYPE_CHECKING:
    from mesh.branch import Branch
    from mesh.hierarchy import Hierarchy

app = typer.Typer(help="Look around in the MeSH hierarchy.", no_args_is_help=True, rich_markup_mode="markdown")
console = Console(highlight=False, markup=False)


class IntrinsicContent(StrEnum):
    """Information content that needs no corpus."""

    SANCHEZ = "sanchez"
    SECO = "seco"


@app.command()
def find(
    text: Annotated[str, typer.Argument(help="A term, words of one, or something like it.")],
    limit: Annotated[int, typer.Option(min=1, help="How many descriptors to list.")] = 10,
    mesh_year: MeshYearOption = None,
) -> None:
    """List the descriptors that TEXT may mean: those that go by it, those with its words, and the nearest.

    Example: `distillery mesh find "heart attack"`
    """
    from mesh.branch import find_descriptor
    from mesh.search import search_descriptors

    hierarchy = _hierarchy(mesh_year)
    found = search_descriptors(hierarchy, text, limit)
    if found.is_empty():
        find_descriptor(hierarchy, text)  # raises, and says why there is none
    table = Table("UI", "Name", "Tree numbers", "Matched", box=None)
    for ui, name, numbers, term in found.select("ui", "name", "tree_numbers", "term").iter_rows():
        table.add_row(ui, name, ", ".join(numbers), term)
    console.print(table)


@app.command()
def show(
    branch: Annotated[str, typer.Argument(help="A tree number (C04.588), a UI (D009369) or a name (Neoplasms).")],
    depth: Annotated[int, typer.Option(min=0, help="How many levels below to show.")] = 1,
    plot: Annotated[Path | None, typer.Option(help="Draw the branch into this file (.html), level by level.")] = None,
    articles: Annotated[bool, typer.Option("--articles", help="Count the articles that --root's tables hold.")] = False,
    root: RootOption = None,
    mesh_year: MeshYearOption = None,
) -> None:
    """Show where BRANCH stands, what lies below it, and how much.

    Examples:

    - `distillery mesh show "Breast Neoplasms"`
    - `distillery mesh show C04 --depth 2 --plot neoplasms.html`
    """
    from deployments.cli.branch_view import BranchView
    from mesh.branch import find_branch

    hierarchy = _hierarchy(mesh_year)
    found = find_branch(hierarchy, branch)
    if plot and plot.suffix.lower() not in (".html", ".htm"):
        raise typer.BadParameter(f"{plot} is drawn as a page; name it .html", param_hint="--plot")
    counts = _article_counts(hierarchy, found, root) if articles else None
    BranchView(hierarchy, found, counts).show(console, depth)
    if plot:
        _draw(hierarchy, found, plot)
        console.print(f"drawn in {plot}", style="dim", soft_wrap=True)


@app.command()
def similarity(
    first: Annotated[str, typer.Argument(metavar="A", help="A descriptor's UI, name, entry term or tree number.")],
    second: Annotated[str, typer.Argument(metavar="B", help="Another one.")],
    measure: Annotated[PairMeasure | None, typer.Option(help="One measure alone; all by default.")] = None,
    content: Annotated[
        IntrinsicContent, typer.Option(help="Information content: of Sanchez (2011) or Seco (2004).")
    ] = IntrinsicContent.SANCHEZ,
    mesh_year: MeshYearOption = None,
) -> None:
    """Print how similar two descriptors are, and what they have in common.

    Example: `distillery mesh similarity "Breast Neoplasms" "Lung Neoplasms"`
    """
    from mesh.branch import find_descriptor
    from mesh.information_content import intrinsic_information_content, seco_information_content
    from mesh.similarity import Similarity

    hierarchy = _hierarchy(mesh_year)
    a, b = (find_descriptor(hierarchy, text) for text in (first, second))
    weigh = intrinsic_information_content if content is IntrinsicContent.SANCHEZ else seco_information_content
    information = weigh(hierarchy)
    compare = Similarity(hierarchy, information)
    if measure is not None:
        console.print(f"{compare.measure(measure, a, b):.4f}  {_named(hierarchy, a)}, {_named(hierarchy, b)}")
        return
    table = Table("", "", box=None, show_header=False)
    for one in PairMeasure:
        table.add_row(one.value, f"{compare.measure(one, a, b):.4f}")
    console.print(f"{_named(hierarchy, a)}, {_named(hierarchy, b)}")
    common = hierarchy.ancestors(a) & hierarchy.ancestors(b)
    if common:
        nearest = max(common, key=lambda ui: (information[ui], ui))
        console.print(f"in common: {_named(hierarchy, nearest)}, information content {information[nearest]:.4f}")
    console.print(table)


@app.command()
def update(
    year: Annotated[int, typer.Option(min=1999, max=2100, help="The year of MeSH to fetch, such as 2026.")],
) -> None:
    """Fetch a year's descriptors from NLM, for --mesh-year.

    The shipped year stays the default. Example: `distillery mesh update --year 2026`
    """
    from mesh.hierarchy import load_hierarchy
    from tasks.vocabulary.official import fetch_vocabulary

    with console.status(f"fetching MeSH {year} from NLM"):
        fetched = fetch_vocabulary(year)
    fresh, shipped = load_hierarchy(fetched.table), _hierarchy(None)
    added, gone = (len(set(x) - set(y)) for x, y in ((fresh.descriptors["ui"], shipped.descriptors["ui"]),
                                                   (shipped.descriptors["ui"], fresh.descriptors["ui"])))  # fmt: skip
    console.print(
        f"MeSH {year}: {fresh.size}, of {fetched.address}; {added:,} descriptors that {shipped} lacks, {gone:,} of it "
        f"gone ({shipped}: {shipped.size})\n"
        f"use it with --mesh-year {year}; it lies in {fetched.path}",
        soft_wrap=True,
    )


def _hierarchy(year: int | None) -> "Hierarchy":
    from tasks.vocabulary.vocabulary import find_vocabulary

    return find_vocabulary(year).hierarchy()


def _named(hierarchy: "Hierarchy", ui: str) -> str:
    return f"{hierarchy.name(ui)} ({ui})"


def _draw(hierarchy: "Hierarchy", branch: "Branch", path: Path) -> None:
    from mesh.draw import draw_branch

    here = dict.fromkeys(hierarchy.positions_under(branch.tree_numbers), 1)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draw_branch(hierarchy, branch, here, "positions").write_html(path)
    except OSError as error:
        raise DistilleryError(f"{path} can not be written ({error.strerror}); name a page elsewhere") from error


def _article_counts(hierarchy: "Hierarchy", branch: "Branch", root: str | None) -> dict[str, int]:
    """Count the articles of every harvested file, each by the record that counts.

    Raises:
        DistilleryError: there is no article, or the root is none.
    """
    from mesh.article_counts import count_articles
    from tasks.literature.headings import with_uis
    from tasks.literature.whole_collection import whole_collection
    from tasks.root import existing_root
    from tasks.store.store import Store

    place = existing_root(root)
    try:
        parts = (part for part in whole_collection(Store(place), ["pmid", "headings"]) if len(part))
        first = next(parts, None)
    except (OSError, ImportError, ValueError) as error:
        raise DistilleryError(
            f"{place} can not be read ({error}); name the folder of the tables with --root"
        ) from error
    if first is None:
        raise DistilleryError(f"{place} holds no article; harvest some into it, or name another with --root")
    return count_articles((with_uis(part, hierarchy) for part in chain([first], parts)), hierarchy, branch)
