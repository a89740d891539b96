"""How a model is asked an evaluation item."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from tasks.decisions import DECISIONS, Decision
from tasks.instructions import INSTRUCTION, SYSTEM, user_turn
from tasks.kinds import Kind
from tasks.serving.conversation import Conversation, Holds, Prompt

Setting = Literal["reasoning-required", "question-only"]
"""PubMedQA's main setting gives the contexts; the other asks what a model knows without them."""


class EvaluationPrompt(BaseModel):
    """What a model is told. The templates hold {contexts} and {question}; braces in the texts stay as they are."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    system: str = Field(title="System message", description="Left out where it is empty.")
    with_contexts: Annotated[str, AfterValidator(Holds("contexts", "question").check)] = Field(
        default="Context:\n{contexts}\n\nQuestion: {question}", title="Template with contexts"
    )
    question_only: Annotated[str, AfterValidator(Holds("question").check)] = Field(
        default="Question: {question}", title="Template without contexts"
    )
    decisions: tuple[Decision, ...] = Field(default=DECISIONS, title="Decisions", description="What to choose among.")
    capitalised: bool = Field(
        default=False, title="Capitalised", description="Whether the model is to write Yes rather than yes."
    )

    @property
    def choices(self) -> tuple[str, ...]:
        """The decisions as the model is to write them."""
        return tuple(decision.capitalize() if self.capitalised else decision for decision in self.decisions)

    def messages(self, setting: Setting, question: str, contexts: list[str]) -> Conversation:
        """Return the conversation that an item's answer ends; contexts stand one per line, without section labels."""
        template = self.with_contexts if setting == "reasoning-required" else self.question_only
        prompt = Prompt(system=self.system, template=template)
        return prompt.conversation(question=question, contexts="\n".join(contexts))


class PromptStyle(StrEnum):
    """What kind of model is asked: one that follows instructions, or one tuned on this project's ``sft`` records."""

    INSTRUCTED = "instructed"
    FINE_TUNED = "fine-tuned"


def prompt_for(style: PromptStyle, decisions: tuple[Decision, ...] = DECISIONS) -> EvaluationPrompt:
    """Return the prompt for a kind of model and what it is to choose among.

    A tuned model sees the turns that it was tuned on, and its answer begins with Yes, No or Maybe.
    """
    if style == PromptStyle.FINE_TUNED:
        told = INSTRUCTION[Kind.YES_NO]
        return EvaluationPrompt(
            system=SYSTEM[Kind.YES_NO],
            with_contexts=user_turn("{contexts}", (), "{question}", told),
            question_only=f"Question: {{question}}\n\n{told}",
            decisions=decisions,
            capitalised=True,
        )
    named = f"{', '.join(decisions[:-1])} or {decisions[-1]}"
    system = f"You answer a biomedical question with {named}. Give that one word first, in lower case."
    return EvaluationPrompt(system=system, decisions=decisions)


INSTRUCTED = prompt_for(PromptStyle.INSTRUCTED)
FINE_TUNED = prompt_for(PromptStyle.FINE_TUNED)
