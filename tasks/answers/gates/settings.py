"""Which gates an answer has to pass, and how strict they are."""

from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class AnswerGate(StrEnum):
    """The gates, in the order in which an answer comes to them."""

    WHOLE = "whole"
    SUBSTANCE = "substance"
    CONFIDENCE = "confidence"
    LOOPS = "loops"
    QUESTION = "question"
    EXAMPLE = "example"
    CONTRADICTION = "contradiction"
    SHORT_ANSWER = "short-answer"
    CITATION = "citation"
    WORDS = "words"
    NUMBERS = "numbers"


class AnswerGates(BaseModel):
    """The gates that answers have to pass before they are trained on; what they refuse is quarantined with a reason."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    left_out: tuple[AnswerGate, ...] = Field(
        default=(),
        title="Gates left out",
        json_schema_extra={"uniqueItems": True},
    )
    fewest_words: int = Field(default=4, ge=1, title="Fewest words", description="Of a long answer.")
    most_words: int = Field(default=150, ge=10, title="Most words", description="Of a long answer.")
    least_grounded: float = Field(
        default=0.5,
        ge=0,
        le=1,
        title="Least share of words from the evidence",
        description="Of a long answer's content words, those that stand in the evidence or the question.",
    )
    least_probability: float = Field(
        default=0.0,
        ge=0,
        le=1,
        title="Least probability",
        description="Of a decision, calibrated; 0 lets every decision pass. Above 0, decisions whose probability the "
        "server does not tell are refused.",
    )

    @property
    def parameters(self) -> dict[str, Any]:
        """What decides whether an answer passes, as JSON values."""
        return {**self.model_dump(mode="json"), "left_out": sorted(self.left_out)}
