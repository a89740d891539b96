"""What a user may set about the gates."""

from enum import StrEnum
from importlib.metadata import version
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from tasks.store.recipe import Recipe

VERSION = 5
"""Of the meaning of all gates together: raise it with every changed rule or word list."""
LANGUAGE_LIBRARY = "py3langid"

Language = Literal[
    "ar", "bg", "cs", "da", "de", "el", "en", "es", "fa", "fi", "fr", "he", "hi", "hr", "hu", "id", "it", "ja", "ko",
    "nl", "no", "pl", "pt", "ro", "ru", "sk", "sl", "sr", "sv", "th", "tr", "uk", "vi", "zh",
]  # fmt: skip
"""Those that a question is told apart from; among more, names such as ofatumumab pass for Latin or Bikol."""


class GateName(StrEnum):
    """The gates, as they are left out by name."""

    LENGTH = "length"
    DEBRIS = "debris"
    DECLINES = "declines"
    ONE_QUESTION = "one question"
    LOOPS = "loops"
    LANGUAGE = "language"
    VERB = "verb"
    KIND = "kind"
    STANDS_ALONE = "stands alone"
    TAUTOLOGY = "tautology"
    TITLE = "title"
    COPYING = "copying"
    EXAMPLES = "examples"
    SUBJECT = "subject"
    NEAR_DUPLICATES = "near duplicates"


class Gates(BaseModel):
    """Which questions may compete. Shares and similarities lie between 0 and 1."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    language: Language | None = Field(
        default="en",
        title="Language",
        description="ISO 639-1 code of the language that is asked for. Rules of grammar (verb, kind, stands alone) are "
        "for English and checked for it alone. Empty: any language, none of these.",
    )
    fewest_words: int = Field(default=3, ge=1, title="Fewest words")
    most_words: int = Field(default=60, ge=1, title="Most words")
    most_characters: int = Field(default=500, ge=1, title="Most characters")
    least_on_subject: float = Field(
        default=0.25,
        ge=0,
        le=1,
        title="Least of its words in the article",
        description="Share of a question's content words that stand in its article's title or abstract, at least.",
    )
    most_like_title: float = Field(
        default=0.85,
        gt=0,
        le=1,
        title="Most like the title",
        description="A question that adds no content word to its title's must be less similar to it than this.",
    )
    most_recited: float = Field(
        default=0.75,
        gt=0,
        le=1,
        title="Most in one run from the abstract",
        description="Share of a question's words that stand in one piece in the abstract, at most.",
    )
    most_copied: float = Field(
        default=0.5,
        ge=0,
        le=1,
        title="Most copied from the abstract",
        description="Share of a question's four-grams of words that stand in the abstract, at most.",
    )
    most_like_example: float = Field(
        default=0.5,
        ge=0,
        le=1,
        title="Most like an example",
        description="Share of a question's four-grams of words that stand in the prompt's examples and not in the "
        "article, at most.",
    )
    near_duplicate: float = Field(
        default=0.92,
        gt=0.5,
        le=1,
        title="Near duplicate from",
        description="Similarity of two questions' content words, in their order, from which the later one is refused.",
    )
    left_out: tuple[GateName, ...] = Field(default=(), title="Gates left out", json_schema_extra={"uniqueItems": True})

    @field_validator("left_out")
    @classmethod
    def _in_one_order(cls, names: tuple[GateName, ...]) -> tuple[GateName, ...]:
        return tuple(name for name in GateName if name in names)

    @model_validator(mode="after")
    def _words_are_bounded(self) -> "Gates":
        if self.fewest_words > self.most_words:
            raise ValueError(f"the fewest words ({self.fewest_words}) are more than the most ({self.most_words})")
        return self

    @property
    def recipe(self) -> Recipe:
        """The candidates recipe."""
        parameters: dict[str, Any] = self.model_dump(mode="json")
        if self.language is not None and GateName.LANGUAGE not in self.left_out:
            parameters["language_library"] = f"{LANGUAGE_LIBRARY} {version(LANGUAGE_LIBRARY)}"
        return Recipe("candidates", VERSION, parameters)
