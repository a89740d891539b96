"""What computing a batch of rows comes to."""

from dataclasses import dataclass, field

import polars as pl

from tasks.store.reference import LlmUsage
from tasks.store.row_key import ROW_KEY

REFUSED_SCHEMA = {ROW_KEY: pl.String, "key": pl.String, "reason": pl.String}


def none_refused() -> pl.DataFrame:
    """Return an empty frame of refusals."""
    return pl.DataFrame(schema=REFUSED_SCHEMA)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Finished ``rows``, the ``refused`` ones (row_key, key, reason), and what language models were asked for them."""

    rows: pl.DataFrame
    refused: pl.DataFrame = field(default_factory=none_refused)
    usage: LlmUsage = field(default_factory=LlmUsage)
