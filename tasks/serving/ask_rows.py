"""Ask a server about every row of a frame, and have the answers kept as they come."""

import asyncio
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context

import polars as pl

from tasks.serving.answered import Answered, AskedRow, schema_of
from tasks.serving.asking import Asking
from tasks.serving.complete import BrokenOffError, Dialogue
from tasks.serving.endpoint import Endpoint, EndpointError
from tasks.serving.pool import Pool
from tasks.serving.reply import Refusal
from tasks.serving.request import Request
from tasks.stopping import Halt, halted_by
from tasks.store.outcome import REFUSED_SCHEMA, Outcome, UnfinishedError
from tasks.store.reference import LlmUsage
from tasks.store.row_key import ROW_KEY

SLICE_ROWS = 256
KEPT_ROWS, KEPT_EVERY, TICK = 512, 2.0, 0.1
"""What was answered is kept when it is so many rows, or after so many seconds; one looks so often."""
REFUSED_IN_A_ROW = 32
"""Refusals after which a greeting tells whether they are of the rows."""

Keep = Callable[[Outcome], None]


class UnansweredError(EndpointError, UnfinishedError):
    """The servers failed for good before all rows were answered; ``finished`` holds what ``ask_rows`` had by then."""


def ask_rows(rows: pl.DataFrame, asking: Asking, endpoint: Endpoint) -> Outcome:
    """Return what the replies come to, one request per row, in the order of the rows; see ``ask_each``.

    Raises:
        UnansweredError: as ``ask_each`` does; it carries what was answered.
    """
    kept: list[Outcome] = []
    try:
        ask_each(rows, asking, endpoint, kept.append)
    except UnansweredError as error:
        raise UnansweredError(str(error), _joined(rows, asking, kept), error.again) from None
    return _joined(rows, asking, kept)


def ask_each(rows: pl.DataFrame, asking: Asking, endpoint: Endpoint, keep: Keep) -> None:
    """Ask about every row, and have what the replies come to kept as they come.

    An answer of no use is asked for again, where it was sampled or is empty. Characters that no table can hold are
    replaced, and counted in the log. Rows whose requests are refused one after another are kept only when something
    else is answered: a server that refuses everything is no matter of a record.

    Args:
        rows: row_key and what ``asking`` reads.
        keep: is given rows as soon as they are some, each once, from another thread.

    Raises:
        UnansweredError: the servers failed for good, or refused every request, or the run was asked to stop.
    """
    halt = Halt()
    # In a thread, since a signal ends what the main thread does where it stands; this one heeds the stop instead.
    with halted_by(halt), ThreadPoolExecutor(1, thread_name_prefix="asking") as pool:
        conversation = _Conversation(rows, asking, endpoint, keep)
        future = pool.submit(copy_context().run, asyncio.run, conversation.go_on())
        try:
            future.result()
        except BaseException:
            halt.set()
            raise


class _Conversation:
    """The conversation with the servers about rows."""

    def __init__(self, rows: pl.DataFrame, asking: Asking, endpoint: Endpoint, keep: Keep) -> None:
        self._rows, self._asking, self._endpoint, self._keep = rows, asking, endpoint, keep
        self._answered = Answered(rows, asking)
        self._kept_at = time.monotonic()
        self._ended = asyncio.Event()

    async def go_on(self) -> None:
        """Ask about every row; see ``ask_each``."""
        failure: EndpointError | None = None
        async with Pool(self._endpoint) as pool:
            dialogue = Dialogue(pool, self._answered.take)
            keeping = asyncio.create_task(self._keep_now_and_then(pool, dialogue))
            try:
                await dialogue.go_on(self._requests())
                await self._clear_doubts(pool, dialogue, at_the_end=True)
            except EndpointError as error:
                failure = error
                if self._answered.is_any:
                    self._answered.refuse_doubtful()
            finally:
                self._ended.set()
                await keeping  # raises what kept it from keeping
                await self._keep_answered()
                self._answered.tell()
        if failure is not None:
            raise UnansweredError(str(failure), again=isinstance(failure, BrokenOffError) and failure.again)

    def _requests(self) -> Iterator[tuple[AskedRow, Request]]:
        for part in self._rows.iter_slices(SLICE_ROWS):
            names = part.select(name=self._asking.named)["name"]
            for row, name in zip(part.iter_rows(named=True), names, strict=True):
                request = self._asking.request(row)
                yield AskedRow(row, name, request), request

    async def _keep_now_and_then(self, pool: Pool, dialogue: Dialogue[AskedRow]) -> None:
        try:
            while not self._ended.is_set():
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._ended.wait(), TICK)
                if self._is_in_doubt():
                    await self._clear_doubts(pool, dialogue)
                count = len(self._answered)
                if count >= KEPT_ROWS or (count and time.monotonic() - self._kept_at >= KEPT_EVERY):
                    await self._keep_answered()
        except EndpointError as error:
            pool.give_up(error)
        except BaseException:
            pool.give_up(EndpointError("what was answered can not be kept"))
            raise

    async def _keep_answered(self) -> None:
        self._kept_at = time.monotonic()
        outcome = self._answered.drain()
        if len(outcome.rows) or len(outcome.refused) or outcome.usage.requests:
            await asyncio.to_thread(self._keep, outcome)

    def _is_in_doubt(self) -> bool:
        return len(self._answered.doubtful) >= REFUSED_IN_A_ROW

    async def _clear_doubts(self, pool: Pool, dialogue: Dialogue[AskedRow], at_the_end: bool = False) -> None:
        """Tell refusals of rows from those of a server that refuses everything: by asking one that says nothing.

        Raises:
            EndpointError: the server refuses everything, or failed for good.
        """
        answered = self._answered
        is_all = at_the_end and len(answered.doubtful) > 1 and not answered.is_any
        if not (is_all or self._is_in_doubt()):
            if at_the_end:
                answered.refuse_doubtful()
            return
        first, reason = answered.doubtful[0]
        blank = [{**message, "content": "Hello"} for message in first.request.conversation]
        reply = await dialogue.ask(first.request.with_turns(blank))
        if isinstance(reply, Refusal) and answered.doubtful:  # nothing was answered meanwhile
            count, answered.doubtful = len(answered.doubtful), []
            raise EndpointError(f"{pool.where} refused all of {count:,} requests in a row, and a greeting: {reason}")
        answered.refuse_doubtful()


def _joined(rows: pl.DataFrame, asking: Asking, kept: list[Outcome]) -> Outcome:
    order = rows.select(ROW_KEY)
    answered = pl.concat([pl.DataFrame(schema=schema_of(rows, asking)), *(each.rows for each in kept)])
    refused = pl.concat([pl.DataFrame(schema=REFUSED_SCHEMA), *(each.refused for each in kept)])
    return Outcome(
        order.join(answered, on=ROW_KEY, maintain_order="left"),
        order.join(refused, on=ROW_KEY, maintain_order="left"),
        sum((each.usage for each in kept), LlmUsage()),
    )
