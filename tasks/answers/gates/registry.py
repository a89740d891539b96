"""Every gate, by name; they are asked in the order of ``AnswerGate``."""

from tasks.answers.gates.case import Case, Gate
from tasks.answers.gates.contradiction import refuse_contradiction
from tasks.answers.gates.example import refuse_prompt_example
from tasks.answers.gates.grounding import (
    refuse_foreign_numbers,
    refuse_foreign_short_answer,
    refuse_uncited,
    refuse_ungrounded_words,
)
from tasks.answers.gates.repetition import refuse_loops, refuse_repeated_question
from tasks.answers.gates.settings import AnswerGate, AnswerGates
from tasks.answers.gates.substance import refuse_unless_whole, refuse_unsure, refuse_without_substance

GATES: dict[AnswerGate, Gate] = {
    AnswerGate.WHOLE: refuse_unless_whole,
    AnswerGate.SUBSTANCE: refuse_without_substance,
    AnswerGate.CONFIDENCE: refuse_unsure,
    AnswerGate.LOOPS: refuse_loops,
    AnswerGate.QUESTION: refuse_repeated_question,
    AnswerGate.EXAMPLE: refuse_prompt_example,
    AnswerGate.CONTRADICTION: refuse_contradiction,
    AnswerGate.SHORT_ANSWER: refuse_foreign_short_answer,
    AnswerGate.CITATION: refuse_uncited,
    AnswerGate.WORDS: refuse_ungrounded_words,
    AnswerGate.NUMBERS: refuse_foreign_numbers,
}
VERSION = 1
"""Raised whenever a gate judges otherwise than before; part of the recipe."""


def refusals(case: Case, settings: AnswerGates) -> dict[AnswerGate, str]:
    """Return the reason of every gate that refuses an answer, in their order."""
    asked = {name: GATES[name] for name in AnswerGate if name not in settings.left_out}
    said = {name: gate(case, settings) for name, gate in asked.items()}
    return {name: reason for name, reason in said.items() if reason is not None}


def refusal(case: Case, settings: AnswerGates) -> str | None:
    """Return the reason of the first gate that refuses an answer, None where all let it pass."""
    for name in AnswerGate:
        if name not in settings.left_out and (reason := GATES[name](case, settings)) is not None:
            return reason
    return None
