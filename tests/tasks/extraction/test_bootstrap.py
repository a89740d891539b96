import numpy as np
import pytest

from tasks.extraction.bootstrap import DRAWN_AT_ONCE, intervals


def share(sums):
    return sums[..., :1] / np.maximum(sums[..., 1:], 1)


def test_intervals_are_those_of_whole_groups_drawn_with_replacement():
    dice = np.random.default_rng(1)
    groups = [f"pmid {number}" for number in dice.integers(0, 40, 200)]
    luck = {group: dice.random() for group in groups}
    counts = np.array([(dice.random() < luck[group], 1) for group in groups], dtype=np.int64)
    [interval] = intervals(counts, groups, share, resamples=4 * DRAWN_AT_ONCE + 1, seed=0)
    names = sorted(luck)
    sums = np.array([counts[[group == name for group in groups]].sum(axis=0) for name in names])
    drawn = sums[dice.integers(0, len(names), (20_000, len(names)))].sum(axis=1)
    low, high = np.quantile(drawn[:, 0] / drawn[:, 1], [0.025, 0.975])
    assert interval.value == counts[:, 0].mean()
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=0.015)
    [alone] = intervals(counts, [str(place) for place in range(200)], share, resamples=2_000, seed=0)
    assert alone.high - alone.low < 0.8 * (high - low)


def test_order_changes_nothing_and_the_seed_does():
    counts = np.array([(place % 3 == 0, 1) for place in range(30)], dtype=np.int64)
    groups = [str(place // 2) for place in range(30)]
    first = intervals(counts, groups, share, resamples=100, seed=0)
    assert intervals(counts[::-1], groups[::-1], share, resamples=100, seed=0) == first
    assert intervals(counts, groups, share, resamples=100, seed=1) != first


def test_one_group_has_no_spread():
    [interval] = intervals(np.array([(1, 2), (0, 2)]), ["a", "a"], share, resamples=10, seed=0)
    assert (interval.low, interval.value, interval.high) == (0.25, 0.25, 0.25)


def test_without_sentences_there_is_no_score():
    with pytest.raises(ValueError, match="there is no sentence to score"):
        intervals(np.zeros((0, 2), dtype=np.int64), [], share, resamples=10, seed=0)
