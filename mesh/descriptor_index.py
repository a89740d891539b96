"""Descriptors as numbers: what the compiled loops over tables of articles work with."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from mesh.hierarchy import Hierarchy

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class HeadingSets:
    """The known headings of many articles, one after the other: those of set i are items[starts[i]:starts[i + 1]].

    ``items`` are numbers of descriptors, ``weights`` say how much each heading counts (1 where nothing else was
    given). ``unknown`` counts headings that the index does not have, of another year of MeSH, say; they are left out.
    """

    starts: Longs
    items: Ints
    weights: Floats
    unknown: int

    def __len__(self) -> int:
        return len(self.starts) - 1


class DescriptorIndex:
    """Numbers the descriptors that occur in some articles, and lists the ancestors of each by number.

    ``uis`` are the descriptors by number. The ancestors of descriptor i, itself included, are
    above[above_starts[i]:above_starts[i + 1]], numbers into ``ancestors`` (UIs).
    """

    def __init__(self, hierarchy: Hierarchy, occurring: Sequence[str] | pl.Series | None = None) -> None:
        """Number the descriptors ``occurring``, all by default; those that the hierarchy does not know are left out."""
        chosen = hierarchy.descriptors["ui"] if occurring is None else sorted(set(occurring))
        self.hierarchy = hierarchy
        self.uis = [ui for ui in chosen if ui in hierarchy]
        above = [hierarchy.ancestors(ui) for ui in self.uis]
        self.ancestors = sorted(frozenset().union(*above))
        number = {ui: place for place, ui in enumerate(self.ancestors)}
        self.above_starts = np.cumsum([0, *map(len, above)], dtype=np.int64)
        self.above = np.array([number[ui] for group in above for ui in sorted(group)], dtype=np.int32)
        self._numbers = pl.DataFrame({"ui": self.uis}, schema={"ui": pl.String}).with_row_index("number")

    def __len__(self) -> int:
        return len(self.uis)

    def numbers(self, uis: pl.Series) -> Ints:
        """Return the descriptors' numbers; -1 for those that the index does not have."""
        found = uis.rename("ui").to_frame().join(self._numbers, on="ui", how="left", maintain_order="left")
        return found["number"].cast(pl.Int32).fill_null(-1).to_numpy()

    def heading_sets(self, headings: pl.Series, weights: pl.Series | None = None) -> HeadingSets:
        """Return heading sets from a column of lists of UIs; a heading that a list repeats counts once.

        Args:
            weights: lists as long as those of ``headings``, such as 2 for major topics; a repeated heading has its
                highest weight.
        """
        columns = {"set": np.arange(len(headings)), "ui": headings.cast(pl.List(pl.String))}
        lists = pl.DataFrame(columns).with_columns(
            weight=pl.lit(1.0) if weights is None else weights.cast(pl.List(pl.Float64))
        )
        rows = lists.explode("ui" if weights is None else ["ui", "weight"]).drop_nulls("ui")
        once = rows.group_by("set", "ui").agg(pl.col("weight").max())
        numbered = once.with_columns(number=pl.Series(self.numbers(once["ui"])))
        kept = numbered.filter(pl.col("number") >= 0).sort("set", "number")
        sizes = np.bincount(kept["set"].to_numpy(), minlength=len(headings)) if len(headings) else np.empty(0, int)
        return HeadingSets(
            starts=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
            items=kept["number"].to_numpy().astype(np.int32),
            weights=kept["weight"].to_numpy().astype(np.float64),
            unknown=len(numbered) - len(kept),
        )
