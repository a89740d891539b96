"""Hand a budget down a hierarchy: shares at every position, whole seats, nobody given more than there is."""

import heapq
from collections.abc import Mapping, Sequence

import numpy as np

from mesh.branch import Branch
from mesh.gather import gather

HALVINGS = 60
WEIGHT_UNIT = 2**20
LEAST_GENERAL = 0.01


def apportion_branch(population: Mapping[str, int], branch: Branch, budget: int, temperature: float) -> dict[str, int]:
    """Return how many articles each position may draw, from the branch's tops down.

    Every position hands what it gets to the positions below it and to its own articles, in proportion to

        subtree:       (sum over its positions of n ** t) ** t
        own articles:  (n ** t) ** t * 0.01 ** (1 - t)

    for n articles at a position and temperature t. At 1 shares are proportional to articles; towards 0 every position
    below gets the same, and articles that stand at a position because nothing more specific is said of them get little.
    Weights are rounded to whole numbers, so that no machine's arithmetic decides between near equals.

    Args:
        population: articles that stand at each position; positions without any are left out.
        budget: at most as many as the population in all.
    """
    total, below = gather(population, branch)
    spread, _ = gather({position: _weight(n, temperature) for position, n in population.items()}, branch)
    general = LEAST_GENERAL ** (1 - temperature)
    seats: dict[str, int] = {}

    def weight(subtree: str) -> int:
        return _weight(spread[subtree] / WEIGHT_UNIT, temperature)

    def hand_down(position: str, share: int) -> None:
        children = below.get(position, [])
        here = population.get(position, 0)
        own = round(general * _weight(_weight(here, temperature) / WEIGHT_UNIT, temperature)) if here else 0
        sizes, weights = [here, *(total[child] for child in children)], [own, *map(weight, children)]
        first, *rest = apportion(sizes, weights, share)
        seats[position] = first
        for child, given in zip(children, rest, strict=True):
            if given:
                hand_down(child, given)

    tops = [top for top in branch.tree_numbers if top in total]
    shares = apportion([total[top] for top in tops], [weight(top) for top in tops], budget)
    for top, share in zip(tops, shares, strict=True):
        hand_down(top, share)
    return {position: given for position, given in seats.items() if given}


def apportion(sizes: Sequence[int], weights: Sequence[int], budget: int) -> list[int]:
    """Return whole shares of the budget, each at most its size, by the method of Sainte-Lague.

    A seat goes to the highest weight / (2 x seats so far + 1), the first among equals. The method is house-monotone:
    with a larger budget nobody gets less.
    """
    given = _clear_seats(sizes, weights, budget)
    queue = [
        (-weight / (2 * seats + 1), place)
        for place, (size, weight, seats) in enumerate(zip(sizes, weights, given, strict=True))
        if seats < size
    ]
    heapq.heapify(queue)
    for _ in range(budget - sum(given)):
        _, place = heapq.heappop(queue)
        given[place] += 1
        if given[place] < sizes[place]:
            heapq.heappush(queue, (-weights[place] / (2 * given[place] + 1), place))
    return given


def _clear_seats(sizes: Sequence[int], weights: Sequence[int], budget: int) -> list[int]:
    """Return all but the last seats, which go one by one: those whose quotient lies above a common one."""
    limits, heavy = np.array(sizes, dtype=np.int64), np.array(weights, dtype=np.float64)

    def seats_above(quotient: float) -> np.ndarray:
        return np.minimum(limits, np.floor((heavy / quotient + 1) / 2).astype(np.int64))

    low, high = 1 / (2 * budget + 1), 2 * heavy.max(initial=1.0)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if seats_above(middle).sum() > budget:
            low = middle
        else:
            high = middle
    return [max(0, int(seats) - 1) for seats in seats_above(high)]


def _weight(articles: float, temperature: float) -> int:
    weight: float = articles**temperature
    return max(1, round(WEIGHT_UNIT * weight))
