"""The preference rule: which score decides, how far apart two questions must lie, and how much one may copy."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from tasks.preference.score import Measure, Scoring
from tasks.store.recipe import Recipe
from tasks.vocabulary.vocabulary import Vocabulary

LEAST_MARGIN = 0.1
REMOVED = {
    "copying_penalty": "there is no copying_penalty any more: copying is bounded and costs nothing; most_copied says "
    "how much a chosen question may copy, most_copied_more how much more than the question that it is preferred to"
}
"""Settings that there were, and what took their place."""


class PreferenceRule(BaseModel):
    """The score that decides, how far two questions must lie apart in it to make a pair, and bounds on copying.

    | to leave out | set |
    |---|---|
    | the margin | ``margin`` 0 |
    | standardisation | ``spread`` 1 |
    | the bound on chosen questions | ``most_copied`` 1 |
    | the bound within pairs | ``most_copied_more`` 1 |
    | major topics | ``major_weight`` 1 |
    | pairs with refused questions | ``most_refused`` 0 |
    """

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra={"removed": {**REMOVED}})

    measure: Measure = Field(default=Measure.SIMGIC, title="Measure", description="Compares articles by headings.")
    major_weight: float = Field(
        default=2.0, ge=1, title="Weight of major topics", description="How much more they count than other headings."
    )
    margin: float = Field(
        default=0.5,
        ge=0,
        title="Margin",
        description="Smallest difference of a pair, in standard deviations of the scores: 0.1 at least, or 0 for any.",
    )
    spread: float | None = Field(
        default=None,
        gt=0,
        title="Standard deviation of scores",
        description="What margins are measured in. Empty: that of the run, of questions that compete with another one. "
        "Given, pairs do not depend on what else is in the run; 1 leaves scores as they are.",
    )
    most_copied: float = Field(
        default=0.5,
        ge=0,
        le=1,
        title="Most copied",
        description="Share of a chosen question's four-grams that may stand in its article; 1 sets no bound.",
    )
    most_copied_more: float = Field(
        default=0.0,
        ge=0,
        le=1,
        title="Most copied beyond the other",
        description="How much more of that share the preferred question of a pair may copy than the other; 1 sets no "
        "bound.",
    )
    most_pairs: int = Field(
        default=2, ge=0, title="Pairs per article", description="Of questions that passed the gates."
    )
    most_refused: int = Field(
        default=1, ge=0, title="Pairs with refused questions", description="Per article, beside the others."
    )

    @model_validator(mode="before")
    @classmethod
    def _has_no_removed_setting(cls, given: Any) -> Any:  # noqa: ANN401 - whatever is given
        for name in REMOVED.keys() & given.keys() if isinstance(given, dict) else ():
            raise ValueError(REMOVED[name])
        return given

    @field_validator("margin")
    @classmethod
    def _is_in_standard_deviations(cls, margin: float) -> float:
        if 0 < margin < LEAST_MARGIN:
            raise ValueError(
                f"a margin of {margin:g} would be next to none: it is in standard deviations of the scores, and no "
                f"difference of scores any more; give 0, or {LEAST_MARGIN:g} and more (the default is 0.5)"
            )
        return margin

    @property
    def recipe(self) -> Recipe:
        """The preferences recipe; what scores go by shows in the scores themselves, and so does a run's spread."""
        parameters: dict[str, Any] = {
            "measure": self.measure.value,
            "margin": self.margin,
            "spread": self.spread,
            "most_copied": self.most_copied,
            "most_copied_more": self.most_copied_more,
            "most_pairs": self.most_pairs,
            "most_refused": self.most_refused,
        }
        return Recipe("preferences", 4, parameters)

    def scoring(self, measure: Measure, vocabulary: Vocabulary) -> Scoring:
        """Return how a measure scores under this rule."""
        return Scoring(measure=measure, major_weight=self.major_weight, vocabulary=vocabulary)
