import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.answers.calibration import (
    Calibration,
    CalibrationError,
    expected_calibration_error,
    fit_calibration,
    log_loss,
)

SHARE = st.floats(0, 1)


def items(rows: list[tuple[float | None, float | None, float | None, str]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=["p_yes", "p_no", "p_maybe", "gold"], orient="row")


def test_as_it_stands_it_changes_nothing():
    assert Calibration().is_identity and not Calibration(maybe=1).is_identity
    assert Calibration().apply({"yes": 0.5, "no": 0.3, "maybe": 0.2}) == pytest.approx(
        {"yes": 0.5, "no": 0.3, "maybe": 0.2}
    )


def test_temperature_flattens_and_bias_shifts():
    # Square roots of 0.64, 0.32, 0.04 by temperature 2; e^ln(4) = 4 times the weight of maybe.
    weights = [0.8, math.sqrt(0.32), 0.2 * 4]
    found = Calibration(temperature=2, maybe=math.log(4)).apply({"yes": 0.64, "no": 0.32, "maybe": 0.04})
    assert list(found.values()) == pytest.approx([weight / sum(weights) for weight in weights])


@given(SHARE, SHARE, SHARE, st.floats(0.1, 10), st.floats(-5, 5))
def test_calibrated_probabilities_add_up_to_one(yes, no, maybe, temperature, bias):
    found = Calibration(temperature=temperature, maybe=bias).apply({"yes": yes, "no": no, "maybe": maybe})
    assert sum(found.values()) == pytest.approx(1)
    assert all(0 <= share <= 1 for share in found.values())


def test_losses_by_hand():
    probabilities, gold = np.array([[0.9, 0.05, 0.05], [0.6, 0.3, 0.1]]), np.array([0, 1])
    assert log_loss(probabilities, gold) == pytest.approx(-(math.log(0.9) + math.log(0.3)) / 2)
    # One bin holds 0.9, which is right, another 0.6, which is wrong: (0.1 + 0.6) / 2.
    assert expected_calibration_error(probabilities, gold) == pytest.approx(0.35)


def test_a_model_that_is_too_sure_is_cooled_and_one_that_never_says_maybe_is_brought_to():
    # It says yes with 0.98 in 60 items, of which 27 are yes, 12 no and 21 maybe.
    rows = [(0.98, 0.019, 0.001, gold) for gold in ["yes"] * 27 + ["no"] * 12 + ["maybe"] * 21]
    rows += [(0.019, 0.98, 0.001, gold) for gold in ["no"] * 30 + ["yes"] * 9 + ["maybe"] * 21]
    fit = fit_calibration(items(rows))
    after = fit.calibration.apply({"yes": 0.98, "no": 0.019, "maybe": 0.001})
    assert fit.items == 120
    assert after == pytest.approx({"yes": 0.45, "no": 0.2, "maybe": 0.35}, abs=0.03)
    assert fit.calibration.maybe > 0 and fit.calibration.temperature > 1
    assert fit.loss_after < fit.loss_before and fit.ece_after < fit.ece_before


def test_probabilities_that_are_true_stay_as_they_are():
    rows = [(0.5, 0.3, 0.2, gold) for gold in ["yes"] * 500 + ["no"] * 300 + ["maybe"] * 200]
    rows += [(0.2, 0.7, 0.1, gold) for gold in ["yes"] * 200 + ["no"] * 700 + ["maybe"] * 100]
    found = fit_calibration(items(rows)).calibration.apply({"yes": 0.2, "no": 0.7, "maybe": 0.1})
    assert found == pytest.approx({"yes": 0.2, "no": 0.7, "maybe": 0.1}, abs=0.005)


def test_probabilities_that_are_worse_than_chance_leave_it_to_how_frequent_decisions_are():
    rows = [(0.9, 0.05, 0.05, gold) for gold in ["no"] * 20 + ["yes"]]
    rows += [(0.05, 0.9, 0.05, gold) for gold in ["yes"] * 20 + ["maybe"] * 20]
    fit = fit_calibration(items(rows))
    sure, unsure = ({"yes": yes, "no": 0.95 - yes, "maybe": 0.05} for yes in (0.9, 0.05))
    assert fit.calibration.temperature == 20
    assert fit.calibration.apply(sure) == pytest.approx(fit.calibration.apply(unsure), abs=0.1)


def test_a_decision_that_never_is_right_gets_rare_and_not_impossible():
    rows = [(0.6, 0.3, 0.1, gold) for gold in ["yes"] * 10 + ["no"] * 10]
    found = fit_calibration(items(rows)).calibration.apply({"yes": 0.6, "no": 0.3, "maybe": 0.1})
    assert 0 < found["maybe"] < 0.02
    assert found["yes"] == pytest.approx(found["no"], abs=0.01)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([(0.5, 0.3, 0.2, "yes")] * 20, "20 items with probabilities and 1 different gold decisions are too few"),
        ([(0.5, 0.3, 0.2, "yes"), (0.5, 0.3, 0.2, "no")], "2 items with probabilities and 2 different"),
        ([(None, None, None, "yes"), (0.1, 0.8, 0.1, "no")] * 20, "20 items with probabilities and 1 different"),
        ([(0.5, 0.3, 0.2, "Yes")] * 20, "gold decisions are yes, no or maybe, found 'Yes'"),
    ],
)
def test_what_can_not_be_fitted_to_says_why(rows, said):
    with pytest.raises(CalibrationError, match=said):
        fit_calibration(items(rows))
