"""Similarity for tables of pairs: tens of millions of descriptor pairs a second, hundreds of thousands of set pairs.

The ancestors of each descriptor lie sorted by information content, so that the most informative common one is the
first that two lists share, read from the end; a mask of 64 bits tells most pairs that share none without reading any.
All arithmetic is float64, and ``mesh.similarity`` gives the same values a pair at a time. Long tables are spread over
threads.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from mesh import kernels
from mesh.descriptor_index import DescriptorIndex, Floats, HeadingSets, Ints, Longs
from mesh.information_content import InformationContent
from mesh.pair_measure import PairMeasure
from mesh.spread import spread


class BatchSimilarity:
    """The measures of ``mesh.similarity.Similarity`` over arrays of descriptor or set numbers.

    Numbers are those of the ``DescriptorIndex`` and of the heading sets that it made.
    """

    def __init__(
        self, index: DescriptorIndex, information_content: InformationContent, threads: int | None = None
    ) -> None:
        """Prepare; ``threads`` are as many as there are cores by default."""
        self._index = index
        self._threads = threads
        content = np.array([information_content[ui] for ui in index.ancestors], dtype=np.float64)
        order = np.argsort(content, kind="stable")
        rank = np.empty(len(order), np.int32)
        rank[order] = np.arange(len(order), dtype=np.int32)
        above = rank[index.above]
        owner = np.repeat(np.arange(len(index)), np.diff(index.above_starts))
        self._above = above[np.lexsort((above, owner))]
        self._content = content[order]
        self._own = np.array([information_content[ui] for ui in index.uis], dtype=np.float64)
        self._masks = _masks(index)

    def descriptors(
        self, first: Ints, second: Ints, measures: Sequence[PairMeasure] = tuple(PairMeasure)
    ) -> dict[PairMeasure, Floats]:
        """Return measures of pairs of descriptors."""
        found = {measure: np.empty(len(first), np.float64) for measure in measures}

        def compare(part: slice) -> None:
            ours, theirs = first[part], second[part]
            shared = kernels.shared_content(ours, theirs, *self._lists())
            formulas: dict[PairMeasure, Callable[[], Floats]] = {
                PairMeasure.RESNIK: lambda: shared,
                PairMeasure.LIN: lambda: kernels.lin(ours, theirs, shared, self._own),
                PairMeasure.JIANG_CONRATH: lambda: kernels.jiang_conrath(ours, theirs, shared, self._own),
                PairMeasure.RELEVANCE: lambda: kernels.relevance(ours, theirs, shared, self._own),
                PairMeasure.BATET: lambda: kernels.batet(ours, theirs, self._index.above_starts, self._above),
            }
            for measure in measures:
                found[measure][part] = formulas[measure]()

        spread(compare, len(first), self._threads)
        return found

    def best_match_average(self, sets: HeadingSets, first: Ints, second: Ints) -> Floats:
        """Return lin-bma of pairs of sets; nan where one is empty."""
        given = (sets.starts, sets.items, sets.weights, *self._lists())
        return self._sets(kernels.best_match_average, first, second, given)

    def all_pairs_mean(self, sets: HeadingSets, first: Ints, second: Ints) -> Floats:
        """Return the mean of Lin over all pairs of headings, of pairs of sets; nan where one is empty."""
        return self._sets(kernels.all_pairs_mean, first, second, (sets.starts, sets.items, *self._lists()))

    def simgic(self, sets: HeadingSets, first: Ints, second: Ints) -> Floats:
        """Return simGIC of pairs of sets; nan where one is empty.

        Quickest where pairs with the same first set follow one another.
        """
        closures = kernels.closures(
            sets.starts, sets.items, sets.weights, self._index.above_starts, self._above, len(self._content)
        )
        return self._sets(kernels.simgic, first, second, (*closures, self._content))

    def _sets(self, kernel: Callable[..., Floats], first: Ints, second: Ints, given: tuple[Any, ...]) -> Floats:
        result = np.empty(len(first), np.float64)

        def compare(part: slice) -> None:
            result[part] = kernel(first[part], second[part], *given)

        spread(compare, len(first), self._threads)
        return result

    def _lists(self) -> tuple[npt.NDArray[np.uint64], Longs, Ints, Floats, Floats]:
        return self._masks, self._index.above_starts, self._above, self._content, self._own


def _masks(index: DescriptorIndex) -> npt.NDArray[np.uint64]:
    """Return for each descriptor the bits of the trees in which any of its ancestors stands anywhere."""
    bits: dict[str, int] = {}

    def trees(ui: str) -> int:
        mask = 0
        for number in index.hierarchy.tree_numbers(ui) or (ui,):
            tree = number.partition(".")[0]
            mask |= 1 << bits.setdefault(tree, len(bits)) % 64
        return mask

    of_ancestor = np.array([trees(ui) for ui in index.ancestors], dtype=np.uint64)
    if not len(index):
        return of_ancestor
    return np.bitwise_or.reduceat(of_ancestor[index.above], index.above_starts[:-1])
