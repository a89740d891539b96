import pytest

from tasks.report.examples import spread


@pytest.mark.parametrize(
    ("length", "expected"), [(0, []), (2, [0, 1]), (4, [0, 1, 2, 3]), (5, [0, 1, 2, 4]), (10, [0, 3, 6, 9])]
)
def test_examples_are_spread_from_first_to_last(length, expected):
    assert spread(length, 4) == expected


def test_there_are_always_as_many_as_asked_for():
    assert all(len(set(spread(length, 12))) == 12 for length in range(12, 200))
