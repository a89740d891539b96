"""The MeSH hierarchy as a graph of tree positions.

MeSH's hierarchy lives in its tree numbers: ``C04.588.180`` stands under ``C04.588``, which stands under ``C04``.
A descriptor may stand at several positions, and what lies above it differs from one to the next. So the graph's
nodes are positions, and a descriptor's ancestors are the descriptors at prefixes of *its own* tree numbers.
Joining parents at descriptor level instead leaks a parent's other positions in: it gives 8,394 of the
30,762 placed descriptors of MeSH 2024 ancestors that they do not have.
"""

from collections.abc import Iterable, Iterator
from functools import cached_property

import networkx as nx
import polars as pl

from mesh.categories import CATEGORIES
from mesh.spelling import bare
from mesh.table import DescriptorTable, shipped_table, with_every_column
from mesh.terms import Terms

ROOT = ""


def prefixes(tree_number: str) -> Iterator[str]:
    """Yield the positions from ``tree_number`` up to its category: C04.588 -> C04.588, C04, C."""
    position = tree_number
    while position:
        yield position
        position = parent_position(position)


def parent_position(position: str) -> str:
    """Return the position above: C04.588 -> C04 -> C -> the virtual root (an empty string)."""
    if "." in position:
        return position.rpartition(".")[0]
    return position[0] if len(position) > 1 else ROOT


class Hierarchy:
    """Descriptors, their tree positions and the graph that these form.

    ``descriptors`` has one row per descriptor: ui, name, entry_terms (list), other_terms (list; none where the table
    tells no concepts apart), tree_numbers (list). The sixteen categories (A, B, ... Z) join the trees under one virtual
    root. ``year`` and ``source`` say whose they are.
    """

    def __init__(self, descriptors: pl.DataFrame, year: int | None = None, source: str = "a table in memory") -> None:
        self.descriptors = descriptors = with_every_column(descriptors)
        self.terms = Terms(descriptors)
        self.year = year
        self.source = source
        uis, names = descriptors["ui"].to_list(), descriptors["name"].to_list()
        self._names: dict[str, str] = dict(zip(uis, names, strict=True))
        self._tree_numbers: dict[str, tuple[str, ...]] = dict(
            zip(uis, map(tuple, descriptors["tree_numbers"].to_list()), strict=True)
        )
        self._standing: dict[str, str] = {
            position: ui for ui, positions in self._tree_numbers.items() for position in positions
        }
        self._ancestors: dict[str, frozenset[str]] = {}

    def __contains__(self, ui: str) -> bool:
        return ui in self._names

    def __len__(self) -> int:
        return len(self._names)

    def __str__(self) -> str:
        return f"MeSH {self.year}" if self.year else f"MeSH of {self.source}"

    @property
    def size(self) -> str:
        """How many descriptors, terms and positions there are, in words."""
        lists = self.descriptors.select(pl.col("entry_terms", "other_terms", "tree_numbers").list.len().sum()).row(0)
        terms, positions = len(self) + lists[0] + lists[1], lists[2]
        counts = {"descriptor": len(self), "term": terms, "position": positions}
        named = [f"{count:,} {unit}{'' if count == 1 else 's'}" for unit, count in counts.items()]
        return f"{named[0]} with {named[1]} at {named[2]}"

    @cached_property
    def _entry_terms(self) -> dict[str, list[str]]:
        return dict(self.descriptors.select("ui", "entry_terms").iter_rows())

    @cached_property
    def _other_terms(self) -> dict[str, list[str]]:
        return dict(self.descriptors.select("ui", "other_terms").iter_rows())

    @cached_property
    def graph(self) -> nx.DiGraph:
        """The positions, an edge from each to those directly below; node attributes ``ui`` and ``name``."""
        graph = nx.DiGraph()
        graph.add_node(ROOT, ui=None, name="MeSH")
        for letter, name in CATEGORIES.items():
            graph.add_node(letter, ui=None, name=name)
        for position, ui in self._standing.items():
            graph.add_node(position, ui=ui, name=self._names[ui])
        graph.add_edges_from((parent_position(position), position) for position in list(graph) if position)
        return graph

    def find(self, text: str) -> str | None:
        """Return the UI of what goes by a UI, tree number or term, however it was typed; None if nothing does.

        Of several descriptors, the first of ``candidates``.
        """
        return next(iter(self.candidates(text)), None)

    def candidates(self, text: str) -> tuple[str, ...]:
        """Return the UIs of all descriptors that go by ``text``: a preferred name's first, then an entry term's.

        ``MESH:D009369``, ``Heart Failure[Mesh]`` and the like are understood (``mesh.spelling.bare``), and words as
        people type them (``fold``, ``words``).
        """
        wanted = bare(text)
        exact = wanted.upper()
        if exact in self._names:
            return (exact,)
        standing = self._standing.get(exact)
        return (standing,) if standing else self.terms.named(wanted)

    def name(self, ui: str) -> str:
        """Return the descriptor's preferred name.

        Raises:
            KeyError: no descriptor has this UI.
        """
        return self._names[ui]

    def entry_terms(self, ui: str) -> list[str]:
        """Return the other terms of the descriptor's preferred concept.

        Raises:
            KeyError: no descriptor has this UI.
        """
        return self._entry_terms[ui]

    def other_terms(self, ui: str) -> list[str]:
        """Return the terms of the descriptor's other concepts, most of them narrower than the descriptor.

        Raises:
            KeyError: no descriptor has this UI.
        """
        return self._other_terms[ui]

    def name_at(self, position: str) -> str:
        """Return the name of the descriptor or category at a position."""
        return CATEGORIES[position] if position in CATEGORIES else self._names[self._standing[position]]

    def at(self, position: str) -> str | None:
        """Return the UI of the descriptor at a position, None where there is none."""
        return self._standing.get(position)

    def tree_numbers(self, ui: str) -> tuple[str, ...]:
        """Return every position of the descriptor; empty for an unknown one and for Female and Male."""
        return self._tree_numbers.get(ui, ())

    def ancestors(self, ui: str) -> frozenset[str]:
        """Return the UIs at prefixes of the descriptor's own tree numbers, itself included."""
        known = self._ancestors.get(ui)
        if known is None:
            above = {
                standing
                for tree_number in self.tree_numbers(ui)
                for position in prefixes(tree_number)
                if (standing := self._standing.get(position)) is not None
            }
            known = self._ancestors[ui] = frozenset(above | {ui})
        return known

    def descendants(self, ui: str) -> frozenset[str]:
        """Return the UIs that stand below any of the descriptor's positions, itself included."""
        return frozenset(self.descriptors_under(self.tree_numbers(ui))) | {ui}

    def depth(self, ui: str) -> int:
        """Return how far below its category the descriptor stands, at its deepest position: 1 at the top, 0 nowhere."""
        return max((number.count(".") + 1 for number in self.tree_numbers(ui)), default=0)

    def paths(self, ui: str) -> list[list[str]]:
        """Return the names from the category down to the descriptor, for each of its positions."""
        return [
            [self.name_at(position) for position in reversed(list(prefixes(number)))]
            for number in self.tree_numbers(ui)
        ]

    def children(self, position: str) -> list[str]:
        """Return the positions directly below, in tree-number order."""
        return sorted(self.graph.successors(position))

    def positions_under(self, tree_numbers: Iterable[str]) -> set[str]:
        """Return the positions in the subtrees of ``tree_numbers`` that there are, their tops included."""
        return {
            position
            for top in tree_numbers
            if top in self.graph
            for position in nx.descendants(self.graph, top) | {top}
            if position in self._standing
        }

    def descriptors_under(self, tree_numbers: Iterable[str]) -> set[str]:
        """Return the UIs that stand anywhere in the subtrees of ``tree_numbers``."""
        return {self._standing[position] for position in self.positions_under(tree_numbers)}


def load_hierarchy(table: DescriptorTable | None = None) -> Hierarchy:
    """Return the hierarchy of a table (see ``mesh.read_table``), of the shipped one by default."""
    chosen = table or shipped_table()
    return Hierarchy(chosen.descriptors, chosen.year, chosen.source)
