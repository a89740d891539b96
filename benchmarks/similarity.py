"""Similarity of descriptors and of heading sets: agreement with nxontology, and how many per second.

    python -m benchmarks.similarity

For agreement, nxontology is given the descriptors that stand, like all above them, at one position: there its ancestors
and ours are the same. For speed, it is given all of MeSH, parents joined at descriptor level as it does, without the
one edge that makes a circle. Heading sets are real: articles of the sample with 12 headings (check tags left out),
four random contexts to a question. Questions are scored on one core; for pairs there are figures for one core and
for all of them.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import networkx as nx
import numpy as np
import polars as pl
from rich.console import Console
from rich.table import Table

from benchmarks.peers import peers_python
from mesh.batch import BatchSimilarity
from mesh.check_tags import CHECK_TAGS
from mesh.descriptor_index import DescriptorIndex, Ints
from mesh.document_frequency import corpus_information_content
from mesh.hierarchy import Hierarchy, load_hierarchy, prefixes
from mesh.information_content import intrinsic_information_content
from mesh.pair_measure import PairMeasure
from tasks.assets.fetch import sample_files
from tasks.literature.pubmed_xml.read import read_records

CONTESTANT = Path(__file__).parent / "contestants" / "nxontology_pairs.py"
PAIRS, RUNS, HEADINGS, CONTEXTS, QUESTIONS = 100_000, 10, 12, 4, 500_000
RESNIK = PairMeasure.RESNIK
MEASURES = (RESNIK, PairMeasure.LIN, PairMeasure.JIANG_CONRATH)
START = """
import time; began = time.perf_counter()
from mesh.hierarchy import load_hierarchy
hierarchy = load_hierarchy(); hierarchy.ancestors("D001943")
seconds = time.perf_counter() - began
from pathlib import Path
print(seconds, int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) / 1024)
"""


def main() -> None:
    """Measure and print the table."""
    hierarchy = load_hierarchy()
    started = subprocess.run(
        [sys.executable, "-c", START], stdout=subprocess.PIPE, text=True, check=True
    ).stdout.split()
    result = {
        **speed(hierarchy),
        **agreement(hierarchy),
        **questions_per_second(hierarchy),
        "pairs_that_differ_when_parents_are_joined": joined_pairs(hierarchy),
        "pairs_of_mesh_2024": len(hierarchy) * (len(hierarchy) - 1) // 2,
        "start_up_s": round(float(started[0]), 2),
        "start_up_mb": round(float(started[1])),
    }
    table = Table("what", "value", box=None)
    for name, value in result.items():
        table.add_row(name.replace("_", " "), f"{value:,}" if isinstance(value, int) else str(value))
    Console().print(table)
    print(json.dumps(result))


def agreement(hierarchy: Hierarchy) -> dict[str, float]:
    """Compare values over random pairs of descriptors on which both have the same ancestors."""
    simple = single_positioned(hierarchy)
    content = intrinsic_information_content(simple)
    index = DescriptorIndex(simple)
    first, second = random_pairs(index)
    theirs = run_nxontology(index, joined_graph(simple), first, second)
    ours = BatchSimilarity(index, content).descriptors(first, second, MEASURES)
    differences = [max(abs(content[ui] - theirs["content"][ui]) for ui in content)]
    columns = zip(MEASURES, np.array(theirs["values"]).T, strict=True)
    differences += [float(np.abs(ours[measure] - values).max()) for measure, values in columns]
    return {"pairs_compared": PAIRS, "descriptors_compared": len(index), "largest_difference": max(differences)}


def speed(hierarchy: Hierarchy) -> dict[str, float]:
    """Time the same random pairs of all of MeSH: Resnik, Lin and Jiang-Conrath of each."""
    index = DescriptorIndex(hierarchy)
    first, second = random_pairs(index)
    content = intrinsic_information_content(hierarchy)
    one_core, all_cores = (best_time(BatchSimilarity(index, content, threads), first, second) for threads in (1, None))
    graph = joined_graph(hierarchy)
    graph.remove_edges_from(nx.find_cycle(graph)[:1])
    theirs = run_nxontology(index, graph, first, second)["seconds"]
    return {
        "ratio_nxontology": round(theirs / all_cores),
        "ratio_nxontology_one_core": round(theirs / one_core),
        "pairs_per_s": round(PAIRS / all_cores),
        "pairs_per_s_one_core": round(PAIRS / one_core),
        "nxontology_pairs_per_s": round(PAIRS / theirs),
    }


def best_time(batch: BatchSimilarity, first: Ints, second: Ints) -> float:
    """Return the seconds of the best of several runs."""
    seconds = []
    for _ in range(RUNS):
        began = time.perf_counter()
        batch.descriptors(first, second, MEASURES)
        seconds.append(time.perf_counter() - began)
    return min(seconds)


def random_pairs(index: DescriptorIndex) -> tuple[Ints, Ints]:
    """Return the numbers of random pairs."""
    first, second = np.random.default_rng(0).integers(0, len(index), (2, PAIRS), dtype=np.int32)
    return first, second


def joined_graph(hierarchy: Hierarchy) -> nx.DiGraph:
    """Return the descriptors with an edge wherever one stands directly above another at some position."""
    standing = ((hierarchy.at(above), hierarchy.at(below)) for above, below in hierarchy.graph.edges)
    return nx.DiGraph(edge for edge in standing if all(edge))


def run_nxontology(index: DescriptorIndex, graph: nx.DiGraph, first: Ints, second: Ints) -> dict:
    """Return nxontology's information content and values of the pairs, and the seconds for those."""
    named = [(index.uis[a], index.uis[b]) for a, b in zip(first, second, strict=True)]
    given = {"nodes": index.uis, "edges": list(graph.edges), "pairs": named}
    with tempfile.TemporaryDirectory() as folder:
        target, result = Path(folder) / "graph.json", Path(folder) / "result.json"
        target.write_text(json.dumps(given))
        subprocess.run([peers_python(), str(CONTESTANT), str(target), str(result)], check=True)
        return json.loads(result.read_text())


def single_positioned(hierarchy: Hierarchy) -> Hierarchy:
    """Return the hierarchy of the descriptors that stand, like all above them, at one position."""

    def is_simple(ui: str) -> bool:
        numbers = hierarchy.tree_numbers(ui)
        above = [hierarchy.at(position) for number in numbers for position in prefixes(number)]
        return len(numbers) == 1 and all(len(hierarchy.tree_numbers(one)) == 1 for one in above if one)

    table = hierarchy.descriptors
    return Hierarchy(table.filter(pl.Series([is_simple(ui) for ui in table["ui"]])))


def questions_per_second(hierarchy: Hierarchy) -> dict[str, float]:
    """Score questions with four contexts each over real heading sets."""
    headings = sample_headings(hierarchy)
    content = corpus_information_content(hierarchy, headings)
    began = time.perf_counter()
    index = DescriptorIndex(hierarchy, headings.explode().unique())
    batch = BatchSimilarity(index, content, threads=1)
    sets = index.heading_sets(headings)
    prepared = time.perf_counter() - began
    dice = np.random.default_rng(0)
    sources = np.repeat(dice.integers(0, len(sets), QUESTIONS, dtype=np.int32), CONTEXTS)
    contexts = dice.integers(0, len(sets), QUESTIONS * CONTEXTS, dtype=np.int32)
    rates = {}
    for name, score in (("lin_bma", batch.best_match_average), ("simgic", batch.simgic)):
        score(sets, sources[:4], contexts[:4])
        began = time.perf_counter()
        score(sets, sources, contexts).reshape(-1, CONTEXTS).mean(axis=1)
        rates[f"questions_per_s_{name}"] = round(QUESTIONS / (time.perf_counter() - began))
    return {
        **rates,
        "articles": len(sets),
        "descriptors_that_occur": len(index),
        "prepared_in_s": round(prepared, 2),
    }


def sample_headings(hierarchy: Hierarchy) -> pl.Series:
    """Return the first twelve headings, without check tags, of the sample's articles that have as many."""
    uis = pl.col("headings").list.eval(pl.element().struct.field("ui")).alias("uis")
    read = pl.concat(part.frame.select(uis) for file in sample_files() for part in read_records(file))["uis"].to_list()
    kept = [[ui for ui in each if ui in hierarchy and ui not in CHECK_TAGS][:HEADINGS] for each in read]
    return pl.Series([each for each in kept if len(each) == HEADINGS])


def joined_pairs(hierarchy: Hierarchy) -> int:
    """Count the pairs whose most informative common ancestor says more when parents are joined at descriptor level."""
    content = intrinsic_information_content(hierarchy)
    joined = joined_graph(hierarchy)
    ancestors = {
        ui: frozenset(nx.ancestors(joined, ui) if ui in joined else ()) | {ui} for ui in hierarchy.descriptors["ui"]
    }
    indexes = DescriptorIndex(hierarchy), DescriptorIndex(WithAncestors(hierarchy.descriptors, ancestors))
    batches = [BatchSimilarity(index, content) for index in indexes]
    places = np.arange(len(hierarchy), dtype=np.int32)
    differing = 0
    for place in places:
        others = places[place + 1 :]
        row = np.full(len(others), place, np.int32)
        here, there = (batch.descriptors(row, others, [RESNIK])[RESNIK] for batch in batches)
        differing += int((np.abs(here - there) > 1e-12).sum())
    return differing


class WithAncestors(Hierarchy):
    """A hierarchy whose descriptors have other ancestors than their tree numbers say."""

    def __init__(self, descriptors: pl.DataFrame, ancestors: dict[str, frozenset[str]]) -> None:
        super().__init__(descriptors)
        self._ancestors = ancestors


if __name__ == "__main__":
    main()
