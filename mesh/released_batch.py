"""The released similarity for tables of pairs of heading sets."""

from itertools import chain

import numpy as np

from mesh import kernels
from mesh.descriptor_index import DescriptorIndex, Floats, HeadingSets, Ints
from mesh.hierarchy import prefixes
from mesh.released import ReleasedSimilarity, tree_category
from mesh.spread import spread


class ReleasedBatch:
    """``ReleasedSimilarity`` over arrays of set numbers; sets are those that the index made."""

    def __init__(self, index: DescriptorIndex, released: ReleasedSimilarity, threads: int | None = None) -> None:
        """Lay the positions of the index's descriptors out: where each stands, and what stands above it."""
        self._threads = threads
        standing = [sorted(index.hierarchy.tree_numbers(ui)) for ui in index.uis]
        chains = {
            position: [above for above in reversed(list(prefixes(position))) if above in released.content]
            for position in sorted(set(chain.from_iterable(standing)))
        }
        every = list(dict.fromkeys(chain(chains, chain.from_iterable(chains.values()))))
        number = {position: place for place, position in enumerate(every)}
        categories = {category: place for place, category in enumerate(sorted(set(map(tree_category, every))))}
        self._positions = (
            np.cumsum([0, *map(len, standing)], dtype=np.int64),
            np.array([number[position] for group in standing for position in group], dtype=np.int32),
            np.array([categories[tree_category(position)] for position in every], dtype=np.int32),
            np.cumsum([0, *map(len, chains.values())], dtype=np.int64),
            np.array([number[above] for group in chains.values() for above in group], dtype=np.int32),
            np.array([released.content[position] for position in every], dtype=np.float64),
            np.array([released.largest[category] for category in categories], dtype=np.float64),
        )

    def all_pairs_mean(self, sets: HeadingSets, first: Ints, second: Ints) -> Floats:
        """Return the mean similarity over all pairs of headings, of pairs of sets; nan where one is empty."""

        result = np.empty(len(first), np.float64)

        def compare(part: slice) -> None:
            result[part] = kernels.released_all_pairs_mean(
                first[part], second[part], sets.starts, sets.items, *self._positions
            )

        spread(compare, len(first), self._threads)
        return result
