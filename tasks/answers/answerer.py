"""The answer model: which one, what it is told and how much evidence it reads."""

import json
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from tasks.decisions import DECISIONS, Decision
from tasks.serving.constraint import JsonSchema
from tasks.serving.conversation import Holds, Prompt, Shot
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
ANSWER = JsonSchema("answer", ANSWER_FORMAT)


def _shot(evidence: str, question: str, decision: Decision, long_answer: str) -> Shot:
    reply = json.dumps({"decision": decision, "long_answer": long_answer}, separators=(",", ":"))
    return Shot(fields={"evidence": evidence, "question": question}, reply=reply)


PROMPT = Prompt(
    system="You answer a biomedical question from the evidence given, as JSON: a decision (yes, no or maybe) and a "
    "long answer of one or two sentences.",
    template="Evidence:\n{evidence}\n\nQuestion: {question}",
    shots=(
        _shot(
            "We followed 1,200 women at high risk of pre-eclampsia. Half of them took 100 mg of aspirin a day from "
            "week 14. Pre-eclampsia occurred in 4.1% of the aspirin group and in 9.8% of the others.",
            "Does low-dose aspirin reduce the risk of pre-eclampsia in women at high risk?",
            "yes",
            "Pre-eclampsia was less than half as frequent in the women who took aspirin as in the others.",
        ),
        _shot(
            "Residents of 40 nursing homes were given vitamin D3 or placebo for two years. Hip fractures were equally "
            "frequent in both groups.",
            "Do vitamin D supplements prevent hip fractures in nursing home residents?",
            "no",
            "Hip fractures were equally frequent with vitamin D3 and with placebo.",
        ),
        _shot(
            "Twelve patients had physiotherapy within a day of a stroke and twelve later. Some of the first left "
            "hospital earlier, but the groups were too small to tell.",
            "Does early physiotherapy shorten the stay in hospital after stroke?",
            "maybe",
            "Some patients with early physiotherapy left earlier, but the groups were too small to tell.",
        ),
    ),
)


class Answerer(BaseModel):
    """Answers questions from the source abstract and its contexts."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    language_model: LanguageModel = Field(default=LanguageModel(), title="Language model")
    prompt: Annotated[Prompt, Holds("evidence", "question")] = Field(default=PROMPT, title="Prompt")
    context_words: int = Field(
        default=80, ge=0, title="Words of each context", description="The source abstract is always read whole."
    )
    max_tokens: int = Field(default=160, ge=32, title="Longest answer, in tokens")

    @property
    def recipe(self) -> Recipe:
        """The answers recipe; the server's address is no part of it."""
        parameters: dict[str, Any] = self.model_dump(mode="json", exclude={"language_model"})
        return Recipe("answers", 2, {**parameters, "model": self.language_model.identity(), "longest": LONGEST_ANSWER})
