import pytest

from tasks.cost import in_currency


@pytest.mark.parametrize(
    ("cost", "said"),
    [(0.0, "0.00"), (1234.5, "1,234.50"), (0.1, "0.10"), (0.0999, "0.100"), (0.0042, "0.0042"), (3e-6, "0.0000030")],
)
def test_a_small_cost_is_not_nothing(cost, said):
    assert in_currency(cost) == said
