"""How often the evaluator prefers what the rule prefers."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from tasks.preference.calibration import fit_temperature
from tasks.preference.evaluator_score import both_orders

DRAWS = 5_000


@dataclass(frozen=True, slots=True)
class Agreement:
    """Shares of pairs in which evaluator and rule prefer the same question.

    ``both`` goes by both orders together, with its 95 % interval (bootstrap over articles, whose pairs are not
    independent); ``winner_first`` and ``winner_second`` by one order alone, the rule's winner shown first or second;
    ``steady`` is the share of pairs whose verdict is the same in both orders. ``temperature`` is the one that makes the
    evaluator as sure as it is right of these pairs.
    """

    pairs: int
    articles: int
    both: float
    low: float
    high: float
    winner_first: float
    winner_second: float
    steady: float
    temperature: float


def agreement(verdicts: pl.DataFrame, scores: pl.DataFrame, least: float) -> Agreement | None:
    """Return the agreement on pairs whose scores by the rule differ by so much at least; None without any.

    Args:
        verdicts: pmid, first_id, second_id, first_better.
        scores: question_id, score of the rule.
        least: the difference, in units of the scores.
    """
    ruled = verdicts.join(scores.select(first_id="question_id", won="score"), on="first_id").join(
        scores.select(second_id="question_id", lost="score"), on="second_id"
    )
    # One row per pair, the rule's winner first; the verdict in the other order beside it.
    winners = ruled.filter(pl.col("won") > pl.col("lost"), pl.col("won") - pl.col("lost") >= least)
    turned = verdicts.select(first_id="second_id", second_id="first_id", second_better="first_better")
    right = both_orders(verdicts).drop("pmid")
    pairs = winners.join(turned, on=["first_id", "second_id"]).join(right, on=["first_id", "second_id"])
    if pairs.is_empty():
        return None
    judged = pairs.select(
        "pmid",
        first=pl.col("first_better") > 0.5,
        second=pl.col("second_better") < 0.5,
        both=pl.col("first_better") > pl.col("second_better"),
    )
    by_article = judged.group_by("pmid", maintain_order=True).agg(pl.col("both").sum(), pl.len())
    low, high = _interval(by_article["both"].to_numpy(), by_article["len"].to_numpy())
    return Agreement(
        pairs=len(judged),
        articles=len(by_article),
        both=_share(judged["both"]),
        low=low,
        high=high,
        winner_first=_share(judged["first"]),
        winner_second=_share(judged["second"]),
        steady=_share(judged["first"] == judged["second"]),
        temperature=fit_temperature(pairs["better"].to_list()),
    )


def _share(values: pl.Series) -> float:
    return int(values.sum()) / len(values)


def _interval(agreed: np.ndarray, pairs: np.ndarray) -> tuple[float, float]:
    dice = np.random.default_rng(0)
    drawn = dice.integers(0, len(pairs), (DRAWS, len(pairs)))
    low, high = np.quantile(agreed[drawn].sum(axis=1) / pairs[drawn].sum(axis=1), [0.025, 0.975])
    return float(low), float(high)
