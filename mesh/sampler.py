"""Choose articles so that a budget spreads over a branch instead of piling up on its commonest topics."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from mesh.apportion import apportion_branch
from mesh.branch import Branch
from mesh.hierarchy import Hierarchy
from mesh.placement import PLACED_SCHEMA, Placement

KEPT_ROWS = 500_000


@dataclass(frozen=True, slots=True)
class Sample:
    """What was drawn, out of what, and how many articles the branch lacks.

    ``drawn`` has pmid, position, stratum (the descriptor there), weight (articles at that position for each one
    drawn) and the articles' other columns, by pmid. ``population`` counts the articles that stand at each position.
    """

    drawn: pl.DataFrame
    population: dict[str, int]
    shortage: int


def sample_branch(
    articles: Iterable[pl.DataFrame],
    hierarchy: Hierarchy,
    branch: Branch,
    budget: int,
    seed: int,
    temperature: float = 0.6,
) -> Sample:
    """Draw ``budget`` articles of the branch, spread over its positions.

    Each article belongs to one position of the branch (see ``Placement``), shares of the budget flow down from
    position to position (see ``apportion_branch``), and within a position articles are drawn in the order of a hash
    of seed and PMID. So the same seed gives the same sample on any machine and in whatever order the articles come, a
    larger budget keeps every article of a smaller one, and articles that are added displace few.

    Memory grows with budget and positions, not with the articles: of those at one position no more than the budget
    are kept at a time.

    Args:
        articles: frames of pmid (Int64, each once in all), headings (list of struct with ui and major) and columns to
            carry along.
        budget: articles to draw; where the branch has fewer, ``shortage`` says by how many.
    """
    placement = Placement(hierarchy, branch, seed)
    population: Counter[str] = Counter()
    kept: list[pl.DataFrame] = []
    allowed = KEPT_ROWS
    for frame in articles:
        placed = placement.place(frame)
        population.update(dict(placed.group_by("position").len().iter_rows()))
        kept.append(placed)
        if sum(map(len, kept)) > allowed:
            kept = [_first_drawn(pl.concat(kept), budget)]
            allowed = 2 * len(kept[0]) + KEPT_ROWS
    total = population.total()
    seats = apportion_branch(population, branch, min(budget, total), temperature)
    strata = pl.DataFrame(
        [(place, n, hierarchy.at(place), population[place] / n) for place, n in seats.items()],
        schema={"position": pl.String, "seats": pl.UInt32, "stratum": pl.String, "weight": pl.Float64},
        orient="row",
    )
    candidates = pl.concat(kept) if kept else pl.DataFrame(schema=PLACED_SCHEMA)
    drawn = (
        candidates.join(strata, on="position")
        .filter(_place_in_line() < pl.col("seats"))
        .drop("draw", "seats")
        .sort("pmid")
    )
    first = ["pmid", "position", "stratum", "weight"]
    return Sample(drawn.select(*first, pl.exclude(first)), dict(population), max(0, budget - total))


def _first_drawn(placed: pl.DataFrame, budget: int) -> pl.DataFrame:
    return placed.filter(_place_in_line() < budget)


def _place_in_line() -> pl.Expr:
    """Return how many articles are drawn before each one at its position; no two PMIDs have the same draw."""
    return pl.col("draw").rank("ordinal").over("position") - 1
