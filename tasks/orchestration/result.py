"""What a stage comes to: the reference to its rows, or that too few of them came to anything."""

from collections import Counter

import polars as pl

from tasks.errors import DistilleryError
from tasks.store.reference import LlmUsage, StageResult
from tasks.store.row_key import ROW_KEY
from tasks.store.store import Store
from tasks.store.table import Table


class LowYieldError(DistilleryError):
    """Too few rows of a stage came to anything; the message counts the reasons."""


def stage_result(
    store: Store,
    table: Table,
    wanted: pl.DataFrame,
    missing: pl.DataFrame,
    usage: LlmUsage,
    waited: float = 0.0,
    *,
    label: str,
    lowest_yield: float,
    advice: str = "have them asked for again with --retry",
) -> StageResult:
    """Return the reference to the wanted rows that stand by now, and how they came about.

    Args:
        missing: those of the wanted rows that did not stand before.
        usage: what models were asked for them.
        waited: seconds in which nothing was at work on them.
        lowest_yield: share of the wanted rows that must stand.
        advice: what comes next, where too few stand.

    Raises:
        LowYieldError: fewer do.
    """
    refused = table.refused(wanted[ROW_KEY])
    keys = wanted.join(refused, on=ROW_KEY, how="anti")[ROW_KEY]
    reasons = Counter(refused["reason"].to_list())
    if len(keys) < lowest_yield * len(wanted):
        counted = "; ".join(f"{count} {reason}" for reason, count in reasons.most_common(3))
        raise LowYieldError(
            f"{label}: {len(keys)} of {len(wanted)} rows came to anything, expected at least "
            f"{lowest_yield:.0%} ({counted}); look at them with `distillery quarantine --stage {table.recipe.stage}`; "
            f"{advice}"
        )
    computed = len(missing.join(refused, on=ROW_KEY, how="anti"))
    return StageResult(
        stage=table.recipe.stage,
        ref=store.select(table, keys),
        computed=computed,
        reused=len(keys) - computed,
        dropped=len(refused),
        reasons=dict(reasons),
        usage=usage,
        seconds=waited,
    )
