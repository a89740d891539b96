"""The evaluator: a language model that says which of two questions finds articles nearer to their source."""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from tasks.preference.evaluator_score import EvaluatorScoring
from tasks.preference.key_sentences import KeySentences
from tasks.serving.conversation import Conversation, Prompt
from tasks.serving.model import LanguageModel
from tasks.store.recipe import Recipe

CHOICES = ("1", "2")


class Evaluator(BaseModel):
    """Judges pairs of questions by the articles that they find, in place of the MeSH score (arXiv 2504.19565).

    It is trained on verdicts of the rule (``EvaluatorSft``) and sees no headings, but titles and key sentences.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    language_model: LanguageModel = Field(default=LanguageModel(), title="Language model")
    system: str = Field(
        default="You are shown two questions, each with articles that it finds, and the article that both are about. "
        "You say which question finds articles nearer to the subject of the article: 1 or 2.",
        title="System message",
    )
    titles: int = Field(default=4, ge=1, title="Articles shown for each question")
    sentences: KeySentences = Field(
        default=KeySentences(), title="Key sentences", description="What is shown of an article beside its title."
    )
    temperature: float = Field(
        default=1.0,
        gt=0,
        title="Calibration temperature",
        description="Divides the log-odds of verdicts. A run's report says which one fits its labels; no model is "
        "asked again.",
    )

    @property
    def shown(self) -> dict[str, Any]:
        """What decides on the words that a model is shown."""
        return {"system": self.system, "titles": self.titles, "sentences": self.sentences.describe()}

    @property
    def recipe(self) -> Recipe:
        """The verdicts recipe; the temperature comes after them."""
        return Recipe("verdicts", 4, {"model": self.language_model.identity(), **self.shown})

    @property
    def scoring(self) -> EvaluatorScoring:
        """How its verdicts become scores."""
        return EvaluatorScoring(temperature=self.temperature)

    def show(self, title: str, abstract: str, question: str) -> str:
        """Return what is shown of an article: title and key sentences, those of a question where they go by one."""
        return f"{title} {self.sentences.of(abstract, question)}".strip() if self.sentences.count else title

    def messages(self, article: str, questions: Sequence[str], found: Sequence[Sequence[str]]) -> Conversation:
        """Return the conversation that asks for a verdict on two questions, in the order given.

        The article comes last and every text has its question's number: so words of the article, which a causal model
        reads from left to right, meet those that they resemble together with the answer.

        Args:
            article: what is shown of the article that both are about.
            found: what is shown of the articles that each question finds, nearest first.
        """
        shown = [
            f"Question {number}: {question}\n" + "\n".join(f"{number}. {one}" for one in texts[: self.titles])
            for number, question, texts in zip(CHOICES, questions, found, strict=True)
        ]
        prompt = Prompt(system=self.system, template="{questions}\n\nArticle: {article}\n\nNearer:")
        return prompt.conversation(questions="\n\n".join(shown), article=article)
