"""Recipes: how the rows of a table are made."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from upath import UPath

from tasks.errors import DistilleryError

DIGEST_LENGTH = 16


class DamagedRecipeError(DistilleryError):
    """A table's description can not be read."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """A stage, its version, the parameters that can change a row and the recipes it builds on.

    ``reads`` names only recipes whose method a row depends on beyond what its key captures: contexts build on
    the encoder's recipe, because a key holds the articles searched but not how they were embedded.
    """

    stage: str
    version: int
    parameters: Mapping[str, Any] = field(default_factory=dict)
    reads: tuple["Recipe", ...] = ()

    def describe(self) -> dict[str, Any]:
        """Return the recipe as JSON values; what the digest is taken of."""
        return {
            "stage": self.stage,
            "version": self.version,
            "parameters": dict(self.parameters),
            "reads": [recipe.describe() for recipe in self.reads],
        }

    def to_json(self) -> str:
        """Return what ``recipe.json`` holds."""
        return json.dumps(self.describe(), indent=2, ensure_ascii=False)

    @property
    def digest(self) -> str:
        """The sixteen hexadecimal digits that name the recipe."""
        return digest(self.describe())

    @property
    def table(self) -> str:
        """The table's folder below the root: ``questions/3f9a…``."""
        return f"{self.stage}/{self.digest}"


def digest(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return a stable hash of a JSON value: keys sorted, no spaces, SHA-256, sixteen hexadecimal digits."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:DIGEST_LENGTH]


def read_recipe(path: UPath) -> Recipe:
    """Return the recipe that a ``recipe.json`` describes.

    Raises:
        DamagedRecipeError: it is not there, or describes none.
    """
    try:
        return _recipe(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise DamagedRecipeError(f"{path} describes no recipe ({type(error).__name__}: {error})") from error


def _recipe(described: dict[str, Any]) -> Recipe:
    recipe = Recipe(
        described["stage"],
        described["version"],
        dict(described["parameters"]),
        tuple(_recipe(read) for read in described["reads"]),
    )
    if recipe.describe() != described:
        raise ValueError("it says more than a recipe does")
    return recipe
