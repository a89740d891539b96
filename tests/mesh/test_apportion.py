import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesh.apportion import apportion, apportion_branch
from mesh.branch import find_branch


def one_by_one(sizes: list[int], budget: int, temperature: float) -> list[int]:
    """Sainte-Lague as its definition has it."""
    given = [0] * len(sizes)
    for _ in range(budget):
        open_ones = [place for place, size in enumerate(sizes) if given[place] < size]
        best = max(open_ones, key=lambda place: (sizes[place] ** temperature / (2 * given[place] + 1), -place))
        given[best] += 1
    return given


def test_shares_by_hand():
    # Quotients: 9 4 3 1.8 1.33 1.29, then 1 for the ninth part of 9 and for 1 itself.
    assert apportion([9, 4, 1], 4, 1.0) == [3, 1, 0]
    assert [apportion([9, 4, 1], budget, 1.0) for budget in (6, 7, 8)] == [[4, 2, 0], [5, 2, 0], [5, 2, 1]]
    assert apportion([9, 4, 1], 3, 0.0) == [1, 1, 1]
    assert apportion([9, 4, 1], 14, 0.3) == [9, 4, 1]
    assert apportion([], 0, 0.5) == []
    assert apportion([0, 3], 2, 0.0) == [0, 2]


@given(
    sizes=st.lists(st.integers(0, 40), max_size=8), share=st.floats(0, 1), temperature=st.sampled_from([0.0, 0.5, 1.0])
)
def test_shares_are_those_of_the_definition(sizes, share, temperature):
    budget = round(share * sum(sizes))
    assert apportion(sizes, budget, temperature) == one_by_one(sizes, budget, temperature)


@given(
    sizes=st.lists(st.integers(0, 10**6), min_size=1, max_size=8), share=st.floats(0, 1), temperature=st.floats(0, 1)
)
def test_large_budgets_are_met_and_grow_evenly(sizes, share, temperature):
    budget = int(share * sum(sizes))
    given = apportion(sizes, budget, temperature)
    assert sum(given) == budget
    assert all(0 <= seats <= size for seats, size in zip(given, sizes, strict=True))
    if budget < sum(sizes):
        more = apportion(sizes, budget + 1, temperature)
        assert all(before <= after for before, after in zip(given, more, strict=True))


def test_shares_flow_down(toy):
    # Body (A01): 0 here, Organ below it 4 (Graft 9 below that), Skin 13; proportional shares of 12 are 6 and 6.
    population = {"A01.100": 4, "A01.100.100": 9, "A01.200": 13}
    seats = apportion_branch(population, find_branch(toy, "A01"), 12, 1.0)
    assert seats == {"A01.200": 6, "A01.100": 2, "A01.100.100": 4}


def test_a_branch_may_have_several_tops(toy):
    seats = apportion_branch({"A01.100.100": 30, "B01.200.300": 10}, find_branch(toy, "Graft"), 4, 1.0)
    assert seats == {"A01.100.100": 3, "B01.200.300": 1}


def test_nothing_to_hand_out(toy):
    assert apportion_branch({}, find_branch(toy, "A01"), 0, 0.5) == {}


@pytest.mark.parametrize("temperature", [0.0, 0.5, 1.0])
def test_equal_sizes_share_equally(temperature):
    assert apportion([5] * 4, 10, temperature) == [3, 3, 2, 2]
