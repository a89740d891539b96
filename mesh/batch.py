"""Similarity for tables of pairs: tens of millions of descriptor pairs a second, hundreds of thousands of set pairs.

The ancestors of each descriptor lie sorted by information content, so that the most informative common one is the
first that two lists share, read from the end; a mask of 64 bits tells most pairs that share none without reading any.
All arithmetic is float64, and ``mesh.similarity`` gives the same values a pair at a time. Long tables are spread over
threads.
"""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from mesh import kernels
from mesh.descriptor_index import DescriptorIndex, Floats, HeadingSets, Ints
from mesh.information_content import InformationContent
from mesh.similarity import PairMeasure
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
    ) -> pl.DataFrame:
        """Return a column per measure and a row per pair of descriptors."""
        chunks = spread(lambda a, b: self._measure(a, b, measures), first, second, self._threads)
        return pl.concat(pl.DataFrame(chunk) for chunk in chunks)

    def best_match_average(self, sets: HeadingSets, first: Ints, second: Ints) -> Floats:
        """Return lin-bma of pairs of sets; nan where one is empty."""
        given = (sets.starts, sets.items, sets.weights, *self._lists(), self._own)
        return self._join(lambda a, b: kernels.best_match_average(a, b, *given), first, second)

    def all_pairs_mean(self, sets: HeadingSets, first: Ints, second: Ints) -> Floats:
        """Return the mean of Lin over all pairs of headings, of pairs of sets; nan where one is empty."""
        given = (sets.starts, sets.items, *self._lists(), self._own)
        return self._join(lambda a, b: kernels.all_pairs_mean(a, b, *given), first, second)

    def simgic(self, sets: HeadingSets, first: Ints, second: Ints) -> Floats:
        """Return simGIC of pairs of sets; nan where one is empty.

        Quickest where pairs with the same first set follow one another.
        """
        closures = kernels.closures(
            sets.starts, sets.items, sets.weights, self._index.above_starts, self._above, len(self._content)
        )
        return self._join(lambda a, b: kernels.simgic(a, b, *closures, self._content), first, second)

    def _measure(self, first: Ints, second: Ints, measures: Sequence[PairMeasure]) -> dict[str, Floats]:
        shared = kernels.shared_content(first, second, *self._lists())
        both = self._own[first] + self._own[second]
        same = first == second
        with np.errstate(invalid="ignore"):
            lin = np.where(same, 1.0, np.where(both > 0, 2 * shared / both, 0.0))
        values: dict[PairMeasure, Callable[[], Floats]] = {
            PairMeasure.RESNIK: lambda: shared,
            PairMeasure.LIN: lambda: lin,
            PairMeasure.JIANG_CONRATH: lambda: np.where(same, 1.0, 1 / (1 + both - 2 * shared)),
            PairMeasure.RELEVANCE: lambda: lin * -np.expm1(-shared),
            PairMeasure.BATET: lambda: kernels.batet(first, second, self._index.above_starts, self._above),
        }
        return {measure.value: values[measure]() for measure in measures}

    def _lists(self) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.int64], Ints, Floats]:
        return self._masks, self._index.above_starts, self._above, self._content

    def _join(self, compare: Callable[[Ints, Ints], Floats], first: Ints, second: Ints) -> Floats:
        return np.concatenate(spread(compare, first, second, self._threads))


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
