"""Hand-worked estimates."""

import math

import pytest

from tasks.estimate.forecast import FULL, NONE, Range, forecast, margin, whole
from tasks.estimate.measured import Measured
from tasks.serving.spending import Limits
from tasks.store.reference import LlmUsage

PRICES = Limits(prompt_price=2.0, completion_price=10.0)
ASKED = Measured(
    stage="questions",
    units=4,
    rows=4,
    seconds=8.0,
    usage=LlmUsage(requests=4, prompt_tokens=400, completion_tokens=80),
)
WORKED = Measured(stage="scores", units=4, rows=8, seconds=3.0)


def test_the_margin_shrinks_with_the_units_and_grows_where_few_come_to_a_stage():
    assert margin(4, 1.0) == 0.5  # 2 * sqrt(0.25 / 4)
    assert margin(100, 1.0) == pytest.approx(0.1)
    assert margin(100, 3.0) == pytest.approx(0.1)
    assert margin(4, 0.25) == 2.0  # 2 * sqrt((1.25 / 0.25 - 1) / 4)


def test_what_a_stage_that_asks_has_left():
    """Twenty-four times as much is left, and the few are off by a half either way."""
    left = forecast(ASKED, 96, PRICES)
    assert (left.stage, left.units, left.requests) == ("questions", 96, 96)
    assert left.tokens == Range(5_760, 17_280)  # 480 * 24 = 11,520
    assert left.cost is not None
    assert (left.cost.low, left.cost.high) == pytest.approx((0.0192, 0.0576))  # 400 at 2 and 80 at 10 a million: 0.0016
    assert left.seconds == Range(192 * 0.5 * 4 / FULL, 192 * 1.5)


def test_a_server_that_the_few_kept_full_gets_no_faster():
    many = ASKED.model_copy(update={"units": 64, "usage": LlmUsage(requests=64, prompt_tokens=64)})
    left = forecast(many, 64, Limits())
    assert left.cost is None
    assert left.seconds == Range(8 * (1 - 1 / 8), 8 * (1 + 1 / 8))


def test_other_work_takes_as_long_as_it_took_or_so_much_a_unit():
    assert forecast(WORKED, 96, PRICES).seconds == Range(3.0, 3.0 * 24 * 1.5)
    assert forecast(WORKED, 1, PRICES).seconds == Range(0.75, 3.0)
    assert forecast(WORKED, 0, PRICES).seconds == NONE


def test_nothing_is_left_of_what_stands_in_the_tables():
    left = forecast(ASKED, 0, PRICES)
    assert (left.requests, left.tokens, left.seconds, left.cost) == (0, NONE, NONE, NONE)
    assert whole([left], 90.0, 0, PRICES).seconds == NONE


def test_a_stage_that_nothing_came_to_is_not_told_from_nothing():
    none = Measured(stage="answers", units=4, rows=0, seconds=0.0)
    assert forecast(none, 96, Limits()).tokens == NONE


def test_the_whole_run_adds_margins_up_and_starts_its_servers_once():
    one, two = forecast(ASKED, 96, PRICES), forecast(WORKED, 96, PRICES)
    both = whole([one, two], 90.0, 96, PRICES)
    assert both.seconds == Range(90 + 6 + 3, 90 + 288 + 108)
    assert both.tokens == one.tokens
    assert both.cost == one.cost
    assert whole([two], 90.0, 96, Limits()).seconds == two.seconds
    assert whole([one], 0.0, 96, Limits()).cost is None
    assert math.isclose(both.requests, 96)
