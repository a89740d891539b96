"""Sample articles of a branch, spread over its hierarchy."""

from typing import Any

import polars as pl
from pydantic import BaseModel, ConfigDict

from mesh.branch import Branch
from mesh.hierarchy import Hierarchy
from mesh.sampler import sample_branch
from mesh.table import SHIPPED_YEAR
from tasks.errors import DistilleryError
from tasks.store.recipe import Recipe
from tasks.store.row_key import with_row_key


class SampleSettings(BaseModel):
    """What to sample: positions of the hierarchy, how many articles, and the seed that decides between equals."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tree_numbers: tuple[str, ...]
    branch_name: str
    articles: int
    seed: int
    temperature: float = 0.5

    @property
    def recipe(self) -> Recipe:
        """The samples recipe; the branch's name is no part of it."""
        parameters: dict[str, Any] = self.model_dump(mode="json", exclude={"branch_name"})
        return Recipe("samples", 1, {**parameters, "mesh": SHIPPED_YEAR})


class EmptyBranchError(DistilleryError):
    """No article of the branch can be sampled; the message counts why."""


def sample_articles(articles: pl.DataFrame, hierarchy: Hierarchy, settings: SampleSettings) -> pl.DataFrame:
    """Return the sampled articles: pmid, content_hash, branch, stratum, weight.

    Args:
        articles: the usable articles: pmid, headings, content_hash.

    Raises:
        EmptyBranchError: none of them carries a heading of the branch.
    """
    branch = Branch(settings.tree_numbers, settings.branch_name)
    drawn = sample_branch(articles, hierarchy, branch, settings.articles, settings.seed, settings.temperature)
    if drawn.is_empty():
        raise EmptyBranchError(
            f"branch {branch}: none of the {len(articles):,} usable articles carries one of its headings; "
            "harvest other sources or choose another branch"
        )
    label = pl.lit(",".join(settings.tree_numbers)).alias("branch")
    return drawn.join(articles.select("pmid", "content_hash"), on="pmid", maintain_order="left").select(
        "pmid", "content_hash", label, "stratum", "weight"
    )


def wanted_samples(samples: pl.DataFrame, settings: SampleSettings, collection: str) -> pl.DataFrame:
    """Add row keys: a sample names one article, and is made from the whole collection (its fingerprint)."""
    named = samples.with_columns(pl.lit(collection).alias("collection"))
    return with_row_key(named, settings.recipe, ["collection", "pmid"])
