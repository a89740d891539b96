"""Branches: the part of the hierarchy that a run is about, named the way people name it."""

import logging
import re
from dataclasses import dataclass

from mesh.categories import CATEGORIES
from mesh.hierarchy import Hierarchy, parent_position
from mesh.search import near_codes, search_descriptors
from mesh.spelling import bare

TREE_NUMBER = re.compile(r"[A-Z](\d\d(\.\d{3})*)?")
SUPPLEMENTARY = re.compile(r"C\d{6}(\d{3})?", re.IGNORECASE)
SUGGESTIONS = 5
logger = logging.getLogger("distillery.mesh")  # shown wherever the distribution's lines are


class UnknownBranchError(ValueError):
    """The text names no tree number, UI or term; the message suggests the nearest."""


@dataclass(frozen=True, slots=True)
class Branch:
    """The subtrees under ``tree_numbers`` (sorted, none inside another), and the name people know them by."""

    tree_numbers: tuple[str, ...]
    name: str

    def __str__(self) -> str:
        return f"{self.name} ({', '.join(self.tree_numbers)})"


def find_branch(hierarchy: Hierarchy, text: str) -> Branch:
    """Return the branch that ``text`` names: a category letter, tree number, UI or term, however it was typed.

    A tree number means that one subtree; a UI or a term means the subtrees at all of its tree numbers.

    Raises:
        UnknownBranchError: nothing goes by that name, or the descriptor stands at no position.
    """
    wanted = bare(text).upper()
    if TREE_NUMBER.fullmatch(wanted):
        return _branch_at(hierarchy, wanted)
    ui = find_descriptor(hierarchy, text)
    if not hierarchy.tree_numbers(ui):
        raise UnknownBranchError(
            f"{hierarchy.name(ui)} ({ui}) stands at no position of the hierarchy and so has no branch; choose another"
        )
    return Branch(_tops(hierarchy.tree_numbers(ui)), hierarchy.name(ui))


def find_descriptor(hierarchy: Hierarchy, text: str) -> str:
    """Return the UI of the descriptor that goes by ``text``, however it was typed.

    Where several do, the first of ``Hierarchy.candidates`` is meant, and a warning names the others.

    Raises:
        UnknownBranchError: none does; the message says what the text is instead, or suggests the nearest.
    """
    found = hierarchy.candidates(text)
    if not found:
        raise UnknownBranchError(_unknown(hierarchy, text))
    ui, *others = found
    if others:
        named = ", ".join(f"{hierarchy.name(other)} ({other})" for other in others)
        logger.warning("%r also names %s; %s (%s) is taken", text, named, hierarchy.name(ui), ui)
    return ui


def _unknown(hierarchy: Hierarchy, text: str) -> str:
    wanted = bare(text)
    if not wanted:
        return f"{text!r} names nothing; name a tree number (C04.588), a UI (D009369) or a descriptor (Neoplasms)"
    if wanted.upper() in CATEGORIES:
        return f"{CATEGORIES[wanted.upper()]} is a category, not a descriptor; name a descriptor below it"
    if SUPPLEMENTARY.fullmatch(wanted):
        return (
            f"{wanted.upper()} is a supplementary concept, and these stand at no position of the hierarchy; name the "
            "descriptor that NLM maps it to (https://meshb.nlm.nih.gov shows it)"
        )
    descriptor, slash, _ = wanted.partition("/")
    if slash and (ui := hierarchy.find(descriptor)) is not None:
        return (
            f"{text!r} is no branch, which is of one descriptor without qualifiers; name {hierarchy.name(ui)!r} alone "
            "(a search of PubMed takes a qualifier as --subheading)"
        )
    parts = wanted.split(",")
    if len(parts) > 1 and all(TREE_NUMBER.fullmatch(part.strip().upper()) or hierarchy.find(part) for part in parts):
        return f"{text!r} names {len(parts)} branches; name one at a time"
    return f"{hierarchy} has no branch {text!r}; {_nearest(hierarchy, wanted)}"


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
    codes = near_codes(hierarchy, text, SUGGESTIONS)
    if codes:
        return f"the nearest are: {'; '.join(f'{code} ({_name_of(hierarchy, code)})' for code in codes)}"
    nearest = search_descriptors(hierarchy, text, SUGGESTIONS)
    named = "; ".join(
        f"{name} ({', '.join(numbers[:2])})" for name, numbers in nearest.select("name", "tree_numbers").iter_rows()
    )
    return f"the nearest are: {named}" if named else "nothing is near it; try other words, or wider ones"


def _name_of(hierarchy: Hierarchy, code: str) -> str:
    return hierarchy.name_at(code) if hierarchy.at(code) else hierarchy.name(code)
