"""A teacher's answer about a sentence as labels: strings located, relations between mentions."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tasks.extraction.examples import LabelledSpan, Relation, Span
from tasks.extraction.locate import locate
from tasks.extraction.targets import DRUG, Targets
from tasks.extraction.teacher_format import TeacherAnswer


@dataclass(slots=True)
class LocationCounts:
    """How the strings of answers were found.

    Attributes:
        found: strings by the rule that found them.
        not_found: those that stand nowhere in their sentence; they are dropped.
        malformed: lines by the reason why they say nothing.
    """

    found: Counter[str] = field(default_factory=Counter)
    not_found: Counter[str] = field(default_factory=Counter)
    malformed: Counter[str] = field(default_factory=Counter)


def labels_of_answer(text: str, answer: TeacherAnswer, counts: LocationCounts) -> Targets | None:
    """Return the drugs that an answer names, where they stand, with their events; a drug without any is a drug alone.

    None where the answer says nothing about the sentence: no line is of the format, or no drug that it names stands
    there.

    A name that stands several times is several mentions. Every mention of a drug is related to the nearest mention of
    each of its events: of the ways tried on the ADE corpus, where 356 pairs of names are such, this comes nearest to
    the relations that were marked (precision 0.69, recall 0.93; all pairs of mentions: 0.64, 1.00; the nearest
    pair alone: 0.87, 0.63).
    """
    counts.malformed.update(line.reason for line in answer.malformed)
    if not answer.readable:
        return None
    drugs: list[LabelledSpan] = []
    relations: list[Relation] = []
    for line in answer.drugs:
        mentions = _located(line.drug, text, DRUG, counts)
        drugs += (LabelledSpan(*mention, DRUG) for mention in mentions)
        for event in line.events:
            events = _located(event, text, "event", counts)
            relations += nearest_events(mentions, events)
    if answer.drugs and not drugs:
        return None
    return Targets(tuple(sorted(set(drugs))), tuple(sorted(set(relations))))


def spans_of_answer(text: str, answer: TeacherAnswer, labels: Sequence[str], counts: LocationCounts) -> Targets | None:
    """Return the spans of an answer whose lines name a label and the words that it is; every mention is one.

    A line with another label is malformed. None where the answer says nothing about the text: no line is of the format,
    or none of the words that it names stand there.
    """
    counts.malformed.update(line.reason for line in answer.malformed)
    named = [line for line in answer.drugs if line.drug in labels]
    counts.malformed.update(["no label of the task"] * (len(answer.drugs) - len(named)))
    if not named and not answer.says_none:
        return None
    spans = [
        LabelledSpan(*mention, line.drug)
        for line in named
        for name in line.events
        for mention in _located(name, text, line.drug, counts)
    ]
    if not spans and any(line.events for line in named):
        return None
    return Targets(tuple(sorted(set(spans))))


def nearest_events(drugs: Iterable[Span], events: Iterable[Span]) -> list[Relation]:
    """Return each drug with the event mention that has the fewest characters between them; of equals, the first."""
    found = sorted(events)
    return [Relation(drug, min(found, key=lambda event: _gap(drug, event))) for drug in drugs] if found else []


def _located(name: str, text: str, kind: str, counts: LocationCounts) -> tuple[Span, ...]:
    located = locate(name, text)
    if located is None:
        counts.not_found[kind] += 1
        return ()
    counts.found[located.rule.value] += 1
    return located.spans


def _gap(one: Span, other: Span) -> int:
    return max(one.start - other.end, other.start - one.end, 0)
