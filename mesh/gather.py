"""Sum what stands at positions up a branch."""

from collections.abc import Mapping

from mesh.branch import Branch
from mesh.hierarchy import parent_position


def gather(counts: Mapping[str, int], branch: Branch) -> tuple[dict[str, int], dict[str, list[str]]]:
    """Return what stands at or below each position, and the positions with something directly below it, in order.

    Args:
        counts: what stands at positions of the branch themselves.
    """
    tops = set(branch.tree_numbers)
    total: dict[str, int] = {}
    below: dict[str, set[str]] = {}
    for position, count in counts.items():
        above = position
        total[above] = total.get(above, 0) + count
        while above not in tops:
            below.setdefault(parent_position(above), set()).add(above)
            above = parent_position(above)
            total[above] = total.get(above, 0) + count
    return total, {position: sorted(children) for position, children in below.items()}
