"""Spread long tables of pairs over threads; for loops that release Python's lock."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache

PAIRS_PER_THREAD = 10_000


def spread(work: Callable[[slice], None], pairs: int, threads: int | None) -> None:
    """Do the work for slices that cover all pairs; ``threads`` are all cores by default.

    The work must not spread work of its own: it would wait for threads that wait for it.
    """
    parts = max(1, min(threads or os.cpu_count() or 1, pairs // PAIRS_PER_THREAD))
    if parts == 1:
        work(slice(0, pairs))
        return
    ends = [pairs * part // parts for part in range(parts + 1)]
    list(_pool(parts).map(work, map(slice, ends, ends[1:])))


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix="mesh")
