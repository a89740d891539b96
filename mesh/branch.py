"""Branches: the part of the hierarchy that a run is about, named the way people name it."""

import re
from dataclasses import dataclass

import polars as pl
from rapidfuzz import fuzz, process, utils

from mesh.categories import CATEGORIES
from mesh.hierarchy import Hierarchy, parent_position

TREE_NUMBER = re.compile(r"[A-Z](\d\d(\.\d{3})*)?")
SUGGESTIONS = 5


class UnknownBranchError(ValueError):
    """The text names no tree number, UI, name or entry term; the message suggests the nearest names."""


@dataclass(frozen=True, slots=True)
class Branch:
    """The subtrees under ``tree_numbers`` (sorted, none inside another), and the name people know them by."""

    tree_numbers: tuple[str, ...]
    name: str

    def __str__(self) -> str:
        return f"{self.name} ({', '.join(self.tree_numbers)})"


def find_branch(hierarchy: Hierarchy, text: str) -> Branch:
    """Return the branch that ``text`` names: a category letter, tree number, UI, name or entry term, any case.

    A tree number means that one subtree; a UI or a name means the subtrees at all of its tree numbers.

    Raises:
        UnknownBranchError: nothing goes by that name, or the descriptor stands at no position.
    """
    wanted = text.strip()
    if TREE_NUMBER.fullmatch(wanted.upper()):
        return _branch_at(hierarchy, wanted.upper())
    ui = hierarchy.find(wanted)
    if ui is None:
        raise UnknownBranchError(f"{hierarchy} has no branch {text!r}; {_nearest(hierarchy, wanted)}")
    if not hierarchy.tree_numbers(ui):
        raise UnknownBranchError(
            f"{hierarchy.name(ui)} ({ui}) stands at no position of the hierarchy and so has no branch; choose another"
        )
    return Branch(_tops(hierarchy.tree_numbers(ui)), hierarchy.name(ui))


def search_descriptors(hierarchy: Hierarchy, text: str, limit: int = 10) -> pl.DataFrame:
    """Return the descriptors whose name or entry terms come nearest to ``text``.

    Columns: ui, name, tree_numbers, term (what matched), match (0 to 100), the best first.
    """
    names = hierarchy.descriptors.select("ui", term="name")
    entries = hierarchy.descriptors.select("ui", term="entry_terms").explode("term").drop_nulls()
    terms = pl.concat([names, entries])
    wanted, processed = (
        utils.default_process(text),
        [utils.default_process(term) for term in terms["term"].to_list()],
    )
    contained, whole = (
        process.cdist([wanted], processed, scorer=scorer)[0] for scorer in (fuzz.token_set_ratio, fuzz.token_sort_ratio)
    )
    best = terms.with_columns(match=pl.Series((contained + whole) / 2)).sort(
        ["match", "ui"], descending=[True, False], maintain_order=True
    )
    return (
        best.unique("ui", keep="first", maintain_order=True)
        .head(limit)
        .join(hierarchy.descriptors.select("ui", "name", "tree_numbers"), on="ui", maintain_order="left")
        .select("ui", "name", "tree_numbers", "term", "match")
    )


def _branch_at(hierarchy: Hierarchy, position: str) -> Branch:
    if position in CATEGORIES or hierarchy.at(position) is not None:
        return Branch((position,), hierarchy.name_at(position))
    above = parent_position(position)
    while above and above not in CATEGORIES and hierarchy.at(above) is None:
        above = parent_position(above)
    hint = (
        f"the nearest position above is {above} ({hierarchy.name_at(above)})"
        if above
        else "categories are A to N, V, Z"
    )
    raise UnknownBranchError(f"{hierarchy} has no tree number {position!r}; {hint}")


def _tops(tree_numbers: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(
        sorted(number for number in tree_numbers if not any(number.startswith(f"{other}.") for other in tree_numbers))
    )


def _nearest(hierarchy: Hierarchy, text: str) -> str:
    nearest = search_descriptors(hierarchy, text, SUGGESTIONS)
    named = "; ".join(
        f"{name} ({', '.join(numbers[:2])})" for name, numbers in nearest.select("name", "tree_numbers").iter_rows()
    )
    return f"the nearest are: {named}" if named else "see `distillery mesh find`"
