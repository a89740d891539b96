"""The similarity that KAILIN's authors ship (arXiv 2501.15108), for comparison only.

What is wrong with it, and why it is not the default:

- the information content of the common ancestor is normalised but not that of the two terms, so near-synonyms
  score under 0.1;
- a term's own frequency is left out of its information content, which gives every leaf 0;
- averaging over all pairs of headings gives two identical articles about 0.08;
- check tags (Humans, Female, ...) stay in, a third of all headings.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping

from mesh.hierarchy import Hierarchy, parent_position


class ReleasedSimilarity:
    """The authors' formula over heading frequencies counted in a set of articles.

    ``content`` is the information content of each position and ``largest`` the highest one in each tree category
    (the first part of a tree number, such as C04). Per category c, with logarithms to base 10:

        IC_c(m) = -log10(summed frequency of m's descendants in c), 0 where there are none
        ictmp = (IC(LCA) / maxIC + IC(LCA) / maxIC) / 2,  S = IC(a) + IC(b)
        lin = 2 ictmp / S,  jc = 1 - min(1, S - 2 ictmp),  rel = lin (1 - 10^(-ictmp maxIC)), each clipped to [0, 1]

    and sim(a, b) is 1 for a = b, else their mean over the categories that a and b share, else 0.
    """

    def __init__(self, hierarchy: Hierarchy, frequencies: Mapping[str, int]) -> None:
        """Prepare.

        Args:
            frequencies: how many articles carry each descriptor; 0 for those that are missing.
        """
        self._hierarchy = hierarchy
        self.content = _category_information_content(hierarchy, frequencies)
        self.largest: dict[str, float] = defaultdict(float)
        for position, content in self.content.items():
            category = tree_category(position)
            self.largest[category] = max(self.largest[category], content)
        self._pairs: dict[tuple[str, str], float] = {}

    def descriptors(self, first: str, second: str) -> float:
        """Return sim(a, b) in [0, 1]."""
        if first == second:
            return 1.0
        pair = (first, second) if first < second else (second, first)
        known = self._pairs.get(pair)
        if known is None:
            known = self._pairs[pair] = self._compare(*pair)
        return known

    def all_pairs_mean(self, first: Collection[str], second: Collection[str]) -> float | None:
        """Return the mean of sim(a, b) over all pairs of headings; None for an empty set."""
        if not first or not second:
            return None
        return sum(self.descriptors(a, b) for a in first for b in second) / (len(first) * len(second))

    def _compare(self, first: str, second: str) -> float:
        by_category: dict[str, list[float]] = defaultdict(list)
        for a in self._hierarchy.tree_numbers(first):
            for b in self._hierarchy.tree_numbers(second):
                if tree_category(a) == tree_category(b):
                    by_category[tree_category(a)].append(self._compare_positions(a, b))
        best = [max(values) for values in by_category.values()]
        return sum(best) / len(best) if best else 0.0

    def _compare_positions(self, first: str, second: str) -> float:
        max_ic = self.largest[tree_category(first)]
        both = self.content[first] + self.content[second]
        if not max_ic or not both:
            return 0.0
        shared = self.content[_common_prefix(first, second)] / max_ic
        lin = min(1.0, 2 * shared / both)
        jiang_conrath = min(1.0, max(0.0, 1 - min(1.0, both - 2 * shared)))
        relevance = min(1.0, max(0.0, lin * (1 - 10 ** (-shared * max_ic))))
        return (lin + jiang_conrath + relevance) / 3


def tree_category(tree_number: str) -> str:
    """Return the first part of a tree number, which the authors call its category: C04.588 -> C04."""
    return tree_number.partition(".")[0]


def _common_prefix(first: str, second: str) -> str:
    shared = []
    for a, b in zip(first.split("."), second.split("."), strict=False):
        if a != b:
            break
        shared.append(a)
    return ".".join(shared)


def _category_information_content(hierarchy: Hierarchy, frequencies: Mapping[str, int]) -> dict[str, float]:
    positions = {
        tree_number: frequencies.get(ui, 0)
        for ui in hierarchy.descriptors["ui"].to_list()
        for tree_number in hierarchy.tree_numbers(ui)
    }
    totals: Counter[str] = Counter()
    below: Counter[str] = Counter()
    for position, count in positions.items():
        totals[tree_category(position)] += count
        above = parent_position(position)
        while above in positions:
            below[above] += count
            above = parent_position(above)
    return {
        position: -math.log10(below[position] / totals[tree_category(position)]) if below[position] else 0.0
        for position in positions
    }
