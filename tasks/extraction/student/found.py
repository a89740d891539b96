"""What a student finds in one sentence."""

from dataclasses import dataclass

from tasks.extraction.examples import LabelledSpan, Relation
from tasks.extraction.targets import Targets


@dataclass(frozen=True, slots=True)
class Found:
    """What was found in one sentence, and how probable the student finds it.

    A span's probability is the mean of its words' tags, a relation's the product of its two spans'.
    """

    spans: dict[LabelledSpan, float]
    relations: dict[Relation, float]
    label: int | None
    label_probability: float | None

    @property
    def targets(self) -> Targets:
        """The labels alone."""
        return Targets(tuple(self.spans), tuple(self.relations), self.label)
