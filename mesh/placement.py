"""Where in a branch each article stands: at one position, however many headings and positions it has there."""

import hashlib

import numpy as np
import numpy.typing as npt
import polars as pl

from mesh.branch import Branch
from mesh.hierarchy import Hierarchy

PLACED_SCHEMA = {"pmid": pl.Int64, "position": pl.String, "draw": pl.UInt64}

Words = npt.NDArray[np.uint64]


class Placement:
    """Places articles in a branch, and gives each the number by which it is drawn there.

    An article stands at a major heading rather than a minor one, then at the deepest, then at the one that a hash of
    seed, PMID and position decides. Hashes are the same on any machine.
    """

    def __init__(self, hierarchy: Hierarchy, branch: Branch, seed: int) -> None:
        self._seed = seed
        inside = sorted(hierarchy.positions_under(branch.tree_numbers))
        rows = [
            (hierarchy.at(position), position, position.count("."), _word(f"{seed}:{position}")) for position in inside
        ]
        schema = {"ui": pl.String, "position": pl.String, "depth": pl.UInt8, "salt": pl.UInt64}
        self._positions = pl.DataFrame(rows, schema=schema, orient="row")

    def place(self, articles: pl.DataFrame) -> pl.DataFrame:
        """Return the articles that carry a heading of the branch, by PMID.

        Args:
            articles: pmid (each once), headings (list of struct with ui and major), and whatever else to keep.

        Returns:
            The articles without headings, with position and draw (UInt64, lower ones first).
        """
        headings = articles.select("pmid", "headings").explode("headings").unnest("headings")
        standing = headings.select("pmid", "ui", "major").join(self._positions, on="ui")
        pmids = standing["pmid"].to_numpy().astype(np.uint64)
        tied = standing.with_columns(tie=pl.Series(_mix(pmids ^ standing["salt"].to_numpy()), dtype=pl.UInt64))
        best = tied.sort("pmid", "major", "depth", "tie", "position").unique("pmid", keep="last", maintain_order=True)
        draw = _mix(best["pmid"].to_numpy().astype(np.uint64) ^ np.uint64(_word(str(self._seed))))
        drawn = best.select("pmid", "position").with_columns(draw=pl.Series(draw, dtype=pl.UInt64))
        return drawn.join(articles.drop("headings"), on="pmid", maintain_order="left")


def _word(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


def _mix(words: Words) -> Words:
    """Scatter 64-bit words over all their values (SplitMix64's finaliser, https://doi.org/10.1145/2714064.2660195)."""
    mixed = words + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
