"""An answer as the gates look at it: beside its question and the evidence as it was shown."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

from tasks.answers.gates.settings import AnswerGates
from tasks.answers.gates.wording import abbreviations, content, grams, numbers_and_spelled
from tasks.kinds import Kind
from tasks.serving.conversation import Shot

SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z\d\"“(])")
GRAM = 4


@dataclass(frozen=True)
class Example:
    """An example of the prompt: its runs of four words, and the stems of what it is about."""

    grams: frozenset[tuple[str, ...]]
    subjects: frozenset[str]

    @classmethod
    def of(cls, shot: Shot) -> "Example":
        """Return a shot as the gates compare answers with it."""
        texts = [*shot.fields.values(), shot.reply]
        runs = frozenset(gram for text in texts for gram in grams(text, GRAM))
        return cls(runs, frozenset(content(shot.fields.get("question", ""))))


@dataclass(frozen=True)
class Case:
    """An answer, its question, the evidence as it was shown, and the examples that the model was shown before.

    Attributes:
        cites: the answer was to name the passages that it used.
    """

    question: str
    long_answer: str
    evidence: str
    kind: Kind = Kind.YES_NO
    decision: str | None = None
    short_answer: str | None = None
    cited: tuple[int, ...] = ()
    probability: float | None = None
    cites: bool = False
    examples: tuple[Example, ...] = field(default=(), repr=False)

    @property
    def sentences(self) -> list[str]:
        """The sentences of the long answer."""
        return SENTENCE_END.split(self.long_answer.strip())

    @cached_property
    def asked(self) -> frozenset[str]:
        """The stems of the question's content words."""
        return frozenset(content(self.question))

    @cached_property
    def known(self) -> frozenset[str]:
        """The stems that evidence and question hold, and what their neighbouring words abbreviate to."""
        both = f"{self.question}\n{self.evidence}"
        return frozenset(content(both)) | abbreviations(both)

    @cached_property
    def known_numbers(self) -> set[float]:
        """The numbers that evidence and question hold."""
        return numbers_and_spelled(f"{self.question}\n{self.evidence}")

    @cached_property
    def known_grams(self) -> frozenset[tuple[str, ...]]:
        """The runs of four words of evidence and question."""
        return frozenset([*grams(self.question, GRAM), *grams(self.evidence, GRAM)])


Gate = Callable[[Case, AnswerGates], str | None]
"""Returns why an answer is not fit to train on, None where it is; a reason is the same for all of its kind."""
