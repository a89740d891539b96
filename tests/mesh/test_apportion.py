from hypothesis import given
from hypothesis import strategies as st

from mesh.apportion import apportion, apportion_branch
from mesh.branch import find_branch


def one_by_one(sizes: list[int], weights: list[int], budget: int) -> list[int]:
    """Sainte-Lague as its definition has it."""
    given = [0] * len(sizes)
    for _ in range(budget):
        open_ones = [place for place, size in enumerate(sizes) if given[place] < size]
        best = max(open_ones, key=lambda place: (weights[place] / (2 * given[place] + 1), -place))
        given[best] += 1
    return given


def test_shares_by_hand():
    # Quotients: 9 4 3 1.8 1.33 1.29, then 1 for the ninth part of 9 and for 1 itself.
    assert apportion([9, 4, 1], [9, 4, 1], 4) == [3, 1, 0]
    assert [apportion([9, 4, 1], [9, 4, 1], budget) for budget in (6, 7, 8)] == [[4, 2, 0], [5, 2, 0], [5, 2, 1]]
    assert apportion([9, 4, 1], [1, 1, 1], 3) == [1, 1, 1]
    assert apportion([9, 4, 1], [1, 1, 1], 6) == [3, 2, 1]
    assert apportion([9, 4, 1], [5, 1, 900], 14) == [9, 4, 1]
    assert apportion([], [], 0) == []
    assert apportion([0, 3], [7, 1], 2) == [0, 2]


SHARES = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 2_000)), max_size=8)


@given(pairs=SHARES, share=st.floats(0, 1))
def test_shares_are_those_of_the_definition(pairs, share):
    sizes, weights = [size for size, _ in pairs], [weight for _, weight in pairs]
    budget = round(share * sum(sizes))
    assert apportion(sizes, weights, budget) == one_by_one(sizes, weights, budget)


@given(
    pairs=st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 10**12)), min_size=1, max_size=8),
    share=st.floats(0, 1),
)
def test_large_budgets_are_met_and_grow_evenly(pairs, share):
    sizes, weights = [size for size, _ in pairs], [weight for _, weight in pairs]
    budget = int(share * sum(sizes))
    given = apportion(sizes, weights, budget)
    assert sum(given) == budget
    assert all(0 <= seats <= size for seats, size in zip(given, sizes, strict=True))
    if budget < sum(sizes):
        more = apportion(sizes, weights, budget + 1)
        assert all(before <= after for before, after in zip(given, more, strict=True))


def test_at_temperature_1_shares_are_proportional(toy):
    # Body (A01): Organ below it has 4 and Graft below that 9, Skin 13, Body itself 13: 12 seats are 4 + 4 + 4.
    population = {"A01": 13, "A01.100": 4, "A01.100.100": 9, "A01.200": 13}
    seats = apportion_branch(population, find_branch(toy, "A01"), 12, 1.0)
    assert seats == {"A01": 4, "A01.200": 4, "A01.100": 1, "A01.100.100": 3}


def test_towards_0_subtrees_are_equal_and_general_articles_last(toy):
    population = {"A01": 900, "A01.100": 90, "A01.100.100": 3, "A01.200": 8}
    branch = find_branch(toy, "A01")
    assert apportion_branch(population, branch, 6, 0.0) == {"A01.100.100": 3, "A01.200": 3}
    assert apportion_branch(population, branch, 1_001, 0.0) == population


def test_a_branch_may_have_several_tops(toy):
    seats = apportion_branch({"A01.100.100": 30, "B01.200.300": 10}, find_branch(toy, "Graft"), 4, 1.0)
    assert seats == {"A01.100.100": 3, "B01.200.300": 1}


def test_nothing_to_hand_out(toy):
    assert apportion_branch({}, find_branch(toy, "A01"), 0, 0.5) == {}


@given(
    population=st.dictionaries(
        st.sampled_from(["A01", "A01.100", "A01.100.100", "A01.200"]), st.integers(1, 500), min_size=1
    ),
    share=st.floats(0, 1),
    temperature=st.floats(0, 1),
)
def test_a_budget_is_met_and_a_larger_one_takes_nothing_away(toy, population, share, temperature):
    branch = find_branch(toy, "A01")
    budget = int(share * sum(population.values()))
    seats = apportion_branch(population, branch, budget, temperature)
    assert sum(seats.values()) == budget
    assert all(given <= population[position] for position, given in seats.items())
    if budget < sum(population.values()):
        more = apportion_branch(population, branch, budget + 1, temperature)
        assert all(given <= more[position] for position, given in seats.items())
