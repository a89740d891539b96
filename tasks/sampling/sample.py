"""Sample articles of a branch, spread over its hierarchy."""

from collections.abc import Iterable, Iterator
from typing import Any

import polars as pl
from pydantic import BaseModel, ConfigDict

from mesh.branch import Branch
from mesh.hierarchy import Hierarchy
from mesh.sampler import sample_branch
from tasks.errors import DistilleryError
from tasks.literature.headings import count_unnamed
from tasks.store.recipe import Recipe
from tasks.store.row_key import with_row_key
from tasks.vocabulary.vocabulary import Vocabulary


class SampleSettings(BaseModel):
    """What to sample: positions of the hierarchy, how many articles, and the seed that decides between equals."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tree_numbers: tuple[str, ...]
    branch_name: str
    articles: int
    seed: int
    temperature: float = 0.6
    vocabulary: Vocabulary = Vocabulary()

    @property
    def recipe(self) -> Recipe:
        """The samples recipe; the branch's name is no part of it."""
        parameters: dict[str, Any] = self.model_dump(mode="json", exclude={"branch_name", "vocabulary"})
        return Recipe("samples", 2, {**parameters, "mesh": self.vocabulary.cache_identity})

    @property
    def branch(self) -> Branch:
        """The branch by name and positions."""
        return Branch(self.tree_numbers, self.branch_name)


class EmptyBranchError(DistilleryError):
    """No article of the branch can be sampled; the message counts why."""


def sample_articles(
    articles: Iterable[pl.DataFrame], hierarchy: Hierarchy, settings: SampleSettings
) -> tuple[pl.DataFrame, int]:
    """Return the sampled articles (pmid, content_hash, branch, stratum, weight), and how many the branch lacks.

    Args:
        articles: frames of the usable articles: pmid, headings, content_hash.

    Raises:
        EmptyBranchError: there are none, or none of them carries a heading of the branch.
    """
    looked_at = headings = unnamed = 0

    def counted() -> Iterator[pl.DataFrame]:
        nonlocal looked_at, headings, unnamed
        for frame in articles:
            looked_at += len(frame)
            headings += int(frame["headings"].list.len().sum())
            unnamed += count_unnamed(frame)
            yield frame

    sample = sample_branch(
        counted(), hierarchy, settings.branch, settings.articles, settings.seed, settings.temperature
    )
    if not looked_at:
        raise EmptyBranchError(
            f"branch {settings.branch}: no article of the sources may be sampled: each lacks an abstract or headings, "
            "is a book, is retracted or is in an evaluation set; harvest other sources"
        )
    if sample.drawn.is_empty():
        older = f" ({unnamed:,} of their {headings:,} headings carry no UI and no name that {hierarchy} has)"
        raise EmptyBranchError(
            f"branch {settings.branch}: none of the {looked_at:,} usable articles carries one of its headings"
            f"{older if unnamed else ''}; harvest other sources or choose another branch"
        )
    label = pl.lit(",".join(settings.tree_numbers)).alias("branch")
    return sample.drawn.select("pmid", "content_hash", label, "stratum", "weight"), sample.shortage


def wanted_samples(samples: pl.DataFrame, settings: SampleSettings, collection: str) -> pl.DataFrame:
    """Add row keys: a sample names one article, and is made from the whole collection (its fingerprint)."""
    named = samples.with_columns(pl.lit(collection).alias("collection"))
    return with_row_key(named, settings.recipe, ["collection", "pmid"])
