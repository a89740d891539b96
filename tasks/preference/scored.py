"""Candidates with their scores, and how widely those are spread: the unit in which margins are measured."""

import numpy as np
import polars as pl

from tasks.logger import logger
from tasks.preference.rule import PreferenceRule

FEWEST = 30
LEAST_SPREAD = 1e-6


def scored_candidates(candidates: pl.DataFrame, scores: pl.DataFrame) -> pl.DataFrame:
    """Return candidates that have a score, with ``score``: null where that is no number, so that it ranks nowhere.

    Args:
        candidates: question_id, pmid, kind, question, copied.
        scores: question_id, score.
    """
    scored = candidates.select("question_id", "pmid", "kind", "question", "copied").join(
        scores.select("question_id", "score"), on="question_id", maintain_order="left"
    )
    return scored.with_columns(score=pl.when(pl.col("score").is_finite()).then("score"))


def spread_of(scored: pl.DataFrame, rule: PreferenceRule) -> float:
    """Return the standard deviation that the rule measures margins in: its own, or that of the scores.

    Of the scores those count that have a rival: another scored question of the same kind about the same article. What
    is divided by their standard deviation differs between two runs as far as that does; so it is rounded to two
    digits, and is the same, and with it the rows, where a run adds articles like those before. Their mean takes no
    part in a difference. Scores that are all the same have a spread of 1: no margin then reaches more than it is.

    Args:
        scored: as ``scored_candidates`` returns them.
    """
    return rule.spread if rule.spread is not None else standard_deviation(_with_rivals(scored))


def standard_deviation(scores: pl.Series) -> float:
    """Return the population's standard deviation to two digits; 1 where there are no two different scores."""
    values = np.sort(scores.to_numpy())  # sums do not depend on the order of rows
    found = float(np.std(values)) if len(values) else 0.0
    return 1.0 if found < LEAST_SPREAD else float(f"{found:.2g}")


def warn_of_scores(scored: pl.DataFrame, rule: PreferenceRule, what: str) -> None:
    """Log how many scores are no numbers, and that a standard deviation of a few scores says little.

    Args:
        what: the scores are for.
    """
    lost, compared = scored["score"].null_count(), len(_with_rivals(scored))
    if lost:
        logger.warning("%s: %d of %d scores are no numbers; their questions do not compete", what, lost, len(scored))
    if rule.spread is None and 0 < compared < FEWEST:
        logger.warning(
            "%s: margins are in standard deviations of %d scores, which say little; more articles, or a standard "
            "deviation that is known (preference.spread), say more",
            what,
            compared,
        )


def _with_rivals(scored: pl.DataFrame) -> pl.Series:
    whole = scored.drop_nulls("score")
    return whole.filter(pl.len().over("pmid", "kind") > 1)["score"]
