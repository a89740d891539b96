import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.preference.calibration import COLDEST, HOTTEST, calibrated, fit_temperature, log_odds


def test_a_temperature_divides_log_odds():
    assert calibrated(0.9, 2.0) == pytest.approx(0.75)  # odds of 9 to 1 become 3 to 1
    assert calibrated(0.75, 0.5) == pytest.approx(0.9)
    assert calibrated(0.3, 1.0) == 0.3
    assert calibrated(1.0, 1.0) == 1.0
    assert 0.99 < calibrated(1.0, 2.0) < 1


def test_the_fitted_temperature_makes_the_mean_right():
    # Right in three of four, at 0.9 each time: log-odds of ln 9 have to become ln 3, so the temperature is 2.
    assert fit_temperature([0.9, 0.9, 0.9, 0.1]) == pytest.approx(2.0)
    assert fit_temperature([0.75] * 9 + [0.25]) == pytest.approx(0.5)  # 9 to 1, where 3 to 1 was said


def test_temperatures_are_bounded():
    assert fit_temperature([0.9, 0.8]) == pytest.approx(COLDEST)  # always right: the surer the better
    assert fit_temperature([0.1, 0.4]) == pytest.approx(HOTTEST)  # always wrong: never sure
    assert fit_temperature([0.0, 1.0]) == pytest.approx(HOTTEST)
    with pytest.raises(ValueError, match="label more articles"):
        fit_temperature([])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_no_other_temperature_is_likelier(right):
    found = fit_temperature(right)
    assert COLDEST * 0.99 <= found <= HOTTEST * 1.01

    def loss(temperature: float) -> float:
        return sum(math.log1p(math.exp(-log_odds(one) / temperature)) for one in right)

    assert all(loss(found) <= loss(other) + 1e-6 for other in (0.05, 0.3, 1.0, 3.0, 20.0))
