"""The publication types of PubMed's articles, found by what people call them."""

import re
from collections.abc import Iterable
from functools import cache

import polars as pl

from mesh.table import shipped_table
from tasks.literature.filter_values import NEAREST, nearest

SINCE_SHIPPED = ("Network Meta-Analysis", "Retraction Notice", "Scoping Review")
"""Names of publication types that are newer than the shipped MeSH."""
ENDINGS = (("yses", "ysis"), ("ies", "y"), ("s", ""))


def find_publication_type(text: str) -> str:
    """Return the name of a publication type that goes by a UI, name or entry term, in any case and number.

    Raises:
        ValueError: PubMed has no such type; the message names the nearest ones.
    """
    found = _known().get(text.strip().lower()) or _folded_names().get(_folded(text))
    if found is None:
        near = "; ".join(_nearest(text))
        raise ValueError(f"MeSH has no publication type {text!r}; the nearest are: {near}")
    return found


def types_by_name(names: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return the UIs of publication types, and all that they are called, in lower case: records may lack either."""
    types = _types().filter(pl.col("name").is_in(list(names)))
    terms = types["entry_terms"].explode().drop_nulls()
    return types["ui"].to_list(), [name.lower() for name in (*names, *terms)]


@cache
def _types() -> pl.DataFrame:
    """Return the descriptors of category V: ui, name, entry_terms."""
    numbers = pl.col("tree_numbers").list.eval(pl.element().str.starts_with("V")).list.any()
    return shipped_table().descriptors.filter(numbers).select("ui", "name", "entry_terms")


@cache
def _known() -> dict[str, str]:
    """Return names by lower-case entry term, name and UI."""
    rows = _types().rows()
    terms = {term.lower(): name for _, name, entry_terms in rows for term in entry_terms}
    names = [*(name for _, name, _ in rows), *SINCE_SHIPPED]
    return terms | {name.lower(): name for name in names} | {ui.lower(): name for ui, name, _ in rows}


@cache
def _folded_names() -> dict[str, str]:
    return {_folded(term): name for term, name in reversed(_known().items())}


def _folded(text: str) -> str:
    """Return a name without hyphens, commas and plurals."""
    return " ".join(map(_singular, re.findall(r"\w+", text.lower())))


def _singular(word: str) -> str:
    for plural, singular in ENDINGS:
        if word.endswith(plural) and not word.endswith(("ss", "is")):
            return word.removesuffix(plural) + singular
    return word


def _nearest(text: str) -> list[str]:
    names = list(dict.fromkeys(_known().values()))
    initials = {name: "".join(word[0] for word in name.split()).lower() for name in names}
    meant = [name for name in names if initials[name] == text.strip().lower()]
    return list(dict.fromkeys([*meant, *nearest(text, names)]))[:NEAREST]
