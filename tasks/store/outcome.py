"""What computing a batch of rows comes to."""

from dataclasses import dataclass, field

import polars as pl

from tasks.errors import DistilleryError
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


class UnfinishedError(DistilleryError):
    """Computing a batch broke off.

    Attributes:
        finished: what was computed before, to be kept.
        again: whether another try now may get further.
    """

    def __init__(self, reason: str, finished: Outcome | None = None, again: bool = False) -> None:
        super().__init__(reason)
        self.finished, self.again = finished or Outcome(pl.DataFrame()), again


class EndOfRunError(UnfinishedError):
    """A run ends before all is done because its settings say so: no fault, and another try now gets no further.

    The message says what is kept, and how it goes on.
    """


class LaterError(EndOfRunError):
    """A run waits for something that takes long, and need not be there meanwhile: it is to go on ``after`` seconds."""

    def __init__(self, reason: str, finished: Outcome | None = None, after: float = 0.0) -> None:
        super().__init__(reason, finished)
        self.after = after
