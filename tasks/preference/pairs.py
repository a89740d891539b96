"""Pairs of an article's questions: which one is preferred to which."""

from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from tasks.preference.rule import PreferenceRule

ALIKE = 92.0
LONGEST_REFUSED = 1_000
"""Characters of a refused question that one is set against."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A question and its score; ``copied`` is the share of its four-grams that stand in its article."""

    question_id: str
    question: str
    score: float
    copied: float


Pair = tuple[Candidate, Candidate]
"""The preferred question and the other."""


def is_preferred(first: Candidate, second: Candidate, rule: PreferenceRule, spread: float) -> bool:
    """Return whether the rule prefers the first question to the second.

    It does where the first scores higher by the margin at least, copies no more of the article than may be copied, nor
    more than the second by more than may be, and is another question: reciting an article retrieves its neighbours, so
    that scores alone pay for it.

    Args:
        spread: standard deviation that the margin is measured in; see ``tasks.preference.scored``.
    """
    return (
        first.score > second.score
        and (first.score - second.score) / spread >= rule.margin
        and first.copied <= rule.most_copied
        and first.copied <= second.copied + rule.most_copied_more
        and _differ(first.question, second.question)
    )


def best_pairs(candidates: Sequence[Candidate], rule: PreferenceRule, spread: float) -> list[Pair]:
    """Return up to ``most_pairs`` pairs, the widest margin first, in which no question stands twice.

    Equal margins are taken in the order of the candidates.
    """
    preferred = [
        (first, second) for first in candidates for second in candidates if is_preferred(first, second, rule, spread)
    ]
    pairs: list[Pair] = []
    used: set[str] = set()
    for pair in sorted(preferred, key=lambda pair: pair[1].score - pair[0].score):
        ids = {candidate.question_id for candidate in pair}
        if len(pairs) < rule.most_pairs and used.isdisjoint(ids):
            pairs.append(pair)
            used |= ids
    return pairs


def lost_by_refusal(
    candidates: Sequence[Candidate], refused: Sequence[tuple[str, str]], rule: PreferenceRule
) -> list[Pair]:
    """Return up to ``most_refused`` pairs of the best candidate that may win and a refused question (id, text).

    How much a refused question copies is not known and may be nothing: what is preferred to it copies no more than
    ``most_copied_more``. One that differs from no candidate was refused for that, and is no worse than they are. A
    refused question scores 0, or as much as the preferred one where that is less. What is far too long to be a question
    teaches nothing and would fill a training's memory; it loses to none.

    Args:
        candidates: best first.
    """
    bound = min(rule.most_copied, rule.most_copied_more)
    best = next((candidate for candidate in candidates if candidate.copied <= bound), None)
    if best is None:
        return []
    lost = [
        one
        for one in refused
        if len(one[1]) <= LONGEST_REFUSED and all(_differ(candidate.question, one[1]) for candidate in candidates)
    ]
    return [(best, Candidate(*one, score=min(0.0, best.score), copied=0.0)) for one in lost[: rule.most_refused]]


def _differ(question: str, other: str) -> bool:
    return fuzz.token_sort_ratio(question.lower(), other.lower()) < ALIKE
