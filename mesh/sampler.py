"""Choose articles so that a budget spreads over a branch instead of piling up on its commonest topics."""

import hashlib
import heapq
from collections import defaultdict
from dataclasses import dataclass, field

import polars as pl

from mesh.branch import Branch
from mesh.hierarchy import Hierarchy, parent_position

SAMPLE_SCHEMA = {"pmid": pl.Int64, "stratum": pl.String, "weight": pl.Float64}


@dataclass(slots=True)
class _Node:
    """A position: its own articles in drawing order, the nodes below, and how many articles lie in all."""

    position: str
    pmids: list[int] = field(default_factory=list)
    below: list["_Node"] = field(default_factory=list)
    population: int = 0


def sample_branch(
    articles: pl.DataFrame,
    hierarchy: Hierarchy,
    branch: Branch,
    budget: int,
    seed: int,
    temperature: float = 0.5,
) -> pl.DataFrame:
    """Return up to ``budget`` articles of the branch, spread over its positions.

    Each article belongs to one position of the branch: that of a major heading rather than a minor one, then the
    deepest. From the top down, every position hands its budget to its own articles and to the positions below in
    shares that grow with (articles there) ** temperature: 1 is proportional, 0 uniform. Seats go by the
    Sainte-Lague method, which is house-monotone: a larger budget keeps every article of a smaller one. Within a
    position articles are drawn in the order of a hash of seed and PMID, so the same seed gives the same sample on
    any machine.

    Args:
        articles: pmid (Int64) and headings (list of struct with ui and major).

    Returns:
        pmid, stratum (descriptor UI), weight (articles at that position for each one drawn), by pmid.
    """
    tops = _grow(assign_positions(articles, hierarchy, branch, seed), branch)
    root = _Node("", below=tops, population=sum(top.population for top in tops))
    seats: dict[str, int] = {}
    _apportion(root, min(budget, root.population), temperature, seats)
    nodes = list(_walk(root))
    rows = [
        (pmid, hierarchy.at(node.position) or node.position, len(node.pmids) / seats[node.position])
        for node in nodes
        for pmid in node.pmids[: seats.get(node.position, 0)]
    ]
    return pl.DataFrame(rows, schema=SAMPLE_SCHEMA, orient="row").sort("pmid")


def assign_positions(articles: pl.DataFrame, hierarchy: Hierarchy, branch: Branch, seed: int) -> dict[str, list[int]]:
    """Return the PMIDs at each position of the branch, in drawing order; see ``sample_branch``."""
    inside = hierarchy.positions_under(branch.tree_numbers)
    positions_of: dict[str, list[str]] = {
        ui: [number for number in hierarchy.tree_numbers(ui) if number in inside]
        for ui in hierarchy.descriptors_under(branch.tree_numbers)
    }
    standing: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for pmid, headings in articles.select("pmid", "headings").iter_rows():
        candidates = [
            (heading["major"], position.count("."), _draw(seed, pmid, position), position)
            for heading in headings
            for position in positions_of.get(heading["ui"], ())
        ]
        if candidates:
            standing[max(candidates)[-1]].append((_draw(seed, pmid), pmid))
    return {position: [pmid for _, pmid in sorted(drawn)] for position, drawn in standing.items()}


def _draw(seed: int, pmid: int, position: str = "") -> int:
    digest = hashlib.blake2b(f"{seed}:{pmid}:{position}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big")


def _grow(standing: dict[str, list[int]], branch: Branch) -> list[_Node]:
    nodes: dict[str, _Node] = {}

    def node_at(position: str) -> _Node:
        if position not in nodes:
            nodes[position] = _Node(position)
            if position not in branch.tree_numbers:
                node_at(parent_position(position)).below.append(nodes[position])
        return nodes[position]

    for position, pmids in sorted(standing.items()):
        node_at(position).pmids = pmids
        above = position
        while above not in branch.tree_numbers:
            node_at(above).population += len(pmids)
            above = parent_position(above)
        node_at(above).population += len(pmids)
    return [nodes[position] for position in branch.tree_numbers if position in nodes]


def _apportion(node: _Node, budget: int, temperature: float, seats: dict[str, int]) -> None:
    """Sainte-Lague with capacities over the node's own articles (first) and the nodes below."""
    populations = [len(node.pmids), *(child.population for child in node.below)]
    given = [0] * len(populations)
    queue = [(-(size**temperature), place) for place, size in enumerate(populations) if size]
    heapq.heapify(queue)
    for _ in range(budget):
        _, place = heapq.heappop(queue)
        given[place] += 1
        if given[place] < populations[place]:
            heapq.heappush(queue, (-(populations[place] ** temperature) / (2 * given[place] + 1), place))
    seats[node.position] = given[0]
    for child, share in zip(node.below, given[1:], strict=True):
        if share:
            _apportion(child, share, temperature, seats)


def _walk(node: _Node) -> list[_Node]:
    return [node, *(found for child in node.below for found in _walk(child))]


def branch_pmids(articles: pl.DataFrame, hierarchy: Hierarchy, branch: Branch) -> pl.Series:
    """Return the PMIDs of the articles that carry a heading of the branch."""
    inside = hierarchy.descriptors_under(branch.tree_numbers)
    held = pl.col("headings").list.eval(pl.element().struct.field("ui").is_in(list(inside))).list.any()
    return articles.filter(held)["pmid"]
