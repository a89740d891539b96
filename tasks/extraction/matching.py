"""How many predicted relations match gold ones, each of either at most once."""

from collections.abc import Set as AbstractSet

import networkx as nx

from tasks.extraction.examples import Relation


def strict_matches(gold: AbstractSet[Relation], predicted: AbstractSet[Relation]) -> int:
    """Return how many relations have both spans in common."""
    return len(gold & predicted)


def lenient_matches(gold: AbstractSet[Relation], predicted: AbstractSet[Relation]) -> int:
    """Return the largest number of pairs of a gold and a predicted relation whose drugs and whose events overlap.

    The largest (Hopcroft and Karp 1973, https://doi.org/10.1137/0202019), not the first one met, so that no order of
    the relations can change the score.
    """
    pairs = nx.Graph(
        (("gold", right), ("predicted", given))
        for right in gold
        for given in predicted
        if right.drug.overlaps(given.drug) and right.event.overlaps(given.event)
    )
    return len(nx.bipartite.hopcroft_karp_matching(pairs, [node for node in pairs if node[0] == "gold"])) // 2
