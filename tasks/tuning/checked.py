"""What the three kinds of training rows have in common: a content hash, refusals by reason, one order."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from tasks.store.outcome import REFUSED_SCHEMA, Outcome
from tasks.store.recipe import digest
from tasks.store.row_key import ROW_KEY

CONTENT = "content"
DUPLICATE = "the same as another row"


def with_content(rows: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    """Add ``content``, the hash of what the model is shown, and sort by it: the order of rows in is of no account."""
    hashes = [digest(values) for values in rows.select(columns).iter_rows()]
    return rows.with_columns(pl.Series(CONTENT, hashes, dtype=pl.String)).sort(CONTENT, ROW_KEY)


def sort_out(rows: pl.DataFrame, reasons: Sequence[str | None], columns: Sequence[str]) -> Outcome:
    """Return the rows without a reason against them (``columns``), and the others with theirs.

    All but the first of rows that are the same are refused as well. Rows of evaluation articles are no matter of this
    place: see ``tasks.tuning.leaks``.

    Args:
        rows: row_key, pmid, content and ``columns``; sorted by content.
        reasons: why each row is refused, None where it is not.
    """
    judged = rows.with_columns(pl.Series("reason", reasons, dtype=pl.String))
    repeated = pl.col("reason").is_null() & ~pl.col(CONTENT).is_first_distinct()
    judged = judged.with_columns(
        pl.when(repeated).then(pl.lit(DUPLICATE)).otherwise("reason").alias("reason"),
        pl.format("PMID {}", "pmid").alias("key"),
    )
    refused = judged.filter(pl.col("reason").is_not_null()).select(list(REFUSED_SCHEMA))
    accepted = judged.filter(pl.col("reason").is_null()).select(ROW_KEY, "pmid", CONTENT, *columns)
    return Outcome(accepted, refused)


def counted(refused: pl.DataFrame) -> dict[str, int]:
    """Return how many rows were refused for each reason, by reason."""
    counts: dict[str, Any] = dict(refused.group_by("reason").len().sort("reason").iter_rows())
    return counts
