"""The answer model: which one, what it is told, how much evidence it reads and what its answers hold."""

import json
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from tasks.answers.answer_format import LONGEST_SENTENCE, LONGEST_SHORT_ANSWER, MOST_ENTRIES, AnswerFormat
from tasks.answers.calibration import Calibration
from tasks.kinds import Kind
from tasks.serving.conversation import Holds, Prompt, Shot
from tasks.serving.model import LanguageModel
from tasks.serving.prompt_files import read_prompt_files
from tasks.store.recipe import Recipe

PROMPTS = Path(__file__).parent / "prompts"


class Answerer(BaseModel):
    """Answers questions from the source abstract and its contexts."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    language_model: LanguageModel = Field(default=LanguageModel(), title="Language model")
    prompt: Annotated[Prompt, Holds("evidence", "question")] | None = Field(
        default=None,
        title="Prompt",
        description="Of your own, for one kind of question. Empty: the built-in ones.",
    )
    prompt_kind: Kind = Field(
        default=Kind.YES_NO,
        title="Kind of the prompt",
        description="Which questions your own prompt is for; others have the built-in one of their kind.",
    )
    context_words: int = Field(
        default=80, ge=0, title="Words of each context", description="The source abstract is always read whole."
    )
    cites: bool = Field(
        default=True, title="Name passages", description="An answer names the PMIDs of the passages that it rests on."
    )
    quotes: bool = Field(
        default=True, title="Quote the evidence", description="An answer quotes the sentence that supports it."
    )
    longest_answer: int = Field(default=400, ge=40, le=10_000, title="Longest answer, in characters")
    max_tokens: int = Field(default=384, ge=32, title="Longest answer, in tokens", description="Of all its fields.")
    calibration: Calibration = Field(
        default=Calibration(),
        title="Calibration",
        description="Of yes, no and maybe, fitted on held-out questions. Other than as it stands: decisions are asked "
        "for first, and answers are written for the calibrated ones.",
    )

    def format_of(self, kind: Kind) -> AnswerFormat:
        """Return what an answer to a question of a kind holds."""
        return AnswerFormat(kind, self.longest_answer, self.cites, self.quotes)

    def prompt_of(self, kind: Kind) -> Prompt:
        """Return what the model is told about a question of a kind; one's own prompt as it stands."""
        if self.prompt is not None and kind == self.prompt_kind:
            return self.prompt
        wanted = self.format_of(kind)
        built_in = built_in_prompts()[kind]
        shots = tuple(Shot(fields=shot.fields, reply=_of_fields(shot.reply, wanted)) for shot in built_in.shots)
        return built_in.model_copy(update={"system": f"{built_in.system}\n{wanted.in_words()}", "shots": shots})

    @property
    def shared(self) -> dict[str, Any]:
        """What decides every answer and every decision: the model, its prompts and how much of contexts it reads."""
        return {
            "model": self.language_model.identity(),
            "prompts": {kind.value: self.prompt_of(kind).model_dump(mode="json") for kind in Kind},
            "context_words": self.context_words,
        }

    @property
    def recipe(self) -> Recipe:
        """The answers recipe; the server's address is no part of it."""
        lengths = {
            "longest_answer": self.longest_answer,
            "short_answer": [LONGEST_SHORT_ANSWER, MOST_ENTRIES],
            "evidence_sentence": LONGEST_SENTENCE,
            "max_tokens": self.max_tokens,
        }
        asked = {"cites": self.cites, "quotes": self.quotes, "calibration": self.calibration.model_dump()}
        return Recipe("answers", 3, {**self.shared, **lengths, **asked})


@cache
def built_in_prompts() -> dict[Kind, Prompt]:
    """Return the prompt of each kind in this package's files; their examples have every field that an answer may."""
    return {file.kind: file.prompt for file in read_prompt_files(PROMPTS)}


def _of_fields(reply: str, wanted: AnswerFormat) -> str:
    """Return an example's reply with the wanted fields alone, as a model under the schema writes it."""
    answer = json.loads(reply)
    return json.dumps({name: answer[name] for name in wanted.fields}, separators=(",", ":"), ensure_ascii=False)
