"""Similarity of descriptors and of heading sets by shared information content."""

from collections.abc import Collection

from mesh.hierarchy import Hierarchy
from mesh.information_content import InformationContent


class Similarity:
    """Lin's similarity of descriptors, and two measures of heading sets built on information content.

    All values lie in [0, 1]; 1 is identity. Descriptors that the hierarchy does not know are to be left out
    beforehand (``hierarchy`` answers ``ui in hierarchy``).
    """

    def __init__(self, hierarchy: Hierarchy, information_content: InformationContent) -> None:
        self._hierarchy = hierarchy
        self._ic = information_content
        self._lin: dict[tuple[str, str], float] = {}

    def lin(self, first: str, second: str) -> float:
        """Return 2 IC(MICA) / (IC(a) + IC(b)), MICA being the common ancestor with the highest IC.

        Common ancestors include the descriptors themselves; without one, the virtual root answers with IC 0.

        Source: Lin (1998), An information-theoretic definition of similarity, ICML, section 5.
        """
        if first == second:
            return 1.0
        pair = (first, second) if first < second else (second, first)
        known = self._lin.get(pair)
        if known is None:
            known = self._lin[pair] = self._compute_lin(*pair)
        return known

    def best_match_average(self, first: Collection[str], second: Collection[str]) -> float | None:
        """Return the mean of both directions' average of each heading's best Lin match; None for an empty set.

        BMA(A, B) = (mean over a of max over b of lin(a, b) + mean over b of max over a of lin(a, b)) / 2
        """
        if not first or not second:
            return None
        forward = sum(max(self.lin(a, b) for b in second) for a in first) / len(first)
        backward = sum(max(self.lin(a, b) for a in first) for b in second) / len(second)
        return (forward + backward) / 2

    def simgic(self, first: Collection[str], second: Collection[str]) -> float | None:
        """Return the IC shared by the two sets' ancestors over the IC of all of them; None for an empty set.

        Source: Pesquita et al. (2008), BMC Bioinformatics 9 (Suppl 5) S4,
        https://doi.org/10.1186/1471-2105-9-S5-S4
        """
        if not first or not second:
            return None
        above_first, above_second = self._closure(first), self._closure(second)
        whole = sum(self._ic[ui] for ui in sorted(above_first | above_second))
        shared = sum(self._ic[ui] for ui in sorted(above_first & above_second))
        return shared / whole if whole else 1.0

    def _compute_lin(self, first: str, second: str) -> float:
        common = self._hierarchy.ancestors(first) & self._hierarchy.ancestors(second)
        both = self._ic[first] + self._ic[second]
        return 2 * max((self._ic[ui] for ui in common), default=0.0) / both if both else 0.0

    def _closure(self, headings: Collection[str]) -> frozenset[str]:
        return frozenset().union(*(self._hierarchy.ancestors(ui) for ui in headings))
