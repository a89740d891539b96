"""Spread long tables of pairs over threads; for loops that release Python's lock."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np

from mesh.descriptor_index import Ints

PAIRS_PER_THREAD = 10_000

T = TypeVar("T")


def spread(compare: Callable[[Ints, Ints], T], first: Ints, second: Ints, threads: int | None) -> list[T]:
    """Return what ``compare`` makes of each slice of the pairs, in order; ``threads`` are all cores by default."""
    parts = max(1, min(threads or os.cpu_count() or 1, len(first) // PAIRS_PER_THREAD))
    slices = list(zip(np.array_split(first, parts), np.array_split(second, parts), strict=True))
    if parts == 1:
        return [compare(*slices[0])]
    with ThreadPoolExecutor(parts) as pool:
        return list(pool.map(lambda pairs: compare(*pairs), slices))
