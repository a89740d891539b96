"""Does a measure of MeSH similarity mean anything? What it tells of nearest neighbours by text.

    python -m benchmarks.measures [--articles 6000] [--judged 1500] [--plot measures.html]

Real articles of the sample's indexed file. For each judged article, one of its four nearest neighbours by text
embedding stands against a random article that shares a tree category (C04, say) with it. The area under the curve is
the share of judged articles whose neighbour gets the higher score, ties counting half; intervals are 95 % bootstrap
over the judged articles. Headings are with and without check tags.
"""

import argparse
import json
from collections.abc import Callable, Collection
from pathlib import Path

import numpy as np
import plotly.graph_objects as go
from rich.console import Console
from rich.table import Table

from benchmarks.encoder_tokens import read_sample
from mesh.hierarchy import Hierarchy, load_hierarchy
from mesh.information_content import corpus_information_content, intrinsic_information_content
from mesh.released import ReleasedSimilarity
from mesh.similarity import Similarity
from tasks.preference.score import headings_by_pmid, without_check_tags
from tasks.retrieval.encoder import Encoder

NEIGHBOURS, DRAWS = 4, 2_000
SetMeasure = Callable[[Collection[str], Collection[str]], float | None]


def main() -> None:
    """Measure, print the table, and draw it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=6_000)
    parser.add_argument("--judged", type=int, default=1_500)
    parser.add_argument("--plot", type=Path)
    chosen = parser.parse_args()
    hierarchy = load_hierarchy()
    articles = read_sample(chosen.articles)
    every = headings_by_pmid(articles, hierarchy)
    texts = [f"{title}\n{abstract}" for title, abstract in articles.select("title", "abstract").iter_rows()]
    vectors = Encoder().encode(texts)
    table = Table("headings", "measure", "AUC", "95 % interval", "judged", box=None)
    result: dict[str, dict[str, list[float]]] = {}
    for name, headings in (("all", every), ("without check tags", without_check_tags(every))):
        sets = [headings[pmid] for pmid in articles["pmid"]]
        triples = draw(vectors, sets, hierarchy, chosen.judged)
        result[name] = {}
        for measure, compare in measures(hierarchy, sets).items():
            auc, low, high = area(triples, sets, compare)
            result[name][measure] = [round(value, 4) for value in (auc, low, high)]
            table.add_row(name, measure, f"{auc:.3f}", f"{low:.3f} to {high:.3f}", f"{len(triples):,}")
    Console().print(table)
    if chosen.plot:
        plot(result, chosen.plot)
    print(json.dumps({"articles": len(articles), "auc": result}))


def measures(hierarchy: Hierarchy, sets: list[list[str]]) -> dict[str, SetMeasure]:
    """Return the measures by name; information content is counted over the articles unless said otherwise."""
    corpus = Similarity(hierarchy, corpus_information_content(hierarchy, sets))
    intrinsic = Similarity(hierarchy, intrinsic_information_content(hierarchy))
    return {
        "lin-bma": corpus.best_match_average,
        "lin-bma, intrinsic": intrinsic.best_match_average,
        "simgic": corpus.simgic,
        "simgic, intrinsic": intrinsic.simgic,
        "released": ReleasedSimilarity(hierarchy, sets).all_pairs_mean,
        "all-pairs lin": corpus.all_pairs_mean,
        "jaccard": jaccard,
    }


def jaccard(first: Collection[str], second: Collection[str]) -> float | None:
    """Return the share of headings that two articles have in common."""
    return len(set(first) & set(second)) / len(set(first) | set(second)) if first and second else None


def draw(vectors: np.ndarray, sets: list[list[str]], hierarchy: Hierarchy, judged: int) -> list[tuple[int, int, int]]:
    """Return (article, one of its neighbours by text, a random article of a category of its own)."""
    dice = np.random.default_rng(0)
    categories = [
        {number.partition(".")[0] for ui in headings for number in hierarchy.tree_numbers(ui)} for headings in sets
    ]
    by_category: dict[str, list[int]] = {}
    for place, found in enumerate(categories):
        for category in found:
            by_category.setdefault(category, []).append(place)
    triples = []
    for place in dice.permutation(len(sets))[:judged]:
        likeness = vectors @ vectors[place]
        likeness[place] = -1
        neighbour = int(dice.choice(np.argsort(-likeness)[:NEIGHBOURS]))
        if not (sets[place] and sets[neighbour] and categories[place]):
            continue
        category = str(dice.choice(sorted(categories[place])))
        others = [other for other in by_category[category] if other not in (place, neighbour)]
        if others:
            triples.append((int(place), neighbour, int(dice.choice(others))))
    return triples


def area(triples: list[tuple[int, int, int]], sets: list[list[str]], compare: SetMeasure) -> tuple[float, float, float]:
    """Return the area under the curve and its 95 % bootstrap interval."""
    wins = []
    for place, neighbour, other in triples:
        near, far = compare(sets[place], sets[neighbour]), compare(sets[place], sets[other])
        if near is not None and far is not None:
            wins.append(0.5 if near == far else float(near > far))
    values = np.array(wins)
    dice = np.random.default_rng(0)
    draws = [values[dice.integers(0, len(values), len(values))].mean() for _ in range(DRAWS)]
    low, high = np.quantile(draws, [0.025, 0.975])
    return float(values.mean()), float(low), float(high)


def plot(result: dict[str, dict[str, list[float]]], path: Path) -> None:
    """Draw the areas with their intervals."""
    figure = go.Figure()
    for name, areas in result.items():
        middle = [auc for auc, _, _ in areas.values()]
        above = [high - auc for auc, _, high in areas.values()]
        below = [auc - low for auc, low, _ in areas.values()]
        error = {"type": "data", "symmetric": False, "array": above, "arrayminus": below}
        figure.add_scatter(x=middle, y=list(areas), error_x=error, mode="markers", name=f"headings: {name}")
    figure.update_layout(
        title="How well a measure tells a nearest neighbour by text from a random article of the same category",
        xaxis_title="area under the curve, 95 % interval",
        template="simple_white",
    )
    figure.write_html(path)


if __name__ == "__main__":
    main()
