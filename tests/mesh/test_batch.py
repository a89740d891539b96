import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mesh.batch import BatchSimilarity
from mesh.descriptor_index import DescriptorIndex
from mesh.information_content import intrinsic_information_content
from mesh.pair_measure import PairMeasure
from mesh.similarity import Similarity

TOLERANCE = 1e-9


@pytest.fixture(scope="module")
def content(hierarchy):
    return intrinsic_information_content(hierarchy)


@pytest.fixture(scope="module")
def index(hierarchy):
    return DescriptorIndex(hierarchy, hierarchy.descriptors["ui"].sample(1_500, seed=4))


@pytest.fixture(scope="module")
def batch(index, content):
    return BatchSimilarity(index, content)


@pytest.fixture(scope="module")
def single(hierarchy, content):
    return Similarity(hierarchy, content)


@pytest.mark.parametrize("measure", PairMeasure)
def test_descriptor_pairs_are_those_of_the_pair_at_a_time(hierarchy, content, single, measure):
    every = DescriptorIndex(hierarchy)
    dice = np.random.default_rng(1)
    first, second = dice.integers(0, len(every), (2, 25_000), dtype=np.int32)
    second[:50] = first[:50]
    near = [(ui, above) for ui in every.uis[::50] for above in hierarchy.ancestors(ui)]  # few random pairs share any
    first[50 : 50 + len(near)], second[50 : 50 + len(near)] = (
        every.numbers(pl.Series(column)) for column in zip(*near, strict=True)
    )
    found = BatchSimilarity(every, content).descriptors(first, second, [measure])
    expected = [single.measure(measure, every.uis[a], every.uis[b]) for a, b in zip(first, second, strict=True)]
    assert np.abs(found[measure] - expected).max() < TOLERANCE


def test_an_ancestor_may_be_shared_between_trees_that_have_nothing_in_common(hierarchy, content, single):
    # Seen with masks of the pair's own trees alone: D02 and D03 stand above one, D01 above the other.
    index = DescriptorIndex(hierarchy, ["D064750", "D000534"])
    place = np.arange(2, dtype=np.int32)
    found = BatchSimilarity(index, content).descriptors(place, place[::-1].copy())
    assert found[PairMeasure.LIN].tolist() == pytest.approx([single.lin("D064750", "D000534")] * 2)
    assert found[PairMeasure.LIN][0] > 0.5


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_set_pairs_are_those_of_the_pair_at_a_time(index, batch, single, data):
    headings = st.lists(st.sampled_from(index.uis), max_size=14, unique=True)
    articles = data.draw(st.lists(headings, min_size=2, max_size=6))
    weights = [
        data.draw(st.lists(st.sampled_from([1.0, 2.0, 0.3]), min_size=len(a), max_size=len(a))) for a in articles
    ]
    sets, weighted = (
        index.heading_sets(pl.Series(articles, dtype=pl.List(pl.String)), given)
        for given in (None, pl.Series(weights, dtype=pl.List(pl.Float64)))
    )
    places = np.arange(len(articles), dtype=np.int32)
    first, second = np.repeat(places, len(articles)), np.tile(places, len(articles))
    by_heading = [dict(zip(*pair, strict=True)) for pair in zip(articles, weights, strict=True)]
    for name in ("best_match_average", "all_pairs_mean", "simgic"):
        plain = [getattr(single, name)(articles[a], articles[b]) for a, b in zip(first, second, strict=True)]
        agree(getattr(batch, name)(sets, first, second), plain)
    for name in ("best_match_average", "simgic"):
        pairs = list(zip(first, second, strict=True))
        heavy = [getattr(single, name)(articles[a], articles[b], (by_heading[a], by_heading[b])) for a, b in pairs]
        agree(getattr(batch, name)(weighted, first, second), heavy)


def agree(found, expected):
    for value, wanted in zip(found, expected, strict=True):
        assert np.isnan(value) if wanted is None else value == pytest.approx(wanted, abs=TOLERANCE)


def test_threads_change_nothing(index, content):
    dice = np.random.default_rng(0)
    articles = [[index.uis[place] for place in dice.integers(0, len(index), 5)] for _ in range(300)]
    sets = index.heading_sets(pl.Series(articles))
    first, second = dice.integers(0, len(sets), (2, 45_000), dtype=np.int32)
    one, four = (BatchSimilarity(index, content, threads) for threads in (1, 4))
    for name in ("best_match_average", "simgic"):
        assert (getattr(one, name)(sets, first, second) == getattr(four, name)(sets, first, second)).all()
    first, second = first % len(index), second % len(index)
    alone, together = one.descriptors(first, second), four.descriptors(first, second)
    assert all((alone[measure] == together[measure]).all() for measure in PairMeasure)


def test_headings_of_another_year_are_counted_and_left_out(index, batch):
    known = index.uis[0]
    sets = index.heading_sets(pl.Series([[known, "D999999"], ["D999998"], [known, known]]))
    assert (len(sets), sets.unknown) == (3, 2)
    assert sets.starts.tolist() == [0, 1, 1, 2]
    assert batch.simgic(sets, np.array([0], np.int32), np.array([2], np.int32)).tolist() == [1.0]


def test_a_repeated_heading_has_its_highest_weight(index):
    known = index.uis[0]
    sets = index.heading_sets(pl.Series([[known, known]]), pl.Series([[1.0, 2.0]]))
    assert sets.weights.tolist() == [2.0]


def test_nothing_to_compare(hierarchy, content):
    nothing = DescriptorIndex(hierarchy, [])
    empty = BatchSimilarity(nothing, content)
    sets = nothing.heading_sets(pl.Series([[]], dtype=pl.List(pl.String)))
    place = np.zeros(1, np.int32)
    assert np.isnan(empty.best_match_average(sets, place, place)).all()
    assert len(empty.simgic(sets, place[:0], place[:0])) == 0
