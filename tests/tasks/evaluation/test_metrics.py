from math import comb

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.evaluation.metrics import accuracy, compare, confusion, macro_f1, mcnemar, score

LABEL = st.sampled_from(["yes", "no", "maybe"])
ITEMS = st.lists(st.tuples(LABEL, st.one_of(LABEL, st.none()), st.one_of(LABEL, st.none())), min_size=1, max_size=40)


def column(labels: str) -> pl.Series:
    """y, n, m and - stand for yes, no, maybe and null."""
    return pl.Series([{"y": "yes", "n": "no", "m": "maybe", "-": None}[letter] for letter in labels], dtype=pl.String)


def test_accuracy_and_macro_f1_worked_by_hand():
    gold, predicted = column("yyyynnnmm"), column("yyynnnymn")
    assert accuracy(gold, predicted) == pytest.approx(6 / 9)
    # yes: 3 right of 4 predicted and 4 gold; no: 2 of 4 and 3; maybe: 1 of 1 and 2.
    assert macro_f1(gold, predicted) == pytest.approx((2 * 3 / 8 + 2 * 2 / 7 + 2 * 1 / 3) / 3)


def test_a_missing_prediction_is_wrong_and_a_false_one_for_no_label():
    gold, predicted = column("yyn"), column("y-n")
    assert accuracy(gold, predicted) == pytest.approx(2 / 3)
    # yes: F1 = 2 * 1 / (2 + 1); no: 1; maybe neither occurs nor was said: 0.
    assert macro_f1(gold, predicted) == pytest.approx((2 / 3 + 1 + 0) / 3)
    assert score(gold, predicted).unanswered == 1


def f1_by_definition(gold: list, predicted: list, label: str) -> float:
    right = sum(g == p == label for g, p in zip(gold, predicted, strict=True))
    precision = right / predicted.count(label) if label in predicted else 0.0
    recall = right / gold.count(label) if label in gold else 0.0
    return 2 * precision * recall / (precision + recall) if right else 0.0


def macro_f1_by_definition(gold: list, predicted: list) -> float:
    return float(np.mean([f1_by_definition(gold, predicted, label) for label in ("yes", "no", "maybe")]))


@given(ITEMS)
def test_macro_f1_is_the_mean_of_precision_and_recall_means(items):
    gold, predicted, _ = map(list, zip(*items, strict=True))
    expected = macro_f1_by_definition(gold, predicted)
    assert macro_f1(pl.Series(gold, dtype=pl.String), pl.Series(predicted, dtype=pl.String)) == pytest.approx(expected)


def test_intervals_are_those_of_items_drawn_with_replacement():
    rng = np.random.default_rng(1)
    gold = rng.choice(["yes", "no", "maybe"], 120, p=[0.55, 0.34, 0.11])
    predicted = np.where(rng.random(120) < 0.7, gold, rng.choice(["yes", "no", "maybe"], 120))
    scores = score(pl.Series(gold), pl.Series(predicted), resamples=20_000)
    drawn = rng.integers(0, 120, (20_000, 120))
    shares = (gold == predicted)[drawn].mean(axis=1)
    assert (scores.accuracy.low, scores.accuracy.high) == pytest.approx(np.quantile(shares, [0.025, 0.975]), abs=0.009)
    means = [macro_f1_by_definition(list(gold[row]), list(predicted[row])) for row in drawn[:2_000]]
    low, high = np.quantile(means, [0.025, 0.975])
    assert (scores.macro_f1.low, scores.macro_f1.high) == pytest.approx((low, high), abs=0.02)


@given(ITEMS)
def test_scores_lie_in_their_intervals_of_possible_values(items):
    gold, predicted, _ = (pl.Series(labels, dtype=pl.String) for labels in zip(*items, strict=True))
    scores = score(gold, predicted, resamples=50)
    for interval in (scores.accuracy, scores.macro_f1):
        assert 0 <= interval.low <= interval.high <= 1
        assert 0 <= interval.value <= 1
    assert scores == score(gold, predicted, resamples=50)


def test_another_seed_draws_other_samples():
    gold, predicted = column("yynnmynm" * 20), column("ynnnmyym" * 20)
    drawn = {score(gold, predicted, resamples=200, seed=seed).macro_f1 for seed in range(3)}
    assert len({interval.value for interval in drawn}) == 1
    assert len(drawn) == 3


def test_what_can_not_be_scored_is_told():
    with pytest.raises(ValueError, match="there is no item to score"):
        score(column(""), column(""))
    with pytest.raises(ValueError, match="1 items have no gold decision"):
        score(column("y-"), column("yy"))
    with pytest.raises(ValueError, match="expected one of yes, no, maybe or null, found 'Yes'"):
        score(column("y"), pl.Series(["Yes"]))


def test_predictions_that_are_all_missing():
    assert accuracy(column("yn"), pl.Series([None, None], dtype=pl.Null)) == 0


def test_two_models_item_by_item():
    gold, first, second = column("yyyynnm"), column("yyyynny"), column("ynn-nym")
    comparison = compare(gold, first, second)
    # The first alone is right on items 2, 3, 4 and 6, the second alone on the last.
    assert (comparison.items, comparison.only_first, comparison.only_second) == (7, 4, 1)
    assert comparison.accuracy.value == pytest.approx(6 / 7 - 3 / 7)
    assert comparison.macro_f1.value == pytest.approx(macro_f1(gold, first) - macro_f1(gold, second))
    assert comparison.p_value == pytest.approx(2 * (1 + 5) / 32)
    assert comparison.accuracy.low <= comparison.accuracy.value <= comparison.accuracy.high


@given(ITEMS)
def test_a_comparison_the_other_way_round_has_the_other_sign(items):
    gold, first, second = (pl.Series(labels, dtype=pl.String) for labels in zip(*items, strict=True))
    there, back = compare(gold, first, second, resamples=20), compare(gold, second, first, resamples=20)
    assert there.accuracy.value == pytest.approx(-back.accuracy.value)
    assert there.macro_f1.value == pytest.approx(-back.macro_f1.value)
    assert (there.only_first, there.p_value) == (back.only_second, back.p_value)


def test_a_model_does_not_differ_from_itself():
    gold, predicted = column("yynnm" * 10), column("ynnym" * 10)
    comparison = compare(gold, predicted, predicted, resamples=100)
    assert (comparison.accuracy.low, comparison.accuracy.high, comparison.macro_f1.high) == (0, 0, 0)
    assert comparison.p_value == 1


@pytest.mark.parametrize(
    ("only_first", "only_second", "p_value"),
    [(0, 0, 1), (1, 0, 1), (5, 0, 2 / 32), (0, 10, 2 / 1024), (3, 3, 1), (2, 8, 2 * (1 + 10 + 45) / 1024)],
)
def test_mcnemar_by_hand(only_first, only_second, p_value):
    assert mcnemar(only_first, only_second) == pytest.approx(p_value)


@given(st.integers(0, 60), st.integers(0, 60))
def test_mcnemar_sums_outcomes_no_likelier_than_the_one_seen(only_first, only_second):
    trials = only_first + only_second
    weights = [comb(trials, successes) for successes in range(trials + 1)]
    expected = sum(weight for weight in weights if weight <= weights[only_first]) / 2**trials
    assert mcnemar(only_first, only_second) == pytest.approx(expected)


def test_mcnemar_of_very_many_items():
    assert mcnemar(3_000, 3_000) == 1
    assert mcnemar(6_000, 0) == 0
    assert 0 < mcnemar(2_900, 3_100) < 0.05


def test_labels_may_be_two():
    gold, predicted = column("yyn"), column("y-n")
    assert macro_f1(gold, predicted, labels=("yes", "no")) == pytest.approx((2 / 3 + 1) / 2)
    scores = score(gold, predicted, labels=("yes", "no"), resamples=50)
    assert (scores.unanswered, scores.accuracy.value) == (1, pytest.approx(2 / 3))
    assert compare(gold, predicted, gold, labels=("yes", "no"), resamples=50).only_second == 1
    with pytest.raises(ValueError, match="expected one of yes, no or null, found 'maybe'"):
        accuracy(gold, column("ymn"), labels=("yes", "no"))


def test_confusion_counts_every_item_once():
    table = confusion(column("yynm"), column("yn-m"))
    assert table["yes"] == {"yes": 1, "no": 1, "maybe": 0, "none": 0}
    assert table["no"]["none"] == 1
    assert sum(sum(row.values()) for row in table.values()) == 4
