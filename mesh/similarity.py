"""Similarity of descriptors and of heading sets by information content (IC), a pair at a time.

``mesh.batch`` computes the same for tables of pairs.
"""

import math
from collections.abc import Collection, Mapping

from mesh.hierarchy import Hierarchy
from mesh.information_content import InformationContent
from mesh.pair_measure import PairMeasure

Weights = Mapping[str, float]


class Similarity:
    """Similarity of two descriptors by five measures, and of two sets of headings by three.

    Descriptors that the hierarchy does not know are to be left out beforehand (``ui in hierarchy`` answers).
    Without a common ancestor the virtual root answers, with IC 0.
    """

    def __init__(self, hierarchy: Hierarchy, information_content: InformationContent) -> None:
        self._hierarchy = hierarchy
        self._ic = information_content
        self._lin: dict[tuple[str, str], float] = {}

    def measure(self, measure: PairMeasure, first: str, second: str) -> float:
        """Return one of the measures below, by name."""
        measures = {
            PairMeasure.RESNIK: self.resnik,
            PairMeasure.LIN: self.lin,
            PairMeasure.JIANG_CONRATH: self.jiang_conrath,
            PairMeasure.RELEVANCE: self.relevance,
            PairMeasure.BATET: self.batet,
        }
        return measures[measure](first, second)

    def resnik(self, first: str, second: str) -> float:
        """Return IC(MICA), from 0 upwards, and IC(a) for a = b.

        Of descriptors with several positions an ancestor can say more than what stands below it. What two share says
        no more than either, so IC(MICA) counts as min(IC(MICA), IC(a), IC(b)), here and in the measures built on it:
        without that they would leave their bounds.

        Source: Resnik (1999), Journal of Artificial Intelligence Research 11, https://doi.org/10.1613/jair.514
        """
        common = self._hierarchy.ancestors(first) & self._hierarchy.ancestors(second)
        return min(max((self._ic[ui] for ui in common), default=0.0), self._ic[first], self._ic[second])

    def lin(self, first: str, second: str) -> float:
        """Return 2 IC(MICA) / (IC(a) + IC(b)), in [0, 1] and 1 for a = b.

        Source: Lin (1998), An information-theoretic definition of similarity, ICML, section 5.
        """
        if first == second:
            return 1.0
        pair = (first, second) if first < second else (second, first)
        known = self._lin.get(pair)
        if known is None:
            both = self._ic[first] + self._ic[second]
            known = self._lin[pair] = 2 * self.resnik(first, second) / both if both else 0.0
        return known

    def jiang_conrath(self, first: str, second: str) -> float:
        """Return 1 / (1 + IC(a) + IC(b) - 2 IC(MICA)), in (0, 1] and 1 for a = b.

        Source: Jiang and Conrath (1997), ROCLING X, https://aclanthology.org/O97-1002; as similarity, as in DiShIn.
        """
        if first == second:
            return 1.0
        return 1 / (1 + self._ic[first] + self._ic[second] - 2 * self.resnik(first, second))

    def relevance(self, first: str, second: str) -> float:
        """Return lin(a, b) (1 - exp(-IC(MICA))), in [0, 1): Lin's measure, less where all that is shared is common.

        Source: Schlicker et al. (2006), BMC Bioinformatics 7:302, https://doi.org/10.1186/1471-2105-7-302
        """
        return self.lin(first, second) * (1 - math.exp(-self.resnik(first, second)))

    def batet(self, first: str, second: str) -> float:
        """Return 1 - log2(1 + unshared / all) of the ancestors at or above either, in [0, 1] and 1 for a = b.

        Uses no information content.

        Source: Batet, Sanchez, Valls (2011), Journal of Biomedical Informatics 44(1), equation 8 scaled to [0, 1],
        https://doi.org/10.1016/j.jbi.2010.09.002
        """
        above_first, above_second = self._hierarchy.ancestors(first), self._hierarchy.ancestors(second)
        every = len(above_first | above_second)
        return 1 - math.log2(1 + (every - len(above_first & above_second)) / every)

    def best_match_average(
        self, first: Collection[str], second: Collection[str], weights: tuple[Weights, Weights] | None = None
    ) -> float | None:
        """Return the mean of both directions' average of each heading's best Lin match; None for an empty set.

        BMA(A, B) = (mean over a of max over b of lin(a, b) + mean over b of max over a of lin(a, b)) / 2

        Args:
            weights: of the headings of either set, such as 2 for major topics; the means are weighted by them.
        """
        if not first or not second:
            return None
        ours, theirs = weights or ({}, {})
        forward = [(max(self.lin(a, b) for b in second), ours.get(a, 1.0)) for a in first]
        backward = [(max(self.lin(a, b) for a in first), theirs.get(b, 1.0)) for b in second]
        return (_weighted_mean(forward) + _weighted_mean(backward)) / 2

    def all_pairs_mean(self, first: Collection[str], second: Collection[str]) -> float | None:
        """Return the mean of Lin over all pairs of headings; None for an empty set. Identical sets stay far below 1."""
        if not first or not second:
            return None
        return sum(self.lin(a, b) for a in first for b in second) / (len(first) * len(second))

    def simgic(
        self, first: Collection[str], second: Collection[str], weights: tuple[Weights, Weights] | None = None
    ) -> float | None:
        """Return the IC shared by the two sets' ancestors over the IC of all of them; None for an empty set.

        Args:
            weights: of the headings of either set. An ancestor has the highest weight of the headings at or below it,
                counts shared with the lower one of both sets and in all with the higher one.

        Source: Pesquita et al. (2008), BMC Bioinformatics 9 (Suppl 5) S4,
        https://doi.org/10.1186/1471-2105-9-S5-S4
        """
        if not first or not second:
            return None
        ours, theirs = weights or ({}, {})
        above_first, above_second = self._closure(first, ours), self._closure(second, theirs)
        shared = whole = 0.0
        for ui in sorted(above_first.keys() | above_second.keys()):
            pair = above_first.get(ui, 0.0), above_second.get(ui, 0.0)
            shared += self._ic[ui] * min(pair)
            whole += self._ic[ui] * max(pair)
        return shared / whole if whole else 1.0

    def _closure(self, headings: Collection[str], weights: Weights) -> dict[str, float]:
        """Return every descriptor at or above the headings with the highest weight of those at or below it."""
        above: dict[str, float] = {}
        for heading in headings:
            weight = weights.get(heading, 1.0)
            for ui in self._hierarchy.ancestors(heading):
                above[ui] = max(above.get(ui, 0.0), weight)
        return above


def _weighted_mean(pairs: list[tuple[float, float]]) -> float:
    return sum(value * weight for value, weight in pairs) / sum(weight for _, weight in pairs)
