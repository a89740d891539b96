"""The answer model: which one, what it is told and how much evidence it reads."""

import json
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from tasks.decisions import DECISIONS
from tasks.serving.model import LanguageModel
from tasks.store.recipe import Recipe

LONGEST_ANSWER = 300

ANSWER_FORMAT: dict[str, Any] = {
    "type": "object",
    "properties": {
        "decision": {"enum": list(DECISIONS)},
        "long_answer": {"type": "string", "maxLength": LONGEST_ANSWER},
    },
    "required": ["decision", "long_answer"],
    "additionalProperties": False,
}
"""JSON schema of an answer. The string is bounded: a small model would ramble to the token limit."""


class AnsweredExample(BaseModel):
    """A question answered from evidence, shown to the model before the real one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    evidence: str
    question: str
    decision: str
    long_answer: str


EXAMPLES = (
    AnsweredExample(
        evidence="We followed 1,200 women at high risk of pre-eclampsia. Half of them took 100 mg of aspirin a day "
        "from week 14. Pre-eclampsia occurred in 4.1% of the aspirin group and in 9.8% of the others.",
        question="Does low-dose aspirin reduce the risk of pre-eclampsia in women at high risk?",
        decision="yes",
        long_answer="Pre-eclampsia was less than half as frequent in the women who took aspirin as in the others.",
    ),
    AnsweredExample(
        evidence="Residents of 40 nursing homes were given vitamin D3 or placebo for two years. Hip fractures were "
        "equally frequent in both groups.",
        question="Do vitamin D supplements prevent hip fractures in nursing home residents?",
        decision="no",
        long_answer="Hip fractures were equally frequent with vitamin D3 and with placebo.",
    ),
    AnsweredExample(
        evidence="Twelve patients had physiotherapy within a day of a stroke and twelve later. Some of the first left "
        "hospital earlier, but the groups were too small to tell.",
        question="Does early physiotherapy shorten the stay in hospital after stroke?",
        decision="maybe",
        long_answer="Some patients with early physiotherapy left earlier, but the groups were too small to tell.",
    ),
)


class Answerer(BaseModel):
    """Answers questions from the source abstract and its contexts."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    language_model: LanguageModel = Field(default=LanguageModel(), title="Language model")
    system: str = Field(
        default="You answer a biomedical question from the evidence given, as JSON: a decision (yes, no or maybe) and "
        "a long answer of one or two sentences.",
        title="System message",
    )
    examples: tuple[AnsweredExample, ...] = Field(default=EXAMPLES, title="Examples")
    context_words: int = Field(
        default=80, ge=0, title="Words of each context", description="The source abstract is always read whole."
    )
    max_tokens: int = Field(default=160, ge=32, title="Longest answer, in tokens")

    @property
    def recipe(self) -> Recipe:
        """The answers recipe; the server's address is no part of it."""
        parameters: dict[str, Any] = self.model_dump(mode="json", exclude={"language_model"})
        return Recipe("answers", 1, {**parameters, "model": self.language_model.identity(), "longest": LONGEST_ANSWER})

    def messages(self, evidence: str, question: str) -> list[dict[str, str]]:
        """Return the conversation that ends with this question."""
        turns = [{"role": "system", "content": self.system}]
        for example in self.examples:
            answer = {"decision": example.decision, "long_answer": example.long_answer}
            turns.append({"role": "user", "content": _ask(example.evidence, example.question)})
            turns.append({"role": "assistant", "content": json.dumps(answer, separators=(",", ":"))})
        return [*turns, {"role": "user", "content": _ask(evidence, question)}]


def _ask(evidence: str, question: str) -> str:
    return f"Evidence:\n{evidence}\n\nQuestion: {question}"
