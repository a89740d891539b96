import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mesh.information_content import intrinsic_information_content
from mesh.pair_measure import PairMeasure
from mesh.similarity import Similarity

CONTENT = {"D1": 1.0, "D2": 2.0, "D3": 3.0, "D4": 1.0, "D5": 4.0, "D6": 2.0}


@pytest.fixture(scope="module")
def compare(toy):
    return Similarity(toy, CONTENT)


def test_lin_by_hand(compare):
    assert compare.lin("D2", "D6") == pytest.approx(2 * 1 / (2 + 2))  # Body is all they share
    assert compare.lin("D3", "D5") == pytest.approx(2 * 3 / (3 + 4))  # Graft is above Patch
    assert compare.lin("D2", "D5") == 0  # only the virtual root
    assert compare.lin("D5", "D5") == 1


def test_the_other_measures_by_hand(compare):
    # Graft (3) is the most informative descriptor above Graft and Patch (4).
    assert compare.resnik("D3", "D5") == 3
    assert compare.jiang_conrath("D3", "D5") == pytest.approx(1 / (1 + 3 + 4 - 2 * 3))
    assert compare.relevance("D3", "D5") == pytest.approx(6 / 7 * (1 - math.exp(-3)))
    # Graft stands below Body, Organ and Tools, Patch below Graft and Tools: two of five are shared.
    assert compare.batet("D3", "D5") == pytest.approx(1 - math.log2(1 + 3 / 5))
    for measure in (compare.resnik, compare.relevance, compare.batet):
        assert measure("D2", "D5") == pytest.approx(0)


def test_all_pairs_mean_by_hand(compare):
    assert compare.all_pairs_mean(["D2", "D5"], ["D3", "D6"]) == pytest.approx((0.8 + 0.5 + 6 / 7 + 0) / 4)
    assert compare.all_pairs_mean(["D2", "D5"], ["D2", "D5"]) == pytest.approx(0.5)


def test_major_topics_weigh_more(compare):
    # As in the test below, but Patch counts twice among the first set's two headings.
    weighted = compare.best_match_average(["D2", "D5"], ["D3"], ({"D5": 2.0}, {}))
    assert weighted == pytest.approx(((0.8 + 2 * 6 / 7) / 3 + 6 / 7) / 2)
    # Organ twice, Skin once: Body is shared with 1 of 2, and all is Body 2 x 1, Organ 2 x 2 and Skin 2.
    assert compare.simgic(["D2"], ["D6"], ({"D2": 2.0}, {})) == pytest.approx(1 / (2 + 4 + 2))


def test_best_match_average_by_hand(compare):
    # Organ's best is Skin (0.5), Patch's best Graft (6/7); back: Graft's best is Patch (6/7) over Organ (2*2/5).
    expected = ((0.8 + 6 / 7) / 2 + (6 / 7)) / 2
    assert compare.best_match_average(["D2", "D5"], ["D3"]) == pytest.approx(expected)
    assert compare.best_match_average([], ["D3"]) is None


def test_simgic_by_hand(compare):
    # {D2, D1} and {D6, D1}: shared 1, all 1 + 2 + 2.
    assert compare.simgic(["D2"], ["D6"]) == pytest.approx(1 / 5)
    assert compare.simgic(["D2"], []) is None


def test_an_ancestor_that_says_more_does_not_count_for_more(toy):
    # Patch (3) stands below Graft (5): an article on any patch may stand elsewhere, so this happens.
    compare = Similarity(toy, CONTENT | {"D3": 5.0, "D5": 3.0})
    assert compare.resnik("D3", "D5") == compare.resnik("D5", "D5") == 3
    assert compare.lin("D3", "D5") == pytest.approx(2 * 3 / (3 + 5))
    assert compare.jiang_conrath("D3", "D5") == pytest.approx(1 / (1 + 3 + 5 - 6))


@pytest.fixture(scope="module")
def content(hierarchy):
    return intrinsic_information_content(hierarchy)


@pytest.fixture(scope="module")
def real(hierarchy, content):
    return Similarity(hierarchy, content)


@pytest.fixture(scope="module")
def related(hierarchy):
    """Descriptors that share something more often than chance has it."""
    return sorted(hierarchy.descriptors_under(["C04.588", "A08", "D12.776"]))


@settings(max_examples=100, deadline=None)
@given(data=st.data(), scale=st.floats(0.01, 100))
def test_lin_does_not_change_when_all_content_is_scaled(hierarchy, real, content, related, data, scale):
    first, second = data.draw(st.sampled_from(related)), data.draw(st.sampled_from(related))
    scaled = Similarity(hierarchy, {ui: value * scale for ui, value in content.items()})
    assert scaled.lin(first, second) == pytest.approx(real.lin(first, second), abs=1e-12)


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_pair_measures_are_symmetric_bounded_and_know_identity(real, content, related, data):
    first, second = data.draw(st.sampled_from(related)), data.draw(st.sampled_from(related))
    for measure in PairMeasure:
        value = real.measure(measure, first, second)
        same = real.measure(measure, first, first)
        highest = {PairMeasure.RESNIK: content[first], PairMeasure.RELEVANCE: 1 - math.exp(-content[first])}
        assert value == pytest.approx(real.measure(measure, second, first), abs=1e-12)
        assert same == pytest.approx(highest.get(measure, 1.0))
        assert -1e-12 <= value <= (min(content[first], content[second]) if measure is PairMeasure.RESNIK else 1) + 1e-12


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_set_measures_are_symmetric_bounded_and_know_identity(real, related, data):
    sets = st.lists(st.sampled_from(related), min_size=1, max_size=5, unique=True)
    first, second = data.draw(sets), data.draw(sets)
    for measure in (real.best_match_average, real.simgic, real.all_pairs_mean):
        value = measure(first, second)
        assert 0 <= value <= 1 + 1e-12
        assert value == pytest.approx(measure(second, first))
    for measure in (real.best_match_average, real.simgic):
        assert measure(first, first) == pytest.approx(1)
