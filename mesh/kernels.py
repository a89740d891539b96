"""The loops of ``mesh.batch``, compiled by Numba; they release Python's lock.

Arrays in, arrays out: ``starts`` and ``items`` hold lists one after the other, those of list i being
items[starts[i]:starts[i + 1]]; ``above`` likewise the sorted ancestors of each descriptor; ``content`` is the
information content of each ancestor and ``own`` that of each descriptor.
"""

import numba
import numpy as np


@numba.njit(cache=True, nogil=True)
def common_ancestors(starts, above, descriptors, ancestors):
    """Return 1 + the number of the highest common ancestor of every two descriptors, 0 for none.

    Descriptors are gathered below each ancestor; from the least informative one on, each writes itself over all pairs
    below it.
    """
    counts = np.zeros(ancestors + 1, np.int64)
    for place in above:
        counts[place + 1] += 1
    ends = np.cumsum(counts)
    filled = ends[:-1].copy()
    members = np.empty(len(above), np.int32)
    for descriptor in range(descriptors):
        for place in above[starts[descriptor] : starts[descriptor + 1]]:
            members[filled[place]] = descriptor
            filled[place] += 1
    table = np.zeros((descriptors, descriptors), np.uint16)
    for ancestor in range(ancestors):
        group = members[ends[ancestor] : ends[ancestor + 1]]
        for a in group:
            row = table[a]
            for b in group:
                row[b] = ancestor + 1
    return table


@numba.njit(cache=True, nogil=True, inline="always")
def _lin(a, b, table, content, own):
    if a == b:
        return 1.0
    common = table[a, b]
    if common == 0:
        return 0.0
    shared = content[common - 1]
    return 2 * shared / (own[a] + own[b]) if shared > 0 else 0.0


@numba.njit(cache=True, nogil=True)
def resnik(first, second, table, content, own):
    result = np.empty(len(first), np.float64)
    for place in range(len(first)):
        common = table[first[place], second[place]]
        result[place] = content[common - 1] if common else 0.0
    return result


@numba.njit(cache=True, nogil=True)
def lin(first, second, table, content, own):
    result = np.empty(len(first), np.float64)
    for place in range(len(first)):
        result[place] = _lin(first[place], second[place], table, content, own)
    return result


@numba.njit(cache=True, nogil=True)
def jiang_conrath(first, second, table, content, own):
    result = np.empty(len(first), np.float64)
    for place in range(len(first)):
        a, b = first[place], second[place]
        common = table[a, b]
        shared = content[common - 1] if common else 0.0
        result[place] = 1.0 if a == b else 1 / (1 + own[a] + own[b] - 2 * shared)
    return result


@numba.njit(cache=True, nogil=True)
def relevance(first, second, table, content, own):
    result = np.empty(len(first), np.float64)
    for place in range(len(first)):
        a, b = first[place], second[place]
        common = table[a, b]
        shared = content[common - 1] if common else 0.0
        result[place] = _lin(a, b, table, content, own) * (1 - np.exp(-shared))
    return result


@numba.njit(cache=True, nogil=True)
def batet(first, second, starts, above):
    result = np.empty(len(first), np.float64)
    for place in range(len(first)):
        i, end_i = starts[first[place]], starts[first[place] + 1]
        j, end_j = starts[second[place]], starts[second[place] + 1]
        every, shared = (end_i - i) + (end_j - j), 0
        while i < end_i and j < end_j:
            if above[i] == above[j]:
                shared += 1
                i += 1
                j += 1
            elif above[i] < above[j]:
                i += 1
            else:
                j += 1
        every -= shared
        result[place] = 1 - np.log2(1 + (every - shared) / every)
    return result


@numba.njit(cache=True, nogil=True)
def best_match_average(first, second, starts, items, table, content, own):
    result = np.empty(len(first), np.float64)
    best = np.empty(4096, np.float64)
    for place in range(len(first)):
        ours = items[starts[first[place]] : starts[first[place] + 1]]
        theirs = items[starts[second[place]] : starts[second[place] + 1]]
        if len(ours) == 0 or len(theirs) == 0:
            result[place] = np.nan
            continue
        if len(theirs) > len(best):
            best = np.empty(2 * len(theirs), np.float64)
        best[: len(theirs)] = 0.0
        forward = 0.0
        for a in ours:
            highest = 0.0
            for j in range(len(theirs)):
                value = _lin(a, theirs[j], table, content, own)
                highest = max(highest, value)
                best[j] = max(best[j], value)
            forward += highest
        backward = 0.0
        for j in range(len(theirs)):
            backward += best[j]
        result[place] = (forward / len(ours) + backward / len(theirs)) / 2
    return result


@numba.njit(cache=True, nogil=True)
def all_pairs_mean(first, second, starts, items, table, content, own):
    result = np.empty(len(first), np.float64)
    for place in range(len(first)):
        ours = items[starts[first[place]] : starts[first[place] + 1]]
        theirs = items[starts[second[place]] : starts[second[place] + 1]]
        total = 0.0
        for a in ours:
            for b in theirs:
                total += _lin(a, b, table, content, own)
        pairs = len(ours) * len(theirs)
        result[place] = total / pairs if pairs else np.nan
    return result


@numba.njit(cache=True, nogil=True)
def closures(starts, items, above_starts, above, ancestors):
    """Return the sorted ancestors of each set's headings, each once, one set after the other."""
    seen = np.full(ancestors, -1, np.int64)
    ends = np.zeros(len(starts), np.int64)
    size = 0
    for item in items:
        size += above_starts[item + 1] - above_starts[item]
    found = np.empty(size, np.int32)
    used = 0
    for place in range(len(starts) - 1):
        begun = used
        for item in items[starts[place] : starts[place + 1]]:
            for ancestor in above[above_starts[item] : above_starts[item + 1]]:
                if seen[ancestor] != place:
                    seen[ancestor] = place
                    found[used] = ancestor
                    used += 1
        found[begun:used].sort()
        ends[place + 1] = used
    return ends, found[:used].copy()


@numba.njit(cache=True, nogil=True)
def simgic(first, second, starts, above, content):
    """Compare sets; the ancestors of a first set that comes again and again in a row are marked once."""
    totals = np.zeros(len(starts) - 1, np.float64)
    for place in range(len(totals)):
        for ancestor in above[starts[place] : starts[place + 1]]:
            totals[place] += content[ancestor]
    marked = np.full(len(content), -1, np.int64)
    last = -1
    result = np.empty(len(first), np.float64)
    for place in range(len(first)):
        ours, theirs = first[place], second[place]
        if starts[ours] == starts[ours + 1] or starts[theirs] == starts[theirs + 1]:
            result[place] = np.nan
            continue
        if ours != last:
            last = ours
            for ancestor in above[starts[ours] : starts[ours + 1]]:
                marked[ancestor] = ours
        shared = 0.0
        for ancestor in above[starts[theirs] : starts[theirs + 1]]:
            if marked[ancestor] == ours:
                shared += content[ancestor]
        whole = totals[ours] + totals[theirs] - shared
        result[place] = shared / whole if whole > 0 else 1.0
    return result
