"""The sampler against uniform random sampling, and how fast and stable it is.

    python -m benchmarks.sampler [--draws 200] [--synthetic 1000000]

Five branches of the sample's indexed file and three budgets. Each seed draws the budget twice, by the sampler and at
random from all articles of the branch. Of what was drawn: descriptors of the branch that any article carries, entropy
(bits) of the articles over the branch's children, and mean depth of their position below the branch. Figures are means
over the seeds with 2.5 and 97.5 percentiles. "Kept" is the share of the sampler's choices from 95 % of the articles
that it still makes from all of them. Then a million synthetic articles with the headings of real ones are
sampled in a process of their own, from Parquet a part at a time.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from rich.console import Console
from rich.table import Table

from mesh.branch import Branch, find_branch
from mesh.hierarchy import Hierarchy, load_hierarchy
from mesh.placement import Placement
from mesh.sampler import sample_branch
from tasks.assets.fetch import sample_files
from tasks.literature.pubmed_xml.read import read_records

BRANCHES = ("C04", "C14", "A08", "D12", "E01")
BUDGETS = (50, 200, 500)
MEASURED = ("descriptors", "entropy", "depth")
SYNTHETIC_BRANCH, SYNTHETIC_BUDGET, PART = "C", 10_000, 50_000
TIMED = """
import json, sys, time
from pathlib import Path
began = time.perf_counter()
import polars as pl
from mesh.branch import find_branch
from mesh.hierarchy import load_hierarchy
from mesh.sampler import sample_branch
hierarchy = load_hierarchy()
parts = (pl.read_parquet(path) for path in sorted(Path(sys.argv[1]).glob("*.parquet")))
sample = sample_branch(parts, hierarchy, find_branch(hierarchy, sys.argv[2]), int(sys.argv[3]), seed=0)
seconds = time.perf_counter() - began
peak = int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) / 1024
found = {"seconds": round(seconds, 1), "peak_mb": round(peak), "drawn": len(sample.drawn)}
print(json.dumps({**found, "in_the_branch": sum(sample.population.values())}))
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """The articles of a branch: what each carries of it, the child of the branch it stands under, and how deep."""

    articles: pl.DataFrame
    descriptors: dict[int, list[str]]
    child: dict[int, str]
    depth: dict[int, int]

    def judge(self, pmids: list[int]) -> tuple[float, float, float]:
        """Return descriptors covered, entropy over the children in bits, and mean depth."""
        covered = len({ui for pmid in pmids for ui in self.descriptors[pmid]})
        shares = np.array(list(Counter(self.child[pmid] for pmid in pmids).values())) / len(pmids)
        return covered, float(-(shares * np.log2(shares)).sum()), float(np.mean([self.depth[pmid] for pmid in pmids]))


def main() -> None:
    """Compare, time, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=200)
    parser.add_argument("--synthetic", type=int, default=1_000_000)
    chosen = parser.parse_args()
    hierarchy = load_hierarchy()
    articles = pl.concat(part.frame.select("pmid", "headings") for part in read_records(sample_files()[0])).unique(
        "pmid"
    )
    table = Table("branch", "articles", "budget", "measured", "sampler", "uniform", "kept when 5 % are added", box=None)
    result: dict[str, dict[str, Any]] = {}
    for text in BRANCHES:
        branch = find_branch(hierarchy, text)
        standing = stand(articles, hierarchy, branch)
        for budget in BUDGETS:
            found = compare(standing, hierarchy, branch, budget, chosen.draws)
            result[f"{branch.name}, {budget}"] = found
            for place, name in enumerate(MEASURED):
                first = (str(branch), f"{len(standing.articles):,}", str(budget)) if place == 0 else ("", "", "")
                kept = f"{found['kept']:.1%}" if place == 0 else ""
                table.add_row(*first, name, shown(found["sampler"][name]), shown(found["uniform"][name]), kept)
    Console(width=150).print(table)
    large = time_synthetic(articles, chosen.synthetic)
    print(f"{chosen.synthetic:,} synthetic articles: {large}")
    print(json.dumps({"compared": result, "synthetic": large}))


def stand(articles: pl.DataFrame, hierarchy: Hierarchy, branch: Branch) -> Standing:
    """Return what of the articles lies in the branch."""
    placed = Placement(hierarchy, branch, seed=0).place(articles)
    inside = hierarchy.descriptors_under(branch.tree_numbers)
    kept = articles.join(placed, on="pmid", how="semi").sort("pmid")
    [top] = branch.tree_numbers
    below = {
        pmid: position.removeprefix(top).strip(".") for pmid, position in placed.select("pmid", "position").iter_rows()
    }
    return Standing(
        kept,
        {pmid: [each["ui"] for each in headings if each["ui"] in inside] for pmid, headings in kept.iter_rows()},
        {pmid: rest.partition(".")[0] for pmid, rest in below.items()},
        {pmid: len(rest.split(".")) if rest else 0 for pmid, rest in below.items()},
    )


def compare(standing: Standing, hierarchy: Hierarchy, branch: Branch, budget: int, draws: int) -> dict[str, Any]:
    """Return what the sampler and chance draw, and the share of the sampler's choices kept when articles are added."""
    pmids = standing.articles["pmid"].to_numpy()
    sampler, uniform, kept = [], [], []
    for seed in range(draws):
        dice = np.random.default_rng(seed)
        drawn = sample_branch([standing.articles], hierarchy, branch, budget, seed).drawn["pmid"].to_list()
        sampler.append(standing.judge(drawn))
        uniform.append(standing.judge(dice.choice(pmids, min(budget, len(pmids)), replace=False).tolist()))
        before = standing.articles.filter(pl.Series(dice.random(len(pmids)) < 1 / 1.05))
        smaller = sample_branch([before], hierarchy, branch, budget, seed).drawn["pmid"].to_list()
        kept.append(len(set(smaller) & set(drawn)) / len(smaller))
    return {
        "sampler": summarise(sampler),
        "uniform": summarise(uniform),
        "kept": round(float(np.mean(kept)), 4),
    }


def summarise(values: list[tuple[float, float, float]]) -> dict[str, list[float]]:
    """Return mean, 2.5 and 97.5 percentile of each measured value."""
    columns = np.array(values).T
    return {
        name: [round(float(value), 3) for value in (column.mean(), *np.quantile(column, [0.025, 0.975]))]
        for name, column in zip(MEASURED, columns, strict=True)
    }


def shown(found: list[float]) -> str:
    """Return a mean with its interval."""
    mean, low, high = (f"{value:.3g}" for value in found)
    return f"{mean} [{low}, {high}]"


def time_synthetic(articles: pl.DataFrame, count: int) -> dict[str, float]:
    """Return what sampling so many articles took, a part at a time; they carry the headings of real ones."""
    headings = articles.filter(pl.col("headings").list.len() > 0)["headings"]
    dice = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        for start in range(0, count, PART):
            pmids = np.arange(start, min(start + PART, count)) + 1
            copied = headings.gather(dice.integers(0, len(headings), len(pmids)))
            pl.DataFrame({"pmid": pmids, "headings": copied}).write_parquet(Path(folder) / f"{start:09}.parquet")
        given = [folder, SYNTHETIC_BRANCH, str(SYNTHETIC_BUDGET)]
        done = subprocess.run([sys.executable, "-c", TIMED, *given], stdout=subprocess.PIPE, text=True, check=True)
    return dict(json.loads(done.stdout))


if __name__ == "__main__":
    main()
