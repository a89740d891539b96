"""Search descriptors by words that need not be any term's: the term itself, terms with these words, terms like them."""

import math
import re
from enum import StrEnum
from typing import Any

import numpy as np
import polars as pl
from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from mesh.hierarchy import Hierarchy
from mesh.spelling import bare, words
from mesh.terms import TermKind

NEAREST = 70.0
"""The least likeness (0 to 100) of a term that is still near: ``ibuprophen`` has 84 with ``ibuprofen``, ``zzzzqqq`` 33
with the nearest of MeSH 2024."""
LONG_WORD = 7
MOST_RANKED = 300
"""Of the terms with the words, those with the fewest others: counting what stands below all of them takes a second."""
OTHER_WORD = 0.75
"""What a word that was not asked for weighs against a doubling of what stands below a descriptor; words that follow
those asked for weigh one more."""
WORD = r"[^\d\W]+"
PLURAL = r"(\w\w[^\Ws])s\b"
CODE = re.compile(r"(?=.*\d)[a-z][\doil][\doil.]*", re.IGNORECASE)
MOST_MISTYPED = 2


class Match(StrEnum):
    """How a term answers a search, the best first."""

    TERM = "term"
    WORDS = "words"
    NEAR = "near"


def search_descriptors(hierarchy: Hierarchy, text: str, limit: int = 10) -> pl.DataFrame:
    """Return the descriptors that ``text`` may mean, the likeliest first; none where nothing comes near.

    First those that go by just this term (a preferred name before an entry term, this before a term of another
    concept). Then those with a term that has each of its words or a synonym of it (``throat cancer``: the neoplasms of
    the pharynx), singular or plural: with no other words first, in this order, at the end (Human Flu before Flu
    Medications), with few others, and for a descriptor with much below it and many such terms. Then those with such a
    term once words that MeSH does not have are taken for the most similar ones that it has, and those with a term that
    is spelled like it.

    Returns:
        Columns ui, name, tree_numbers, term (what matched), match (of ``Match``).
    """
    wanted = bare(text)
    key = _singular(words(wanted))
    rows = [(ui, _term_of(hierarchy, ui, key), Match.TERM) for ui in hierarchy.candidates(wanted)]
    coded = bool(CODE.fullmatch(wanted))
    if key and len(rows) < limit and not (coded and rows):
        keyed = _keyed(hierarchy)
        rows += [(*row, Match.WORDS) for row in _with_words(hierarchy, keyed, key, limit)]
        if len({ui for ui, *_ in rows}) < limit:
            near = _of_codes(hierarchy, wanted, limit) if coded else _near(hierarchy, keyed, key, limit)
            rows += [(*row, Match.NEAR) for row in near]
    schema = {"ui": pl.String, "term": pl.String, "match": pl.String}
    found = pl.DataFrame(rows, schema=schema, orient="row").unique("ui", keep="first", maintain_order=True).head(limit)
    described = hierarchy.descriptors.select("ui", "name", "tree_numbers")
    return found.join(described, on="ui", maintain_order="left").select("ui", "name", "tree_numbers", "term", "match")


def near_codes(hierarchy: Hierarchy, text: str, limit: int) -> list[str]:
    """Return the UIs and tree numbers that ``text`` may have been meant for; none where it looks like neither.

    They differ in two characters at most, letters in place of digits (``CO4.588``) not counted.
    """
    wanted = re.sub(r"[^\w.]+", "", bare(text)).rstrip(".")
    if not CODE.fullmatch(wanted):
        return []
    meant = wanted[0].upper() + wanted[1:].upper().translate(str.maketrans("OIL", "011"))
    codes = [*hierarchy.descriptors["ui"].to_list(), *hierarchy.descriptors["tree_numbers"].explode().drop_nulls()]
    found = process.extract(meant, codes, scorer=OSA.distance, score_cutoff=MOST_MISTYPED, limit=None)
    return [code for code, *_ in sorted(found, key=lambda each: (each[1], each[0]))][:limit]


def _term_of(hierarchy: Hierarchy, ui: str, key: str) -> str:
    terms = _terms_of(hierarchy, ui)
    return next((term for term in terms if _singular(words(term)) == key), terms[0])


def _terms_of(hierarchy: Hierarchy, ui: str) -> list[str]:
    return [hierarchy.name(ui), *hierarchy.entry_terms(ui), *hierarchy.other_terms(ui)]


def _keyed(hierarchy: Hierarchy) -> pl.DataFrame:
    """Return every term with its words in the singular: ui, term, kind, key."""
    keys = pl.Series(hierarchy.terms.keys, dtype=pl.String).str.replace_all(PLURAL, "${1}")
    return hierarchy.terms.frame.with_columns(key=keys)


def _singular(key: str) -> str:
    return re.sub(PLURAL, r"\1", key)


def _with_words(hierarchy: Hierarchy, keyed: pl.DataFrame, key: str, limit: int) -> list[tuple[str, str]]:
    """Return UI and term of the descriptors with a term that has every word of ``key``, or a synonym of it."""
    padded = pl.concat_str(pl.lit(" "), "key", pl.lit(" "))
    each = [f" (?:{'|'.join(sorted(_synonyms(hierarchy, word)))}) " for word in key.split()]
    found = keyed.filter(pl.all_horizontal(padded.str.contains(one) for one in each)).with_columns(
        others=pl.col("key").str.count_matches(WORD).cast(pl.Int64) - len(re.findall(WORD, key)),
        apart=~padded.str.contains(f" {key} ", literal=True),
        having=pl.len().over("ui"),
    )
    order: list[pl.Expr] = [pl.col("others") > 0, *map(pl.col, ("apart", "others", "kind", "ui"))]
    best = found.sort(*order, maintain_order=True).unique("ui", keep="first", maintain_order=True).head(MOST_RANKED)

    def rank(row: dict[str, Any]) -> tuple[Any, ...]:
        other = row["kind"] == TermKind.OTHER_CONCEPT
        terms = 1 + len(hierarchy.entry_terms(row["ui"])) + other * len(hierarchy.other_terms(row["ui"]))
        share = min(1.0, row["having"] / terms)
        head = _singular(words(" ".join(reversed(row["term"].split(", "))))).endswith(key)
        weight = math.log2(share * len(hierarchy.descendants(row["ui"])))
        score = OTHER_WORD * row["others"] + (not head) - weight
        return row["others"] > 0, row["apart"], score, row["kind"], row["ui"]

    return [(row["ui"], row["term"]) for row in sorted(best.iter_rows(named=True), key=rank)[:limit]]


def _synonyms(hierarchy: Hierarchy, word: str) -> set[str]:
    """Return a word with those that are names or entry terms of the descriptor that goes by it."""
    ui = next(iter(hierarchy.terms.named(word)), None)
    terms = [] if ui is None else [hierarchy.name(ui), *hierarchy.entry_terms(ui)]
    return {word} | {key for term in terms if (key := _singular(words(term))) and " " not in key}


def _near(hierarchy: Hierarchy, keyed: pl.DataFrame, key: str, limit: int) -> list[tuple[str, str]]:
    corrected = _corrected(key, keyed)
    spelled = _with_words(hierarchy, keyed, corrected, limit) if corrected != key else []
    return [*spelled, *_like(keyed, key, limit)]


def _of_codes(hierarchy: Hierarchy, text: str, limit: int) -> list[tuple[str, str]]:
    return [(ui, code) for code in near_codes(hierarchy, text, limit) if (ui := hierarchy.find(code)) is not None]


def _corrected(key: str, keyed: pl.DataFrame) -> str:
    """Return the key with each word that no term has replaced by the most similar that one has, the commonest first.

    Similar are words at one edit (Damerau's: a letter more, less, other, or two exchanged), long ones at two.
    """
    counts = keyed["key"].str.split(" ").explode().value_counts()
    known = dict(counts.iter_rows())
    corrected = []
    for word in key.split():
        edits = 1 if len(word) < LONG_WORD else MOST_MISTYPED
        near = [] if word in known or word.isdigit() else process.extract(
            word, known.keys(), scorer=OSA.distance, score_cutoff=edits, limit=None
        )  # fmt: skip
        corrected.append(min(near, key=lambda each: (each[1], -known[each[0]], each[0]))[0] if near else word)
    return " ".join(corrected)


def _like(keyed: pl.DataFrame, key: str, limit: int) -> list[tuple[str, str]]:
    """Return UI and term of the descriptors with a term that is spelled like ``key``."""
    # What an index turns around ("Neoplasms, Breast") is a term the right way round as well.
    turned = pl.col("term").str.contains(", ", literal=True)
    terms = keyed.filter((pl.col("kind") == TermKind.NAME) | ~turned)
    keys = terms["key"].to_list()
    contained, whole = (
        process.cdist([key], keys, scorer=scorer, dtype=np.float32)[0]
        for scorer in (fuzz.token_set_ratio, fuzz.token_sort_ratio)
    )
    near = terms.with_columns(likeness=(contained + whole) / 2).filter(pl.col("likeness") >= NEAREST)
    ranked = near.sort("likeness", "kind", "ui", descending=[True, False, False], maintain_order=True)
    return list(ranked.unique("ui", keep="first", maintain_order=True).head(limit).select("ui", "term").iter_rows())
