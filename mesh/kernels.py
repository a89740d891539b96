"""The loops over tables, compiled by Numba; they release Python's lock.

Arrays in, arrays out. ``starts`` and ``items`` hold sets of descriptor numbers one after the other, those of set i
being items[starts[i]:starts[i + 1]], and ``weights`` how much each counts. ``above_starts`` and ``above`` hold the
ancestors of each descriptor likewise, sorted, and numbered so that a higher number says more. ``content`` is the
information content of each ancestor, ``own`` that of each descriptor. Two descriptors whose ``masks`` have no bit in
common have no ancestor in common.
"""

import numba
import numpy as np


@numba.njit(cache=True, nogil=True)
def _shared(a, b, masks, above_starts, above, content, own):
    """Return what two descriptors share: the first match's content from the top, but no more than their own."""
    if (masks[a] & masks[b]) == 0:
        return 0.0
    i, j = above_starts[a + 1] - 1, above_starts[b + 1] - 1
    first_i, first_j = above_starts[a], above_starts[b]
    while i >= first_i and j >= first_j:
        ours, theirs = above[i], above[j]
        if ours == theirs:
            return min(content[ours], own[a], own[b])
        if ours > theirs:
            i -= 1
        else:
            j -= 1
    return 0.0


@numba.njit(cache=True, nogil=True)
def _lin_of(shared, own_a, own_b):
    return 2 * shared / (own_a + own_b) if shared > 0 else 0.0


@numba.njit(cache=True, nogil=True)
def _lin(a, b, masks, above_starts, above, content, own):
    if a == b:
        return 1.0
    return _lin_of(_shared(a, b, masks, above_starts, above, content, own), own[a], own[b])


@numba.njit(cache=True, nogil=True)
def shared_content(first, second, masks, above_starts, above, content, own):
    result = np.empty(len(first), np.float64)
    for place in range(len(first)):
        result[place] = _shared(first[place], second[place], masks, above_starts, above, content, own)
    return result


@numba.njit(cache=True, nogil=True)
def lin(first, second, shared, own):
    """Return Lin's measure of pairs whose shared content is known."""
    result = np.empty(len(first), np.float64)
    for place in range(len(first)):
        a, b = first[place], second[place]
        result[place] = 1.0 if a == b else _lin_of(shared[place], own[a], own[b])
    return result


@numba.njit(cache=True, nogil=True)
def jiang_conrath(first, second, shared, own):
    result = np.empty(len(first), np.float64)
    for place in range(len(first)):
        a, b = first[place], second[place]
        result[place] = 1.0 if a == b else 1 / (1 + own[a] + own[b] - 2 * shared[place])
    return result


@numba.njit(cache=True, nogil=True)
def relevance(first, second, shared, own):
    result = lin(first, second, shared, own)
    for place in range(len(first)):
        result[place] *= 1 - np.exp(-shared[place])
    return result


@numba.njit(cache=True, nogil=True)
def batet(first, second, above_starts, above):
    result = np.empty(len(first), np.float64)
    for place in range(len(first)):
        i, end_i = above_starts[first[place]], above_starts[first[place] + 1]
        j, end_j = above_starts[second[place]], above_starts[second[place] + 1]
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
def best_match_average(first, second, starts, items, weights, masks, above_starts, above, content, own):
    result = np.empty(len(first), np.float64)
    best = np.empty(4096, np.float64)
    for place in range(len(first)):
        begin, end = starts[first[place]], starts[first[place] + 1]
        other, size = starts[second[place]], starts[second[place] + 1] - starts[second[place]]
        if begin == end or size == 0:
            result[place] = np.nan
            continue
        if size > len(best):
            best = np.empty(2 * size, np.float64)
        best[:size] = 0.0
        forward = backward = ours = theirs = 0.0
        for i in range(begin, end):
            highest = 0.0
            for j in range(size):
                value = _lin(items[i], items[other + j], masks, above_starts, above, content, own)
                highest = max(highest, value)
                best[j] = max(best[j], value)
            forward += highest * weights[i]
            ours += weights[i]
        for j in range(size):
            backward += best[j] * weights[other + j]
            theirs += weights[other + j]
        result[place] = (forward / ours + backward / theirs) / 2
    return result


@numba.njit(cache=True, nogil=True)
def all_pairs_mean(first, second, starts, items, masks, above_starts, above, content, own):
    result = np.empty(len(first), np.float64)
    for place in range(len(first)):
        ours = items[starts[first[place]] : starts[first[place] + 1]]
        theirs = items[starts[second[place]] : starts[second[place] + 1]]
        total = 0.0
        for a in ours:
            for b in theirs:
                total += _lin(a, b, masks, above_starts, above, content, own)
        pairs = len(ours) * len(theirs)
        result[place] = total / pairs if pairs else np.nan
    return result


@numba.njit(cache=True, nogil=True)
def count_documents(starts, items, above_starts, above, ancestors):
    """Return in how many sets each ancestor stands at or above a heading."""
    seen = np.full(ancestors, -1, np.int64)
    counts = np.zeros(ancestors, np.int64)
    for place in range(len(starts) - 1):
        for item in items[starts[place] : starts[place + 1]]:
            for ancestor in above[above_starts[item] : above_starts[item + 1]]:
                if seen[ancestor] != place:
                    seen[ancestor] = place
                    counts[ancestor] += 1
    return counts


@numba.njit(cache=True, nogil=True)
def closures(starts, items, weights, above_starts, above, ancestors):
    """Return the ancestors of each set's headings, each once with the highest weight of the headings below it."""
    seen = np.full(ancestors, -1, np.int64)
    where = np.empty(ancestors, np.int64)
    size = 0
    for item in items:
        size += above_starts[item + 1] - above_starts[item]
    found = np.empty(size, np.int32)
    counting = np.empty(size, np.float64)
    ends = np.zeros(len(starts), np.int64)
    used = 0
    for place in range(len(starts) - 1):
        for heading in range(starts[place], starts[place + 1]):
            item = items[heading]
            for ancestor in above[above_starts[item] : above_starts[item + 1]]:
                if seen[ancestor] != place:
                    seen[ancestor] = place
                    where[ancestor] = used
                    found[used] = ancestor
                    counting[used] = weights[heading]
                    used += 1
                else:
                    counting[where[ancestor]] = max(counting[where[ancestor]], weights[heading])
        ends[place + 1] = used
    return ends, found[:used].copy(), counting[:used].copy()


@numba.njit(cache=True, nogil=True)
def simgic(first, second, starts, above, weights, content):
    """Compare closures; those of a first set that comes again and again in a row are laid out once.

    What is shared counts with the lower of two weights and all with the higher, and max(x, y) = x + y - min(x, y).
    """
    totals = np.zeros(len(starts) - 1, np.float64)
    for place in range(len(totals)):
        for entry in range(starts[place], starts[place + 1]):
            totals[place] += content[above[entry]] * weights[entry]
    laid_out = np.zeros(len(content), np.float64)
    last = -1
    result = np.empty(len(first), np.float64)
    for place in range(len(first)):
        ours, theirs = first[place], second[place]
        if starts[ours] == starts[ours + 1] or starts[theirs] == starts[theirs + 1]:
            result[place] = np.nan
            continue
        if ours != last:
            if last >= 0:
                for entry in range(starts[last], starts[last + 1]):
                    laid_out[above[entry]] = 0.0
            for entry in range(starts[ours], starts[ours + 1]):
                laid_out[above[entry]] = weights[entry]
            last = ours
        shared = 0.0
        for entry in range(starts[theirs], starts[theirs + 1]):
            ancestor = above[entry]
            shared += content[ancestor] * min(laid_out[ancestor], weights[entry])
        whole = totals[ours] + totals[theirs] - shared
        result[place] = shared / whole if whole > 0 else 1.0
    return result


@numba.njit(cache=True, nogil=True)
def _released(a, b, standing_starts, standing, category, chain_starts, chains, content, largest):
    """Return the released similarity: the best pair of positions in each shared category, averaged over those."""
    if a == b:
        return 1.0
    total, categories = 0.0, 0
    i, j = standing_starts[a], standing_starts[b]
    while i < standing_starts[a + 1] and j < standing_starts[b + 1]:
        ours, theirs = category[standing[i]], category[standing[j]]
        if ours < theirs:
            i += 1
            continue
        if theirs < ours:
            j += 1
            continue
        end_i, end_j = i, j
        while end_i < standing_starts[a + 1] and category[standing[end_i]] == ours:
            end_i += 1
        while end_j < standing_starts[b + 1] and category[standing[end_j]] == ours:
            end_j += 1
        best = 0.0
        for one in standing[i:end_i]:
            for other in standing[j:end_j]:
                both = content[one] + content[other]
                if largest[ours] == 0 or both == 0:
                    continue
                common = -1
                first, second = chain_starts[one], chain_starts[other]
                while (
                    first < chain_starts[one + 1]
                    and second < chain_starts[other + 1]
                    and chains[first] == chains[second]
                ):
                    common = chains[first]
                    first += 1
                    second += 1
                shared = content[common] / largest[ours]
                lin = min(1.0, 2 * shared / both)
                jiang_conrath = 1 - min(1.0, max(0.0, both - 2 * shared))
                relevance = lin * (1 - 10 ** (-shared * largest[ours]))
                best = max(best, (lin + jiang_conrath + relevance) / 3)
        total += best
        categories += 1
        i, j = end_i, end_j
    return total / categories if categories else 0.0


@numba.njit(cache=True, nogil=True)
def released_all_pairs_mean(
    first, second, starts, items, standing_starts, standing, category, chain_starts, chains, content, largest
):
    """Return the mean over all pairs of headings; see ``mesh.released_batch`` for the arrays of positions."""
    result = np.empty(len(first), np.float64)
    for place in range(len(first)):
        ours = items[starts[first[place]] : starts[first[place] + 1]]
        theirs = items[starts[second[place]] : starts[second[place] + 1]]
        total = 0.0
        for a in ours:
            for b in theirs:
                total += _released(a, b, standing_starts, standing, category, chain_starts, chains, content, largest)
        pairs = len(ours) * len(theirs)
        result[place] = total / pairs if pairs else np.nan
    return result
