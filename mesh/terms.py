"""What descriptors are called: their terms, from the preferred name to those of their other concepts."""

from collections.abc import Iterable
from enum import IntEnum
from functools import cached_property

import polars as pl

from mesh.spelling import fold, words


class TermKind(IntEnum):
    """How closely a term stands for its descriptor, the closest first.

    A descriptor has one preferred concept and often others, most of them narrower: ``Benign Neoplasms`` is a term of
    another concept of Neoplasms. Source: https://www.nlm.nih.gov/mesh/concept_structure.html
    """

    NAME = 0
    ENTRY_TERM = 1
    OTHER_CONCEPT = 2


class Terms:
    """The terms of a table of descriptors, to be looked up by their spelling.

    Two descriptors that go by the same words stand in one order on every machine: by the kind of term, then by UI.
    """

    def __init__(self, descriptors: pl.DataFrame) -> None:
        self._descriptors = descriptors

    @cached_property
    def frame(self) -> pl.DataFrame:
        """Every term: ui, term, kind (of ``TermKind``), by kind and UI, those of a descriptor in its table's order."""
        columns = {TermKind.ENTRY_TERM: "entry_terms", TermKind.OTHER_CONCEPT: "other_terms"}
        lists = [
            self._descriptors.select("ui", pl.col(column).alias("term")).explode("term").drop_nulls().pipe(_of, kind)
            for kind, column in columns.items()
        ]
        names = self._descriptors.select("ui", pl.col("name").alias("term")).pipe(_of, TermKind.NAME)
        return pl.concat([names, *lists]).sort("kind", "ui", maintain_order=True)

    @cached_property
    def keys(self) -> list[str]:
        """The ``words`` of every term, in the frame's order."""
        return [words(term) for term in self.frame["term"].to_list()]

    def named(self, text: str) -> tuple[str, ...]:
        """Return the UIs that go by ``text`` as ``fold`` compares; where there is none, as ``words`` does."""
        return self._folded.get(fold(text)) or self._worded.get(words(text)) or ()

    @cached_property
    def _folded(self) -> dict[str, tuple[str, ...]]:
        return _by_key(map(fold, self.frame["term"].to_list()), self.frame["ui"].to_list())

    @cached_property
    def _worded(self) -> dict[str, tuple[str, ...]]:
        return _by_key(self.keys, self.frame["ui"].to_list())


def _of(terms: pl.DataFrame, kind: TermKind) -> pl.DataFrame:
    return terms.with_columns(kind=pl.lit(int(kind), pl.Int8))


def _by_key(keys: Iterable[str], uis: Iterable[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for key, ui in zip(keys, uis, strict=True):
        known = found.get(key)
        if known is None:
            found[key] = (ui,)
        elif ui not in known:
            found[key] = (*known, ui)
    found.pop("", None)
    return found
