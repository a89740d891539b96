"""Costs in words."""

import math

SMALL = 0.1


def in_currency(cost: float) -> str:
    """Return a cost with two decimals; a small one with its first two digits that say anything, such as 0.0042."""
    if cost == 0 or abs(cost) >= SMALL:
        return f"{cost:,.2f}"
    return f"{cost:.{1 - math.floor(math.log10(abs(cost)))}f}"
