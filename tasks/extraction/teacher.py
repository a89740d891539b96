"""The teacher: a language model that labels the sentences of a pool."""

from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from tasks.errors import DistilleryError
from tasks.extraction.declaration import ExtractionTask, says_something
from tasks.extraction.teacher_labels import LocationCounts
from tasks.serving.conversation import Conversation, Prompt, Shot
from tasks.serving.model import LanguageModel
from tasks.store.recipe import Recipe

YES, NO = "yes", "no"
SENTENCE = "{text}"
WARM = 0.7
"""The temperature at which several answers to one sentence are drawn."""


class Teacher(BaseModel):
    """Answers a task's question about a sentence, several times where it is to vote."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    language_model: LanguageModel = Field(default=LanguageModel(), title="Language model")
    shots: int = Field(default=4, ge=0, title="Examples shown", description="0: none, the paper's cheapest teacher.")
    samples: int = Field(default=1, ge=1, title="Answers to each sentence", description="Several vote.")
    temperature: float | None = Field(
        default=None,
        ge=0,
        title="Temperature",
        description="Empty: 0, the likeliest answer, and 0.7 where several are to vote, which would all be the same.",
    )
    agreement: float = Field(
        default=0.5, gt=0, le=1, title="Agreement", description="Share of the answers that a label must stand in."
    )
    max_tokens: int = Field(default=128, ge=1, title="Longest answer, in tokens")
    pre_filter: bool = Field(
        default=False,
        title="Pre-filter",
        description="Ask first whether a sentence says anything, by yes or no, and label those with yes.",
    )
    denied_share: float = Field(
        default=0.1, ge=0, le=1, title="Share of the sentences with no that are labelled, too", description="Negatives."
    )

    @model_validator(mode="after")
    def _voters_may_differ(self) -> Self:
        if self.samples > 1 and self.temperature == 0:
            raise ValueError(
                f"{self.samples} answers at temperature 0 are all the same and can not vote; leave the temperature out "
                f"({WARM} then), or set it above 0"
            )
        return self

    @property
    def drawn_at(self) -> float:
        """The temperature in force."""
        if self.temperature is not None:
            return self.temperature
        return WARM if self.samples > 1 else 0.0

    def recipe(self, task: ExtractionTask) -> Recipe:
        """Return the recipe of answers; how they vote is no part of it."""
        parameters: dict[str, Any] = {
            "task": task.name,
            "model": self.language_model.identity(),
            "instruction": task.question.instruction,
            "pattern": task.question.pattern,
            "shots": [(shot.text, shot.answer) for shot in task.question.shots[: self.shots]],
            "temperature": self.drawn_at,
            "max_tokens": self.max_tokens,
        }
        return Recipe("teacher-answers", 2, parameters)

    def pre_filter_recipe(self, task: ExtractionTask) -> Recipe:
        """Return the recipe of the answers by yes or no."""
        parameters = {
            "task": task.name,
            "model": self.language_model.identity(),
            "messages": self.whether_messages(task, ""),
        }
        return Recipe("teacher-filter", 2, parameters)

    def whether_messages(self, task: ExtractionTask, text: str) -> Conversation:
        """Return the conversation that asks whether a sentence says anything, with the examples as they are shown.

        Raises:
            DistilleryError: the task has no such question.
        """
        if task.question.whether is None:
            raise DistilleryError(f"the task {task.name} has no question by yes or no; leave the pre-filter out")
        shots = []
        for shot in task.question.shots[: self.shots]:
            labels = task.question.read(shot.text, shot.answer, LocationCounts())
            says = labels is not None and says_something(labels, task)
            shots.append(_shot(shot.text, YES if says else NO))
        return Prompt(system=task.question.whether, template=SENTENCE, shots=tuple(shots)).conversation(text=text)

    def messages(self, task: ExtractionTask, text: str) -> Conversation:
        """Return the conversation that ends with a sentence."""
        shots = tuple(_shot(shot.text, shot.answer) for shot in task.question.shots[: self.shots])
        return Prompt(system=task.question.instruction, template=SENTENCE, shots=shots).conversation(text=text)


def _shot(text: str, reply: str) -> Shot:
    return Shot(fields={"text": text}, reply=reply)
