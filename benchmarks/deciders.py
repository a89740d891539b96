"""Who picks the better question? What each decider's pick of an article's questions scores by MeSH, with intervals.

A decider gives every question a value and picks the highest of each article; chance picks each question as often as any
other, so that its figures are expectations and need no draws.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from rich.table import Table

DRAWS = 5_000
CHANCE = "chance"

Interval = tuple[float, float, float]
"""A mean and the ends of its 95 % interval."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What a decider's picks come to, over the articles with several scored questions.

    ``score`` is the mean MeSH score of the picks, ``over_chance`` how much more that is than chance comes to, article
    by article, and ``agrees`` the share of articles in which it picks what the rule picks.
    """

    articles: int
    score: Interval
    over_chance: Interval
    agrees: Interval


def decide(
    candidates: pl.DataFrame, scores: pl.DataFrame, values: Mapping[str, Mapping[str, float]], rule: Mapping[int, str]
) -> dict[str, Decided]:
    """Return what each decider's picks come to over the same articles, and chance's.

    Of equal values the pick is the mean over those questions, as if it were drawn among them.

    Args:
        candidates: question_id, pmid.
        scores: question_id, score by MeSH.
        values: of each decider, by question; a decider has to value every scored question of these articles.
        rule: the question that the rule picks of each article; articles without one are left out.

    Raises:
        ValueError: there is no article with several scored questions, or a decider has no value for one of them.
    """
    scored = candidates.select("question_id", "pmid").join(scores.select("question_id", "score"), on="question_id")
    articles = [
        (rule[pmid], dict(group.select("question_id", "score").iter_rows()))
        for (pmid,), group in scored.sort("pmid", "question_id").group_by("pmid", maintain_order=True)
        if len(group) > 1 and pmid in rule
    ]
    if not articles:
        raise ValueError("no article has several scored questions, of which the rule picks one; ask more questions")
    chance = np.array([np.mean(list(questions.values())) for _, questions in articles])
    found = {}
    for name, valued in {**values, CHANCE: dict.fromkeys(scored["question_id"], 0.0)}.items():
        lacking = [question for _, questions in articles for question in questions if question not in valued]
        if lacking:
            raise ValueError(f"{name} has no value for {len(lacking)} questions, such as {lacking[0]}; judge them all")
        picks = [_picked(questions, valued) for _, questions in articles]
        score = np.array([np.mean([questions[one] for one in picked])
                          for picked, (_, questions) in zip(picks, articles, strict=True)])  # fmt: skip
        agrees = np.array([(usual in picked) / len(picked) for picked, (usual, _) in zip(picks, articles, strict=True)])
        found[name] = Decided(len(articles), interval(score), interval(score - chance), interval(agrees))
    return found


def interval(values: np.ndarray) -> Interval:
    """Return the mean and its 95 % bootstrap interval."""
    dice = np.random.default_rng(0)
    draws = values[dice.integers(0, len(values), (DRAWS, len(values)))].mean(axis=1)
    low, high = np.quantile(draws, [0.025, 0.975])
    return float(values.mean()), float(low), float(high)


def tabulate(decided: Mapping[str, Decided], measure: str) -> Table:
    """Return a table of deciders."""
    table = Table("decider", f"{measure} of its picks", "over chance", "agrees with the rule", "articles", box=None)
    for name, each in decided.items():
        cells = (f"{mean:{sign}.3f} [{low:{sign}.3f}, {high:{sign}.3f}]" for sign, (mean, low, high) in
                 (("", each.score), ("+", each.over_chance), ("", each.agrees)))  # fmt: skip
        table.add_row(name, *cells, f"{each.articles:,}")
    return table


def _picked(questions: Mapping[str, float], values: Mapping[str, float]) -> list[str]:
    highest = max(values[question] for question in questions)
    return [question for question in questions if values[question] == highest]
