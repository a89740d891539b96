"""What the replies about rows come to, until it is kept: columns, or the reason why there are none."""

from dataclasses import dataclass
from typing import Any

import polars as pl

from tasks.logger import logger
from tasks.network.mask import mask
from tasks.serving.asking import Asking, Columns, Row
from tasks.serving.reply import Refusal, Reply, writable
from tasks.serving.request import Request
from tasks.store.outcome import REFUSED_SCHEMA, Outcome
from tasks.store.reference import LlmUsage
from tasks.store.row_key import ROW_KEY

ASKED_AGAIN = 1
"""Times that a row is asked again whose answer is of no use, where another may come."""
LONGEST_TOKEN = 64
"""Characters; the longest tokens of vocabularies, runs of blanks aside, are shorter."""


@dataclass(slots=True)
class AskedRow:
    """A row that is asked about: its columns, what a person would look it up by, and how often it was asked."""

    row: Row
    name: str
    request: Request
    useless: int = 0


class Answered:
    """The rows that were answered or refused and not kept yet.

    Attributes:
        doubtful: rows refused by the server since it last answered anything: they may be at fault, or all of it.
        is_any: whether anything was answered.
        odd: answers with characters that no table can hold.
        uncounted: replies that do not say how many tokens they took.
    """

    def __init__(self, rows: pl.DataFrame, asking: Asking) -> None:
        self._asking, self._schema = asking, schema_of(rows, asking)
        self._finished: list[Columns] = []
        self._refused: list[tuple[str, str, str]] = []
        self._usage = LlmUsage()
        self.doubtful: list[tuple[AskedRow, str]] = []
        self.is_any = False
        self.odd = self.uncounted = 0

    def __len__(self) -> int:
        """Return how many rows are to be kept."""
        return len(self._finished) + len(self._refused)

    def take(self, asked: AskedRow, reply: Reply | Refusal) -> Request | None:
        """Take down what a reply comes to; return the request where another answer may be of use."""
        if isinstance(reply, Refusal):
            self.doubtful.append((asked, reply.reason))
            return None
        self.is_any = True
        self.refuse_doubtful()
        self._count(reply)
        columns = self._read(reply, asked)
        if not isinstance(columns, str):
            kept = {name: asked.row[name] for name in (ROW_KEY, *self._asking.kept)}
            self._finished.append({**kept, **columns})
            return None
        asked.useless += 1
        if asked.useless <= ASKED_AGAIN and (asked.request.is_sampled or not reply.text.strip()):
            return asked.request
        self._refused.append((asked.row[ROW_KEY], asked.name, columns))
        return None

    def refuse_doubtful(self) -> None:
        """Hold the refusals against the rows: the server answers others."""
        for asked, reason in self.doubtful:
            self._refused.append((asked.row[ROW_KEY], asked.name, f"refused by the server: {reason}"))
        self.doubtful = []

    def drain(self) -> Outcome:
        """Return what is to be kept, and forget it."""
        outcome = Outcome(
            pl.DataFrame(self._finished, schema=self._schema),
            pl.DataFrame(self._refused, schema=REFUSED_SCHEMA, orient="row"),
            self._usage,
        )
        self._finished, self._refused, self._usage = [], [], LlmUsage()
        return outcome

    def tell(self) -> None:
        """Log what was odd about the answers."""
        if self.odd:
            logger.warning("%d answers held characters that no text can hold; U+FFFD stands in their place", self.odd)
        if self.uncounted:
            logger.info("%d replies do not say how many tokens they took; they count as 0", self.uncounted)

    def _read(self, reply: Reply, asked: AskedRow) -> Columns | str:
        if len(reply.text) > LONGEST_TOKEN * asked.request.max_tokens:
            return f"the answer has {len(reply.text):,} characters, more than fit into the tokens that were asked for"
        try:
            columns = self._asking.read(reply, asked.row)
        except Exception as error:  # noqa: BLE001 - one odd answer must not cost the others; it is counted
            return mask(f"the answer can not be read ({type(error).__name__}: {error})")
        if isinstance(columns, str):
            return mask(columns)
        clean = {name: writable(value) if isinstance(value, str) else value for name, value in columns.items()}
        self.odd += clean != columns
        return clean

    def _count(self, reply: Reply) -> None:
        self.uncounted += reply.prompt_tokens is None or reply.completion_tokens is None
        self._usage += LlmUsage(
            requests=1, prompt_tokens=reply.prompt_tokens or 0, completion_tokens=reply.completion_tokens or 0
        )


def schema_of(rows: pl.DataFrame, asking: Asking) -> dict[str, Any]:
    """Return the schema of the rows that asking about these makes."""
    kept = {name: rows.schema[name] for name in (ROW_KEY, *asking.kept)}
    return {**kept, **asking.columns}
