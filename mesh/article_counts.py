"""Count articles over a branch."""

from collections import Counter
from collections.abc import Iterable

import polars as pl

from mesh.branch import Branch
from mesh.hierarchy import Hierarchy, prefixes


def count_articles(articles: Iterable[pl.DataFrame], hierarchy: Hierarchy, branch: Branch) -> dict[str, int]:
    """Return for each position of the branch how many articles carry a heading at or below it, each once.

    Args:
        articles: frames of pmid (each once in all) and headings (list of struct with ui).
    """
    inside = hierarchy.positions_under(branch.tree_numbers)
    tops = set(branch.tree_numbers)
    rows = [(hierarchy.at(position), above) for position in inside for above in prefixes(position)
            if above in inside or above in tops]  # fmt: skip
    reached = pl.DataFrame(rows, schema={"ui": pl.String, "position": pl.String}, orient="row").unique()
    counts: Counter[str] = Counter()
    for frame in articles:
        carried = frame.select("pmid", pl.col("headings").list.eval(pl.element().struct.field("ui")).alias("ui"))
        found = carried.explode("ui").join(reached, on="ui").select("pmid", "position").unique()
        counts.update(dict(found.group_by("position").len().iter_rows()))
    return dict(counts)
