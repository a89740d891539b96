"""How well gates tell bad questions from good ones, against what people said of them."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Judged:
    """A question that a person found fit or not, and the gates that refuse it."""

    fit: bool
    refused_by: Sequence[str]


@dataclass(frozen=True, slots=True)
class GateScore:
    """What a gate, or all together, refuses; a share of nothing is None.

    ``precision`` is the share of the refused that are bad, ``recall`` the share of the bad that are refused,
    ``good_lost`` the share of the good that are refused.
    """

    gate: str
    refused: int
    bad_refused: int
    precision: float | None
    recall: float | None
    good_lost: float | None


def gate_scores(judged: Sequence[Judged]) -> list[GateScore]:
    """Return the score of each gate that refuses something, the busiest first."""
    gates = {gate for each in judged for gate in each.refused_by}
    scores = [_score(gate, judged, [gate in each.refused_by for each in judged]) for gate in gates]
    return sorted(scores, key=lambda score: (-score.refused, score.gate))


def together(judged: Sequence[Judged]) -> GateScore:
    """Return the score of all gates as one."""
    return _score("all gates", judged, [bool(each.refused_by) for each in judged])


def _score(gate: str, judged: Sequence[Judged], refused: Sequence[bool]) -> GateScore:
    pairs = list(zip(judged, refused, strict=True))
    bad_refused = sum(was and not each.fit for each, was in pairs)
    good_refused = sum(was and each.fit for each, was in pairs)
    good = sum(each.fit for each in judged)
    return GateScore(
        gate=gate,
        refused=bad_refused + good_refused,
        bad_refused=bad_refused,
        precision=_share(bad_refused, bad_refused + good_refused),
        recall=_share(bad_refused, len(judged) - good),
        good_lost=_share(good_refused, good),
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
