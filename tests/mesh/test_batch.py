import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mesh.batch import BatchSimilarity
from mesh.information_content import intrinsic_information_content
from mesh.similarity import PairMeasure, Similarity

TOLERANCE = 1e-9


@pytest.fixture(scope="module")
def content(hierarchy):
    return intrinsic_information_content(hierarchy)


@pytest.fixture(scope="module")
def occurring(hierarchy):
    return hierarchy.descriptors["ui"].sample(1_500, seed=4).to_list()


@pytest.fixture(scope="module")
def batch(hierarchy, content, occurring):
    return BatchSimilarity(hierarchy, content, occurring)


@pytest.fixture(scope="module")
def single(hierarchy, content):
    return Similarity(hierarchy, content)


def one_by_one(single: Similarity, measure: PairMeasure):
    return getattr(single, measure.value.replace("-", "_"))


@pytest.mark.parametrize("measure", PairMeasure)
def test_descriptor_pairs_are_those_of_the_pair_at_a_time(batch, single, measure):
    dice = np.random.default_rng(1)
    first, second = dice.integers(0, len(batch.uis), (2, 4_000), dtype=np.int32)
    second[:50] = first[:50]
    found = batch.descriptors(measure, first, second)
    compare = one_by_one(single, measure)
    expected = [compare(batch.uis[a], batch.uis[b]) for a, b in zip(first, second, strict=True)]
    assert np.abs(found - expected).max() < TOLERANCE


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_set_pairs_are_those_of_the_pair_at_a_time(batch, single, occurring, data):
    headings = st.lists(st.sampled_from(occurring), max_size=14, unique=True)
    articles = data.draw(st.lists(headings, min_size=2, max_size=6))
    sets = batch.heading_sets(pl.Series(articles, dtype=pl.List(pl.String)))
    places = np.arange(len(articles), dtype=np.int32)
    first, second = np.repeat(places, len(articles)), np.tile(places, len(articles))
    for name in ("best_match_average", "all_pairs_mean", "simgic"):
        found = getattr(batch, name)(sets, first, second)
        for a, b, value in zip(first, second, found, strict=True):
            expected = getattr(single, name)(articles[a], articles[b])
            assert np.isnan(value) if expected is None else value == pytest.approx(expected, abs=TOLERANCE)


def test_headings_of_another_year_are_counted_and_left_out(batch, occurring):
    sets = batch.heading_sets(pl.Series([[occurring[0], "D999999"], ["D999998"], [occurring[0], occurring[0]]]))
    assert (len(sets), sets.unknown) == (3, 2)
    assert sets.starts.tolist() == [0, 1, 1, 2]
    assert batch.simgic(sets, np.array([0], np.int32), np.array([2], np.int32)).tolist() == [1.0]


def test_nothing_to_compare(hierarchy, content):
    empty = BatchSimilarity(hierarchy, content, [])
    sets = empty.heading_sets(pl.Series([[]], dtype=pl.List(pl.String)))
    place = np.zeros(1, np.int32)
    assert np.isnan(empty.best_match_average(sets, place, place)).all()
    assert len(empty.simgic(sets, place[:0], place[:0])) == 0
