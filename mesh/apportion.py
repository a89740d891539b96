"""Hand a budget down a hierarchy: shares at every position, whole seats, nobody given more than there is."""

import heapq
from collections.abc import Mapping, Sequence

import numpy as np

from mesh.branch import Branch
from mesh.gather import gather

HALVINGS = 60


def apportion_branch(population: Mapping[str, int], branch: Branch, budget: int, temperature: float) -> dict[str, int]:
    """Return how many articles each position may draw, from the branch's tops down.

    Every position hands what it gets to its own articles and to the positions below in shares that grow with
    (articles there) ** temperature: 1 is proportional, 0 uniform.

    Args:
        population: articles that stand at each position; positions without any are left out.
        budget: at most as many as the population in all.
    """
    total, below = gather(population, branch)
    seats: dict[str, int] = {}

    def hand_down(position: str, share: int) -> None:
        children = below.get(position, [])
        sizes = [population.get(position, 0), *(total[child] for child in children)]
        own, *rest = apportion(sizes, share, temperature)
        seats[position] = own
        for child, given in zip(children, rest, strict=True):
            if given:
                hand_down(child, given)

    tops = [top for top in branch.tree_numbers if top in total]
    for top, share in zip(tops, apportion([total[top] for top in tops], budget, temperature), strict=True):
        hand_down(top, share)
    return {position: given for position, given in seats.items() if given}


def apportion(sizes: Sequence[int], budget: int, temperature: float) -> list[int]:
    """Return whole shares of the budget, each at most its size, by the method of Sainte-Lague.

    A seat goes to the highest size ** temperature / (2 x seats so far + 1), the first among equals. The method is
    house-monotone: with a larger budget nobody gets less.
    """
    given = _clear_seats(sizes, budget, temperature)
    queue = [
        (-(size**temperature) / (2 * seats + 1), place)
        for place, (size, seats) in enumerate(zip(sizes, given, strict=True))
        if seats < size
    ]
    heapq.heapify(queue)
    for _ in range(budget - sum(given)):
        _, place = heapq.heappop(queue)
        given[place] += 1
        if given[place] < sizes[place]:
            heapq.heappush(queue, (-(sizes[place] ** temperature) / (2 * given[place] + 1), place))
    return given


def _clear_seats(sizes: Sequence[int], budget: int, temperature: float) -> list[int]:
    """Return all but the last seats, which go one by one: those whose quotient lies above a common one."""
    limits = np.array(sizes, dtype=np.int64)
    weights = np.where(limits > 0, limits.astype(np.float64) ** temperature, 0.0)

    def seats_above(quotient: float) -> np.ndarray:
        return np.minimum(limits, np.floor((weights / quotient + 1) / 2).astype(np.int64))

    low, high = weights.min(initial=np.inf, where=limits > 0) / (2 * budget + 1), 2 * weights.max(initial=1.0)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if seats_above(middle).sum() > budget:
            low = middle
        else:
            high = middle
    return [max(0, int(seats) - 1) for seats in seats_above(high)]
