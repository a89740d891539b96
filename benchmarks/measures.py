"""Does a measure of MeSH similarity mean anything? What it tells of nearest neighbours by text.

    python -m benchmarks.measures [--articles 14000] [--judged 4000] [--plot measures.html]

Real articles of the sample's indexed file. For each judged article, one of its four nearest neighbours by text
embedding stands against a random article that shares a tree category (C04, say) with it. The area under the curve is
the share of judged articles whose neighbour gets the higher score, ties counting half; intervals are 95 % bootstrap
over the judged articles. Headings are with and without check tags.
"""

import argparse
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import plotly.graph_objects as go
import polars as pl
from rich.console import Console
from rich.table import Table

from benchmarks.encoder_tokens import read_sample
from mesh.batch import BatchSimilarity
from mesh.check_tags import CHECK_TAGS
from mesh.descriptor_index import DescriptorIndex, Floats, HeadingSets, Ints
from mesh.document_frequency import corpus_information_content
from mesh.draw import COLOURS, STYLE
from mesh.hierarchy import Hierarchy, load_hierarchy
from mesh.information_content import intrinsic_information_content
from mesh.released import ReleasedSimilarity
from mesh.released_batch import ReleasedBatch
from tasks.retrieval.encoder import Encoder

NEIGHBOURS, DRAWS, MAJOR_WEIGHT = 4, 2_000, 2.0
MARKER = {"size": 9}
Compare = Callable[[Ints, Ints], Floats]
Triples = tuple[Ints, Ints, Ints]


def main() -> None:
    """Measure, print the table, and draw it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=14_000)
    parser.add_argument("--judged", type=int, default=4_000)
    parser.add_argument("--plot", type=Path)
    chosen = parser.parse_args()
    hierarchy = load_hierarchy()
    articles = read_sample(chosen.articles)
    texts = [f"{title}\n{abstract}" for title, abstract in articles.select("title", "abstract").iter_rows()]
    vectors = Encoder().encode(texts)
    subjects = pl.element().filter(~pl.element().struct.field("ui").is_in(CHECK_TAGS))
    without = articles["headings"].list.eval(subjects)
    triples = draw(vectors, without, hierarchy, chosen.judged)
    table = Table("headings", "measure", "AUC, 95 % interval", "over lin-bma, 95 % interval", box=None)
    result: dict[str, dict[str, list[float]]] = {}
    for name, headings in (("all", articles["headings"]), ("no check tags", without)):
        wins = {measure: won(triples, compare) for measure, compare in measures(hierarchy, headings).items()}
        result[name] = {}
        for measure, values in wins.items():
            area, difference = interval(values), interval(values - wins["lin-bma"])
            result[name][measure] = [round(value, 4) for value in (*area, *difference)]
            table.add_row(name, measure, shown(area, ".3f"), shown(difference, "+.3f"))
    Console(width=110).print(table)
    if chosen.plot:
        plot(result, chosen.plot)
    print(json.dumps({"articles": len(articles), "judged": len(triples[0]), "auc": result}))


def measures(hierarchy: Hierarchy, headings: pl.Series) -> dict[str, Compare]:
    """Return the measures by name; information content is counted over the articles unless said otherwise."""
    uis = headings.list.eval(pl.element().struct.field("ui"))
    major = pl.when(pl.element().struct.field("major")).then(MAJOR_WEIGHT).otherwise(1.0)
    index = DescriptorIndex(hierarchy, uis.explode().drop_nulls().unique())
    sets, heavy = index.heading_sets(uis), index.heading_sets(uis, headings.list.eval(major))
    corpus = BatchSimilarity(index, corpus_information_content(hierarchy, uis))
    intrinsic = BatchSimilarity(index, intrinsic_information_content(hierarchy))
    frequencies = dict(uis.explode().drop_nulls().value_counts().iter_rows())
    released = ReleasedBatch(index, ReleasedSimilarity(hierarchy, frequencies))
    return {
        "lin-bma": lambda a, b: corpus.best_match_average(sets, a, b),
        "lin-bma, major x 2": lambda a, b: corpus.best_match_average(heavy, a, b),
        "lin-bma, intrinsic": lambda a, b: intrinsic.best_match_average(sets, a, b),
        "simgic": lambda a, b: corpus.simgic(sets, a, b),
        "simgic, major x 2": lambda a, b: corpus.simgic(heavy, a, b),
        "simgic, intrinsic": lambda a, b: intrinsic.simgic(sets, a, b),
        "all-pairs lin": lambda a, b: corpus.all_pairs_mean(sets, a, b),
        "released": lambda a, b: released.all_pairs_mean(sets, a, b),
        "jaccard": lambda a, b: jaccard(sets, a, b),
    }


def jaccard(sets: HeadingSets, first: Ints, second: Ints) -> Floats:
    """Return the share of headings that two articles have in common."""
    each = [set(sets.items[sets.starts[place] : sets.starts[place + 1]].tolist()) for place in range(len(sets))]
    return np.array([len(each[a] & each[b]) / len(each[a] | each[b]) for a, b in zip(first, second, strict=True)])


def draw(vectors: np.ndarray, headings: pl.Series, hierarchy: Hierarchy, judged: int) -> Triples:
    """Return articles, one of the neighbours by text of each, and a random article of a category of its own.

    Only articles with headings beside check tags are drawn, so that every measure is asked the same.
    """
    dice = np.random.default_rng(0)
    categories = [
        {number.partition(".")[0] for heading in each for number in hierarchy.tree_numbers(heading["ui"])}
        for each in headings.to_list()
    ]
    by_category: dict[str, list[int]] = {}
    for place, found in enumerate(categories):
        for category in sorted(found):
            by_category.setdefault(category, []).append(place)
    triples = []
    for place in dice.permutation(len(categories))[:judged]:
        likeness = vectors @ vectors[place]
        likeness[place] = -1
        neighbour = int(dice.choice(np.argsort(-likeness)[:NEIGHBOURS]))
        if not (categories[place] and categories[neighbour]):
            continue
        category = str(dice.choice(sorted(categories[place])))
        others = [other for other in by_category[category] if other not in (place, neighbour)]
        if others:
            triples.append((int(place), neighbour, int(dice.choice(others))))
    place, near, far = np.array(triples, dtype=np.int32).T.copy()
    return place, near, far


def won(triples: Triples, compare: Compare) -> Floats:
    """Return 1 where the neighbour scores higher than the other article, 0 where lower, half where equal."""
    place, near, far = triples
    likes, others = compare(place, near), compare(place, far)
    return np.where(likes > others, 1.0, np.where(likes == others, 0.5, 0.0))


def interval(values: Floats) -> tuple[float, float, float]:
    """Return the mean and its 95 % bootstrap interval."""
    dice = np.random.default_rng(0)
    draws = [values[dice.integers(0, len(values), len(values))].mean() for _ in range(DRAWS)]
    low, high = np.quantile(draws, [0.025, 0.975])
    return float(values.mean()), float(low), float(high)


def shown(found: tuple[float, float, float], form: str) -> str:
    """Return a value with its interval."""
    value, low, high = (format(number, form) for number in found)
    return f"{value} [{low}, {high}]"


def plot(result: dict[str, dict[str, list[float]]], path: Path) -> None:
    """Draw the areas with their intervals."""
    figure = go.Figure()
    for colour, (name, areas) in zip(COLOURS, result.items(), strict=False):
        middle, low, high = np.array([found[:3] for found in areas.values()]).T
        error = {"type": "data", "symmetric": False, "array": high - middle, "arrayminus": middle - low}
        figure.add_scatter(
            x=middle,
            y=list(areas),
            error_x=error,
            mode="markers",
            name=f"headings: {name}",
            marker=MARKER | {"color": colour},
        )
    figure.update_layout(
        **STYLE,
        title="How well a measure tells a nearest neighbour by text from a random article of the same category",
        xaxis_title="area under the curve, 95 % interval",
        yaxis={"autorange": "reversed"},
        legend={"orientation": "h", "y": -0.15},
    )
    figure.write_html(path)


if __name__ == "__main__":
    main()
