"""Similarity for tables of pairs: millions of descriptor pairs or of pairs of heading sets, one core each.

The most informative common ancestor of every two descriptors that occur stands in one table, two bytes per pair, so a
descriptor pair is a look-up and a best-match average of two articles as many as they have pairs of headings. simGIC
needs no table: it walks along the two articles' sorted ancestors. All arithmetic is float64; ``mesh.similarity`` gives
the same values a pair at a time.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from mesh import kernels
from mesh.hierarchy import Hierarchy
from mesh.information_content import InformationContent
from mesh.similarity import PairMeasure

Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]

PAIR_KERNELS = {
    PairMeasure.RESNIK: kernels.resnik,
    PairMeasure.LIN: kernels.lin,
    PairMeasure.JIANG_CONRATH: kernels.jiang_conrath,
    PairMeasure.RELEVANCE: kernels.relevance,
}


@dataclass(frozen=True, slots=True)
class HeadingSets:
    """The known headings of many articles, one after the other: those of set i are items[starts[i]:starts[i + 1]].

    ``items`` index the descriptors of the ``BatchSimilarity`` that made the sets, ``unknown`` counts headings that its
    hierarchy does not know (of another year, say); they are left out.
    """

    starts: npt.NDArray[np.int64]
    items: Ints
    unknown: int

    def __len__(self) -> int:
        return len(self.starts) - 1


class BatchSimilarity:
    """The measures of ``mesh.similarity.Similarity`` over arrays, for descriptors that occur in some articles."""

    def __init__(
        self, hierarchy: Hierarchy, information_content: InformationContent, occurring: Sequence[str] | None = None
    ) -> None:
        """Prepare for the descriptors ``occurring`` (all by default); the table of pairs is built when first needed."""
        chosen = hierarchy.descriptors["ui"].to_list() if occurring is None else sorted(set(occurring))
        known = [ui for ui in chosen if ui in hierarchy]
        above = [hierarchy.ancestors(ui) for ui in known]
        # Ancestors are numbered by rising information content, so that of two common ones the higher number counts.
        every = sorted(frozenset().union(*above), key=lambda ui: (information_content[ui], ui))
        number = {ui: place for place, ui in enumerate(every)}
        self.uis = known
        self._index = pl.DataFrame({"ui": known}, schema={"ui": pl.String}).with_row_index("index")
        self._ancestor_ic = np.array([information_content[ui] for ui in every], dtype=np.float64)
        self._ic = np.array([information_content[ui] for ui in known], dtype=np.float64)
        lists = [np.sort(np.array([number[ui] for ui in group], dtype=np.int32)) for group in above]
        self._above_starts = np.concatenate([[0], np.cumsum([len(group) for group in lists])]).astype(np.int64)
        self._above = np.concatenate(lists) if lists else np.empty(0, np.int32)
        self._table: npt.NDArray[np.uint16] | None = None

    def index(self, uis: pl.Series) -> Ints:
        """Return the descriptors' indices; -1 for those that are not among the occurring ones."""
        found = uis.rename("ui").to_frame().join(self._index, on="ui", how="left", maintain_order="left")
        return found["index"].cast(pl.Int32).fill_null(-1).to_numpy()

    def heading_sets(self, headings: pl.Series) -> HeadingSets:
        """Return heading sets from a column of lists of descriptor UIs; each heading counts once in its set."""
        rows = pl.DataFrame({"set": np.arange(len(headings)), "ui": headings.cast(pl.List(pl.String))})
        rows = rows.explode("ui").drop_nulls().unique()
        indexed = rows.with_columns(index=pl.Series(self.index(rows["ui"])))
        kept = indexed.filter(pl.col("index") >= 0).sort("set", "index")
        sizes = np.bincount(kept["set"].to_numpy(), minlength=len(headings)) if len(headings) else np.empty(0, int)
        starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        return HeadingSets(starts, kept["index"].to_numpy().astype(np.int32), len(indexed) - len(kept))

    def descriptors(self, measure: PairMeasure, first: Ints, second: Ints) -> Floats:
        """Return a measure of descriptor pairs given by index, as long as ``first`` and ``second``."""
        if measure is PairMeasure.BATET:
            return kernels.batet(first, second, self._above_starts, self._above)
        return PAIR_KERNELS[measure](first, second, *self._contents())

    def best_match_average(self, sets: HeadingSets, first: Ints, second: Ints) -> Floats:
        """Return lin-bma of pairs of sets given by their places; nan where one is empty."""
        return kernels.best_match_average(first, second, sets.starts, sets.items, *self._contents())

    def all_pairs_mean(self, sets: HeadingSets, first: Ints, second: Ints) -> Floats:
        """Return the mean of Lin over all pairs of headings, of pairs of sets; nan where one is empty."""
        return kernels.all_pairs_mean(first, second, sets.starts, sets.items, *self._contents())

    def simgic(self, sets: HeadingSets, first: Ints, second: Ints) -> Floats:
        """Return simGIC of pairs of sets given by their places; nan where one is empty.

        Quickest where pairs with the same first set follow one another.
        """
        ancestors = len(self._ancestor_ic)
        starts, above = kernels.closures(sets.starts, sets.items, self._above_starts, self._above, ancestors)
        return kernels.simgic(first, second, starts, above, self._ancestor_ic)

    def _contents(self) -> tuple[npt.NDArray[np.uint16], Floats, Floats]:
        return self._pairs(), self._ancestor_ic, self._ic

    def _pairs(self) -> npt.NDArray[np.uint16]:
        if self._table is None:
            if len(self._ancestor_ic) >= 2**16:
                raise ValueError(f"{len(self._ancestor_ic):,} ancestors do not fit two bytes; name those that occur")
            self._table = kernels.common_ancestors(
                self._above_starts, self._above, len(self._ic), len(self._ancestor_ic)
            )
        return self._table
