"""A model as it is examined: under which prompt, in which setting, by which method."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from tasks.decisions import READER
from tasks.evaluation.ask import LONGEST_TEXT, Method
from tasks.evaluation.evaluation_prompt import EvaluationPrompt, Setting
from tasks.serving.model import LanguageModel
from tasks.store.recipe import Recipe

TEMPLATES: dict[Setting, str] = {"reasoning-required": "with_contexts", "question-only": "question_only"}


class Examinee(BaseModel):
    """One model under one prompt, in one setting, by one method. ``name`` tells it from the model it stands beside."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    language_model: LanguageModel
    prompt: EvaluationPrompt
    setting: Setting
    method: Method
    max_tokens: int = Field(default=LONGEST_TEXT, ge=1)

    @property
    def label(self) -> str:
        """What a person tells it by."""
        return f"{self.name}, {self.setting}, {self.method}"

    @property
    def recipe(self) -> Recipe:
        """The predictions recipe; neither the server's address nor a template that is not used is part of it."""
        unused = {template for setting, template in TEMPLATES.items() if setting != self.setting}
        parameters: dict[str, Any] = {
            "model": self.language_model.identity(),
            "prompt": self.prompt.model_dump(mode="json", exclude=unused),
            "setting": self.setting,
            "method": self.method,
        }
        if self.method == "generated":
            parameters |= {"max_tokens": self.max_tokens, "reader": READER}
        return Recipe("predictions", 1, parameters)
