from mesh.branch import find_branch
from mesh.gather import gather


def test_counts_add_up_from_below(toy):
    total, below = gather({"A01.200": 4, "A01.100.100": 3, "A01": 1}, find_branch(toy, "A01"))
    assert total == {"A01.200": 4, "A01": 8, "A01.100.100": 3, "A01.100": 3}
    assert below == {"A01": ["A01.100", "A01.200"], "A01.100": ["A01.100.100"]}


def test_nothing_is_added_above_the_branch(toy):
    total, below = gather({"A01.100.100": 3, "B01.200.300": 2}, find_branch(toy, "Graft"))
    assert total == {"A01.100.100": 3, "B01.200.300": 2, "B01.200": 2}
    assert below == {"B01.200": ["B01.200.300"]}
