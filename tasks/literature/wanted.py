"""Which articles a user wants of a source, whatever way they come in."""

from datetime import date
from functools import reduce
from operator import and_
from typing import Annotated

import polars as pl
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from tasks.literature.filter_values import find_language, find_qualifier
from tasks.literature.publication_types import find_publication_type, types_by_name

WANTED_COLUMNS = ["date", "electronic_date", "language", "publication_types"]


class Wanted(BaseModel):
    """What to look for: all of it has to hold, and what is empty holds for every article.

    Languages, publication types and subheadings are kept as PubMed writes them; one that it lacks is refused.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    since: date | None = Field(default=None, title="Published since", description="The first day of publication.")
    until: date | None = Field(default=None, title="Published until", description="The last day of publication.")
    languages: tuple[Annotated[str, AfterValidator(find_language)], ...] = Field(
        default=(), title="Languages", description="PubMed's three-letter codes, such as eng, or English names."
    )
    publication_types: tuple[Annotated[str, AfterValidator(find_publication_type)], ...] = Field(
        default=(), title="Publication types", description="Names, such as Randomized Controlled Trial, or UIs."
    )
    query: str | None = Field(
        default=None, title="Query", description="What else PubMed is asked; other sources can not be."
    )
    major_only: bool = Field(
        default=False, title="Major topics only", description="Ask PubMed for the branch as a major topic."
    )
    qualifiers: tuple[Annotated[str, AfterValidator(find_qualifier)], ...] = Field(
        default=(), title="Subheadings", description="Ask PubMed for the branch with one of these, such as therapy."
    )

    @model_validator(mode="after")
    def _dates_are_in_order(self) -> "Wanted":
        if self.since and self.until and self.since > self.until:
            raise ValueError(f"since {self.since} lies after until {self.until}; exchange them")
        return self

    @property
    def cache_identity(self) -> str:
        """What it contributes to a stage's cache key."""
        return self.model_dump_json()

    @property
    def holds_for_all(self) -> bool:
        """Whether nothing is asked that the articles themselves could answer."""
        return not (self.since or self.until or self.languages or self.publication_types)

    def condition(self) -> pl.Expr:
        """Return the condition on ``WANTED_COLUMNS``; a date without month or day counts where it may lie within."""
        conditions = [pl.lit(True)]
        if self.since or self.until:
            conditions.append(self._published("date") | self._published("electronic_date"))
        if self.languages:
            conditions.append(pl.col("language").list.eval(pl.element().is_in(list(self.languages))).list.any())
        if self.publication_types:
            uis, names = types_by_name(self.publication_types)
            ui, name = (pl.element().struct.field(field) for field in ("ui", "name"))
            asked = ui.is_in(uis) | name.str.to_lowercase().is_in(names)
            conditions.append(pl.col("publication_types").list.eval(asked).list.any())
        return reduce(and_, conditions)

    def _published(self, column: str) -> pl.Expr:
        """Whether a date lies within the wished days, as PubMed has it for print or online; False without one."""
        date, length = pl.col(column), pl.col(column).str.len_chars()
        within = pl.lit(True)
        if self.since:
            within &= date >= pl.lit(self.since.isoformat()).str.head(length)
        if self.until:
            within &= date <= pl.lit(self.until.isoformat()).str.head(length)
        return within.fill_null(False)
