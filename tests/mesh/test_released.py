import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mesh.descriptor_index import DescriptorIndex
from mesh.released import ReleasedSimilarity
from mesh.released_batch import ReleasedBatch


def test_formula_by_hand(toy):
    # Category A01 holds 10 headings: Body 1, Organ 2, Graft 3, Skin 4. Below Body: 9; below Organ: 3; leaves have none.
    released = ReleasedSimilarity(toy, {"D1": 1, "D2": 2, "D3": 3, "D6": 4})
    body, organ = -math.log10(9 / 10), -math.log10(3 / 10)
    largest = organ
    # Organ and Graft stand together in A01 alone; their common prefix is Organ; Graft, a leaf there, has no content.
    shared, both = organ / largest, organ + 0.0
    lin = min(1.0, 2 * shared / both)
    jc = max(0.0, 1 - min(1.0, both - 2 * shared))
    rel = lin * (1 - 10 ** (-shared * largest))
    assert released.descriptors("D2", "D3") == pytest.approx((lin + min(1.0, jc) + rel) / 3)
    assert body < organ


def test_its_defects_are_kept(toy):
    released = ReleasedSimilarity(toy, dict.fromkeys(["D6", "D3", "D2", "D1"], 1))
    # Two leaves of one category have no content of their own, so nothing is shared, however near they stand.
    assert released.descriptors("D6", "D3") == 0
    assert released.descriptors("D6", "D6") == 1
    # An article is not like itself: every heading is compared with every other.
    assert released.all_pairs_mean(["D6", "D3"], ["D6", "D3"]) == pytest.approx(0.5)


@pytest.fixture(scope="module")
def some(hierarchy):
    """Released similarity by frequencies that many descriptors do not have, and an index of some of those."""
    uis = hierarchy.descriptors["ui"].to_list()
    released = ReleasedSimilarity(hierarchy, {ui: place % 7 for place, ui in enumerate(uis) if place % 3})
    index = DescriptorIndex(hierarchy, ["D005260", *uis[::40]])
    return released, index, ReleasedBatch(index, released)


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_the_batch_gives_the_same(some, data):
    released, index, batch = some
    headings = st.lists(st.sampled_from(index.uis), max_size=12, unique=True)
    articles = data.draw(st.lists(headings, min_size=2, max_size=5))
    places = np.arange(len(articles), dtype=np.int32)
    first, second = np.repeat(places, len(articles)), np.tile(places, len(articles))
    sets = index.heading_sets(pl.Series(articles, dtype=pl.List(pl.String)))
    for a, b, value in zip(first, second, batch.all_pairs_mean(sets, first, second), strict=True):
        expected = released.all_pairs_mean(articles[a], articles[b])
        assert np.isnan(value) if expected is None else value == pytest.approx(expected, abs=1e-9)


def test_the_batch_gives_the_same_for_near_neighbours(some):
    released, index, batch = some
    number = {ui: place for place, ui in enumerate(index.uis)}
    near = [
        (ui, above) for ui in index.uis for above in index.hierarchy.ancestors(ui) if above in number and above != ui
    ]
    sets = index.heading_sets(pl.Series([[ui] for ui in index.uis]))
    first, second = (np.array([number[ui] for ui in column], np.int32) for column in zip(*near, strict=True))
    expected = [released.descriptors(a, b) for a, b in near]
    assert len(near) > 50
    assert np.abs(batch.all_pairs_mean(sets, first, second) - expected).max() < 1e-9
    assert max(expected) > 0
