"""An extraction task, declared: what is extracted, how a teacher is asked, how it is scored."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tasks.extraction.counts import Count
from tasks.extraction.gold import Gold
from tasks.extraction.mentions import Mention
from tasks.extraction.targets import Form, Targets
from tasks.extraction.teacher_labels import LocationCounts


@dataclass(frozen=True, slots=True)
class Shot:
    """A sentence with the answer that is right."""

    text: str
    answer: str


@dataclass(frozen=True, slots=True)
class Question:
    """How a teacher is asked, and what its answers say.

    Attributes:
        instruction: the system message.
        pattern: regular expression that an answer must match; servers write nothing else.
        shots: examples, from which as many are shown as are asked for.
        read: the labels that an answer about a sentence stands for, None where it says nothing about it; counts what
            was not found and which lines say nothing.
        whether: the system message that asks for "yes" or "no" only: whether a sentence says anything; None where
            there is no such question.
    """

    instruction: str
    pattern: str
    shots: tuple[Shot, ...]
    read: Callable[[str, str, LocationCounts], Targets | None]
    whether: str | None = None


@dataclass(frozen=True, slots=True)
class ExtractionTask:
    """What is extracted.

    Attributes:
        name: as it is asked for.
        form: how its labels stand in a row of examples.
        question: how a teacher is asked.
        count: what is right in predicted examples, by gold ones; the F1 of these counts chooses a student's epoch.
        read_gold: the examples of a gold corpus, from its files or folder.
        span_labels: labels of the spans to tag.
        anchor: the label of spans that others are related to.
        sentence_labels: what a sentence can be, in the order of its numbers.
        mentions: what a sentence must mention, and how it is masked, to be labelled or, where it is masked, annotated.
    """

    name: str
    form: Form
    question: Question
    count: Count
    read_gold: Callable[[Sequence[Path]], Gold]
    span_labels: tuple[str, ...] = ()
    anchor: str | None = None
    sentence_labels: tuple[str, ...] = ()
    mentions: tuple[Mention, ...] = ()


def says_something(targets: Targets, task: ExtractionTask) -> bool:
    """Return whether labels hold a relation; where the task has none, a span or another label than the first."""
    return bool(targets.relations if task.anchor is not None else targets.spans or targets.label)
