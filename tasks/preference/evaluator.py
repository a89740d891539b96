"""The evaluator: a language model that says which of two questions finds articles nearer to their source."""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from tasks.serving.conversation import Conversation, Prompt
from tasks.serving.model import LanguageModel
from tasks.store.recipe import Recipe

CHOICES = ("1", "2")


class Evaluator(BaseModel):
    """Judges pairs of questions by the titles that they find, in place of the MeSH score (m-KAILIN, arXiv 2504.19565).

    It is trained on verdicts of the rule (``EvaluatorSft``) and sees no headings.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    language_model: LanguageModel = Field(default=LanguageModel(), title="Language model")
    system: str = Field(
        default="You are shown two questions, each with the titles of articles that it finds, and the article that "
        "both are about. You say which question finds articles nearer to the subject of the article: 1 or 2.",
        title="System message",
    )
    titles: int = Field(default=4, ge=1, title="Titles shown for each question")

    @property
    def recipe(self) -> Recipe:
        """The verdicts recipe."""
        parameters: dict[str, Any] = {
            "model": self.language_model.identity(), "system": self.system, "titles": self.titles,
        }  # fmt: skip
        return Recipe("verdicts", 3, parameters)

    def messages(self, title: str, questions: Sequence[str], found: Sequence[Sequence[str]]) -> Conversation:
        """Return the conversation that asks for a verdict on two questions, in the order given.

        The article comes last and every title has its question's number: so words of the article, which a causal model
        reads from left to right, meet those that they resemble together with the answer.

        Args:
            title: of the article that both are about.
            found: the titles that each question finds, nearest first.
        """
        shown = [
            f"Question {number}: {question}\n" + "\n".join(f"{number}. {one}" for one in titles[: self.titles])
            for number, question, titles in zip(CHOICES, questions, found, strict=True)
        ]
        prompt = Prompt(system=self.system, template="{questions}\n\nArticle: {title}\n\nNearer:")
        return prompt.conversation(questions="\n\n".join(shown), title=title)
