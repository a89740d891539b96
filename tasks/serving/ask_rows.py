"""Ask a server about every row of a frame and sort the replies into rows and refusals."""

from collections.abc import Sequence

import polars as pl

from tasks.logger import logger
from tasks.network.mask import mask
from tasks.serving.asking import Asking, Columns
from tasks.serving.complete import BrokenOffError, complete
from tasks.serving.endpoint import Endpoint, EndpointError
from tasks.serving.reply import Refusal, Reply, writable
from tasks.serving.request import Request
from tasks.serving.spending import usage_of
from tasks.store.outcome import REFUSED_SCHEMA, Outcome, UnfinishedError
from tasks.store.reference import LlmUsage
from tasks.store.row_key import ROW_KEY

ASKED_AGAIN = 1
"""Times that a row is asked again whose answer is of no use, where another may come."""
LONGEST_TOKEN = 64
"""Characters; the longest tokens of vocabularies, runs of blanks aside, are shorter."""


class UnansweredError(EndpointError, UnfinishedError):
    """The server failed for good before all rows of a batch were answered; ``finished`` holds the others."""


def ask_rows(rows: pl.DataFrame, asking: Asking, endpoint: Endpoint) -> Outcome:
    """Return what the replies come to, one request per row.

    An answer of no use is asked for again, where it was sampled or is empty. Characters that no table can hold are
    replaced, and counted in the log.

    Args:
        rows: row_key and what ``asking`` reads.

    Raises:
        UnansweredError: the server failed for good, or refused every request, which is no matter of a record; it
            carries what was answered.
        LimitReachedError: the run has spent what it may; it carries what was answered, too.
    """
    asked = _Asked(rows, asking, endpoint)
    failure = asked.ask()
    if failure is None and asked.anything_is_refused():
        failure = BrokenOffError(
            f"the server at {mask(endpoint.url)} refused all {len(rows)} requests of a batch: {asked.last_refusal}"
        )
        asked.results = [None] * len(rows)
    outcome = _outcome(rows, asked, asking)
    if failure is not None and failure.end is not None:
        raise endpoint.spending.end(outcome)
    if failure is not None:
        raise UnansweredError(str(failure), outcome, failure.again)
    return outcome


class _Asked:
    """The requests of a batch, and what each has come to so far: columns, a reason why there are none, or nothing."""

    def __init__(self, rows: pl.DataFrame, asking: Asking, endpoint: Endpoint) -> None:
        self.rows, self.asking, self.endpoint = rows.to_dicts(), asking, endpoint
        self.requests = [asking.request(row) for row in self.rows]
        self.results: list[Columns | str | None] = [None] * len(rows)
        self.usage = LlmUsage()
        self.last_refusal = ""
        self._refused = 0
        self._odd = 0

    def ask(self) -> BrokenOffError | None:
        """Ask everything, and again what deserves it; return the fault that ended it early."""
        places = list(range(len(self.requests)))
        for _ in range(1 + ASKED_AGAIN):
            try:
                replies: Sequence[Reply | Refusal | None]
                replies, failure = complete(self.endpoint, [self.requests[place] for place in places]), None
            except BrokenOffError as error:
                replies, failure = error.replies, error
            places = [place for place, reply in zip(places, replies, strict=True) if reply and self._take(place, reply)]
            if failure is not None:
                for place in places:  # another answer may come in the next run
                    self.results[place] = None
            if failure is not None or not places:
                break
        self._tell()
        return failure

    def anything_is_refused(self) -> bool:
        """Return whether no request of several was taken, and neither is one that says nothing: it is not for that."""
        if not self._refused == len(self.requests) > 1:
            return False
        first = self.requests[0]
        blank = first.with_turns([{**message, "content": "Hello"} for message in first.conversation])
        try:
            return isinstance(complete(self.endpoint, [blank])[0], Refusal)
        except BrokenOffError:
            return True

    def _take(self, place: int, reply: Reply | Refusal) -> bool:
        """Take down what a reply comes to; return whether to ask for another."""
        if isinstance(reply, Refusal):
            self._refused, self.last_refusal = self._refused + 1, reply.reason
            self.results[place] = f"refused by the server: {reply.reason}"
            return False
        request = self.requests[place]
        self.usage += usage_of(request, reply)
        result = self._read(reply, request, place)
        self.results[place] = result
        return isinstance(result, str) and (request.is_sampled or not reply.text.strip())

    def _read(self, reply: Reply, request: Request, place: int) -> Columns | str:
        if len(reply.text) > LONGEST_TOKEN * request.max_tokens:
            return f"the answer has {len(reply.text):,} characters, more than fit into the tokens that were asked for"
        columns = self.asking.read(reply, self.rows[place])
        if isinstance(columns, str):
            return mask(columns)
        clean = {name: writable(value) if isinstance(value, str) else value for name, value in columns.items()}
        self._odd += clean != columns
        return clean

    def _tell(self) -> None:
        if self._odd:
            logger.warning("%d answers held characters that no text can hold; U+FFFD stands in their place", self._odd)


def _outcome(rows: pl.DataFrame, asked: _Asked, asking: Asking) -> Outcome:
    finished: list[Columns] = []
    refused: list[tuple[str, str, str]] = []
    for (key, name), result in zip(rows.select(ROW_KEY, name=asking.named).iter_rows(), asked.results, strict=True):
        if isinstance(result, str):
            refused.append((key, name, result))
        elif result is not None:
            finished.append({ROW_KEY: key, **result})
    answered = pl.DataFrame(finished, schema={ROW_KEY: pl.String, **asking.columns})
    return Outcome(
        rows.select(ROW_KEY, *asking.kept).join(answered, on=ROW_KEY, maintain_order="left"),
        pl.DataFrame(refused, schema=REFUSED_SCHEMA, orient="row"),
        asked.usage,
    )
