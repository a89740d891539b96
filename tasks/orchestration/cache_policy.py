"""When Prefect may answer a stage from its cache: same recipe, same input rows, same root.

Prefect's own policies hash argument values, which is slow and unstable for frames and graphs and blind to what a
function calls. Here every argument has to say what it stands for, and one that can not is a mistake, not a guess.
"""

from dataclasses import dataclass
from typing import Any

from prefect.cache_policies import CachePolicy
from prefect.context import TaskRunContext

from tasks.store.recipe import Recipe, digest


def cache_identity(argument: object) -> Any:  # noqa: ANN401 - any JSON value
    """Return, as JSON, what an argument contributes to a stage's cache key.

    Plain values stand for themselves, settings for the recipe that they carry, and anything else for the
    ``cache_identity`` that its class declares (None where it can not change a row).

    Raises:
        TypeError: this kind of argument has none of these.
    """
    recipe = getattr(argument, "recipe", None)
    if isinstance(recipe, Recipe):
        return recipe.digest
    if argument is None or isinstance(argument, str | int | float):
        return argument
    if isinstance(argument, list | tuple):
        return [cache_identity(item) for item in argument]
    if hasattr(argument, "cache_identity"):
        return argument.cache_identity
    raise TypeError(f"a stage was given {type(argument).__name__}, which has no cache identity; give it a recipe")


def stage_key(stage: str, recipe: Recipe | None, arguments: dict[str, Any]) -> str:
    """Return the cache key of a stage that fills ``recipe``'s table, called with ``arguments``."""
    described = {name: cache_identity(value) for name, value in sorted(arguments.items())}
    return f"{stage}-{digest([None if recipe is None else recipe.digest, described])}"


@dataclass
class RecipeCachePolicy(CachePolicy):
    """The key is the stage, its recipe where that is always the same one, and what each argument stands for."""

    recipe: Recipe | None = None

    def compute_key(
        self,
        task_ctx: TaskRunContext,
        inputs: dict[str, Any],
        flow_parameters: dict[str, Any],
        **_kwargs: Any,  # noqa: ANN401
    ) -> str | None:
        """Return the key; see ``cache_identity``."""
        return stage_key(task_ctx.task.name, self.recipe, inputs["arguments"])
