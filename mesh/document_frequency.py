"""Information content of descriptors in a corpus: how much an article says by carrying a heading."""

import numpy as np
import polars as pl

from mesh import kernels
from mesh.descriptor_index import DescriptorIndex
from mesh.hierarchy import Hierarchy


class DocumentFrequency:
    """Counts, a batch of articles at a time, in how many of them each descriptor's subtree has a heading.

    A subtree is all that stands below any of a descriptor's positions, itself included; an article counts once in it.
    """

    def __init__(self, hierarchy: Hierarchy) -> None:
        self._index = DescriptorIndex(hierarchy)
        self._counts = np.zeros(len(self._index.ancestors), np.int64)
        self.articles = 0
        self.unknown = 0

    def add(self, headings: pl.Series) -> None:
        """Count more articles, lists of descriptor UIs; headings that the hierarchy does not know go to ``unknown``."""
        sets = self._index.heading_sets(headings)
        self._counts += kernels.count_documents(
            sets.starts, sets.items, self._index.above_starts, self._index.above, len(self._counts)
        )
        self.articles += len(sets)
        self.unknown += sets.unknown

    def counts(self) -> dict[str, int]:
        """Return df(c) of every descriptor."""
        return dict(zip(self._index.ancestors, self._counts.tolist(), strict=True))

    def information_content(self, smoothing: float = 1.0) -> dict[str, float]:
        """Return IC(c) = -ln((df(c) + s) / (N + s)) of every descriptor, N being the articles and s the smoothing.

        Smoothing keeps what was never seen finite: with 1, a heading that no article carries says as much as one in
        an article more.

        Raises:
            ValueError: the smoothing is not above 0.
        """
        if smoothing <= 0:
            raise ValueError(f"smoothing is {smoothing}, expected more than 0, such as 1")
        content = -np.log((self._counts + smoothing) / (self.articles + smoothing))
        return dict(zip(self._index.ancestors, content.tolist(), strict=True))


def corpus_information_content(hierarchy: Hierarchy, headings: pl.Series, smoothing: float = 1.0) -> dict[str, float]:
    """Return every descriptor's information content in a corpus; see ``DocumentFrequency``.

    Args:
        headings: a list of descriptor UIs per article.
    """
    frequency = DocumentFrequency(hierarchy)
    frequency.add(headings)
    return frequency.information_content(smoothing)
