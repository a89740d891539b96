"""What a stage asks of a language model about each of its rows, and what it makes of a reply."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from tasks.serving.reply import Reply
from tasks.serving.request import Request

Row = dict[str, Any]
Columns = dict[str, Any]

BY_PMID = pl.format("PMID {}", "pmid")


@dataclass(frozen=True, slots=True)
class Asking:
    """A question about each row of a frame.

    Attributes:
        request: what is asked about a row.
        read: turns a reply about a row into its new columns, or into the reason why it has none. The reply comes
            without thoughts, ended where the request says.
        columns: the columns that ``read`` gives, with their types.
        kept: columns of the row that stay, beside its key.
        named: what a person would look a row up by, for the quarantine.
    """

    request: Callable[[Row], Request]
    read: Callable[[Reply, Row], Columns | str]
    columns: dict[str, Any]
    kept: tuple[str, ...]
    named: pl.Expr = field(default_factory=lambda: BY_PMID)
