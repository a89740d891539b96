"""Pairs of an article's questions: which one is preferred to which."""

from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

ALIKE = 92.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A question and its score; ``copied`` is the share of its four-grams that stand in its article."""

    question_id: str
    question: str
    score: float
    copied: float


Pair = tuple[Candidate, Candidate]
"""The preferred question and the other."""


def best_pairs(candidates: Sequence[Candidate], margin: float, most: int) -> list[Pair]:
    """Return up to ``most`` pairs of different questions, the widest margin first, in which no question stands twice.

    No preferred question copies more of its article than the other: reciting an article retrieves its neighbours, so
    that scores alone pay for it. Equal margins are taken in the order of the candidates.
    """
    fair = [
        (first, second)
        for first in candidates
        for second in candidates
        if first.score > second.score
        and first.score - second.score >= margin
        and first.copied <= second.copied
        and _differ(first.question, second.question)
    ]
    pairs: list[Pair] = []
    used: set[str] = set()
    for pair in sorted(fair, key=lambda pair: pair[1].score - pair[0].score):
        ids = {candidate.question_id for candidate in pair}
        if len(pairs) < most and used.isdisjoint(ids):
            pairs.append(pair)
            used |= ids
    return pairs


def lost_by_refusal(candidates: Sequence[Candidate], refused: Sequence[tuple[str, str]]) -> list[Pair]:
    """Return the first candidate, the best, with the first refused question (id, text); none where there is none.

    One that differs from no candidate was refused for that, and is no worse than they are. A refused question scores 0,
    or as much as the best one where that is less.
    """
    best = candidates[0]
    lost = [one for one in refused if all(_differ(candidate.question, one[1]) for candidate in candidates)]
    return [(best, Candidate(*one, score=min(0.0, best.score), copied=0.0)) for one in lost[:1]]


def _differ(question: str, other: str) -> bool:
    return fuzz.token_sort_ratio(question.lower(), other.lower()) < ALIKE
