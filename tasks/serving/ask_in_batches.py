"""Ask about the rows of a frame in batches that take hours, and find them again whoever asks next.

What is asked stands in a note beside the table, one for each batch, before the batch is begun: a killed run, or another
one, finds it and asks for nothing twice. A note goes when what its batch answered has been kept.
"""

import json
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass

import polars as pl
from upath import UPath

from tasks.logger import logger
from tasks.network.mask import mask
from tasks.serving.answered import Answered, AskedRow
from tasks.serving.asking import Asking
from tasks.serving.batch_api import Batch, BatchApi
from tasks.serving.endpoint import Endpoint, EndpointError, how_to_authorise
from tasks.serving.faults import OF_THE_CONFIGURATION, OF_THE_REQUEST
from tasks.serving.reply import NoReplyError, Refusal, Reply, finished, read_reply
from tasks.serving.request import Request
from tasks.serving.spending import usage_of
from tasks.store.atomic import entries, remove, write_text
from tasks.store.outcome import Outcome
from tasks.store.reference import LlmUsage
from tasks.store.row_key import ROW_KEY

MOST_REQUESTS, MOST_BYTES = 50_000, 200_000_000
"""Of one file."""
TRIES = 3
"""Batches that a row may fail in before it is taken to be at fault."""

Keep = Callable[[Outcome], None]
Missing = Callable[[list[str]], set[str]]
Wait = Callable[[str], None]
"""Waits a while, having said how far the batches are; or ends the run, to be gone on with later."""


@dataclass(frozen=True, slots=True)
class Note:
    """What was asked in a batch: its rows; ``batch`` is None until the provider has named it."""

    mark: str
    keys: list[str]
    batch: str | None = None


def ask_in_batches(
    rows: pl.DataFrame, asking: Asking, endpoint: Endpoint, keep: Keep, folder: UPath, wait: Wait, missing: Missing
) -> None:
    """Ask about every row, and have the answers kept when a batch of them is done.

    Rows that stand in a batch under way, whoever began it, are waited for. A row that its batch left without an answer
    stands in the next one; one that fails in ``TRIES`` of them is refused. A batch is no larger than a limit of the
    run's spending lets its longest answers be.

    Args:
        rows: row_key and what ``asking`` reads.
        keep: is given the rows of a batch.
        folder: of the notes, beside the table.
        missing: tells which of some keys neither stand in the table nor are refused by now.

    Raises:
        EndpointError: the server refuses batches, or has cancelled or refused this one; what it answered is kept.
        LimitReachedError: the run has spent what it may.
    """
    with BatchApi(endpoint) as api:
        _Batches(rows, asking, endpoint, keep, folder, api).go_on(wait, missing)


class _Batches:
    """The rows that are still to be answered, and the batches that they stand in."""

    def __init__(
        self, rows: pl.DataFrame, asking: Asking, endpoint: Endpoint, keep: Keep, folder: UPath, api: BatchApi
    ) -> None:
        self._endpoint, self._keep, self._folder, self._api = endpoint, keep, folder, api
        self._answered = Answered(rows, asking)
        names = rows.select(name=asking.named)["name"]
        self._left = {
            row[ROW_KEY]: AskedRow(row, name, asking.request(row))
            for row, name in zip(rows.iter_rows(named=True), names, strict=True)
        }
        self._failures: dict[str, int] = {}

    def go_on(self, wait: Wait, missing: Missing) -> None:
        """Begin, wait and read until every row is answered or refused."""
        while self._left:
            under_way = [found for note in self._notes() if (found := self._look(note)) is not None]
            waiting = {key for note, _ in under_way for key in note.keys}
            kept = self._left.keys() - missing([key for key in self._left if key not in waiting]) - waiting
            self._left = {key: asked for key, asked in self._left.items() if key not in kept}  # another run kept them
            if not self._begin([key for key in self._left if key not in waiting], waiting) and under_way:
                wait(_told([batch for _, batch in under_way]))
        self._answered.tell()

    def _notes(self) -> list[Note]:
        """Return the notes about batches that any of the rows stand in."""
        notes = [_read(path) for path in entries(self._folder) if path.suffix == ".json"]
        return [note for note in notes if note is not None and not self._left.keys().isdisjoint(note.keys)]

    def _look(self, note: Note) -> tuple[Note, Batch] | None:
        """Return a batch that is under way; keep what one that is done answered, and forget it."""
        batch = self._api.look(note.batch) if note.batch is not None else self._send(note)
        if batch is not None and not batch.is_final:
            return note, batch
        if batch is not None:
            self._take(note, batch)
        with suppress(FileNotFoundError):  # another run took it, too
            remove(self._path(note))
        if batch is None:
            logger.warning("%s knows no batch %s any more; its rows are asked anew", self._endpoint.where, note.batch)
        elif batch.status in ("failed", "cancelled"):
            problem = f": {batch.problem}" if batch.problem else ""
            raise EndpointError(
                f"batch {mask(batch.id)} of {self._endpoint.where} {_words(batch.status)}{problem}; what it answered "
                "is kept, and the same command asks for the rest in another"
            )
        return None

    def _begin(self, keys: list[str], waiting: set[str]) -> bool:
        """Begin batches of rows, as far as they can be paid for; return whether any was begun.

        Raises:
            LimitReachedError: nothing more may be spent, and no batch is under way that would be waited for.
        """
        spending = self._endpoint.spending
        if keys and not waiting:
            spending.check()
        paid = self._paid(keys, waiting & self._left.keys())
        for part in _parts((key, self._line(key)) for key in paid):
            note = Note(uuid.uuid4().hex, part)
            self._write(note)
            self._send(note)
        return bool(paid)

    def _paid(self, keys: list[str], waiting: set[str]) -> list[str]:
        """Return the keys whose longest answers a limit leaves room for; one, where none is and none is waited for."""
        spending, paid = self._endpoint.spending, list[str]()
        if not spending.limits.are_set:
            return keys
        most = sum((self._most(key) for key in waiting), spending.used)
        for key in keys:
            most += self._most(key)
            if spending.limits.share(most) > 1:
                break
            paid.append(key)
        return paid or ([] if waiting else keys[:1])

    def _most(self, key: str) -> LlmUsage:
        request = self._endpoint.asked(self._left[key].request)
        nothing = usage_of(request, Reply("", "stop", None, 0))
        return nothing.model_copy(update={"completion_tokens": request.max_tokens + request.thinking_tokens})

    def _send(self, note: Note) -> Batch | None:
        """Begin the batch of a note, or find the one that was begun; None where none of its rows is left."""
        keys = [key for key in note.keys if key in self._left]
        if not keys:
            return None
        file = self._api.upload(b"".join(self._line(key) for key in keys))
        batch = self._api.create(file, note.mark)
        self._write(Note(note.mark, note.keys, batch.id))
        logger.info("%s: %s rows are asked in batch %s", self._endpoint.where, f"{len(keys):,}", mask(batch.id))
        return batch

    def _line(self, key: str) -> bytes:
        """Return the request about a row as a line of a file."""
        body = self._endpoint.body(self._left[key].request)
        line = {"custom_id": key, "method": "POST", "url": f"/v1{self._endpoint.path()}", "body": body}
        return json.dumps(line).encode() + b"\n"

    def _take(self, note: Note, batch: Batch) -> None:
        """Take down and keep what a batch came to."""
        named, unknown = set(note.keys), 0
        for file in batch.files:
            for answer in self._api.answers(file):
                key = answer.get("custom_id")
                if key not in named:
                    unknown += 1
                elif key in self._left:
                    self._take_answer(str(key), answer)
        if unknown:
            logger.warning("batch %s answered %d requests that nobody asked; passed over", mask(batch.id), unknown)
        doubtful = self._answered.doubtful
        if len(doubtful) == len(note.keys) > 1 and not self._answered.is_any:
            reason, self._answered.doubtful = doubtful[0][1], []
            with suppress(FileNotFoundError):
                remove(self._path(note))
            raise EndpointError(f"{self._endpoint.where} refused all {len(note.keys):,} requests of a batch: {reason}")
        self._answered.refuse_doubtful()
        outcome = self._answered.drain()
        if len(outcome.rows) or len(outcome.refused) or outcome.usage.requests:
            self._keep(outcome)

    def _take_answer(self, key: str, answer: dict[str, object]) -> None:
        asked = self._left[key]
        reply = _reply(answer, self._endpoint)
        if isinstance(reply, str):
            self._failures[key] = self._failures.get(key, 0) + 1
            if self._failures[key] < TRIES:
                return
            reply = Refusal(f"failed in {TRIES} batches, at last with: {reply}")
        if isinstance(reply, Reply):
            request = self._endpoint.asked(asked.request)
            self._endpoint.spending.count(request, reply)
            reply = finished(reply, request)
        again: Request | None = self._answered.take(asked, reply)
        if again is None:
            del self._left[key]

    def _write(self, note: Note) -> None:
        write_text(self._path(note), json.dumps(asdict(note)))

    def _path(self, note: Note) -> UPath:
        return self._folder / f"{note.mark}.json"


def _read(path: UPath) -> Note | None:
    try:
        return Note(**json.loads(path.read_text()))
    except (OSError, ValueError, TypeError):
        logger.warning("%s can not be read; it is passed over", path)
        return None


def _parts(lines: Iterable[tuple[str, bytes]]) -> Iterator[list[str]]:
    """Yield the keys of lines that fit into one file."""
    part: list[str] = []
    size = 0
    for key, line in lines:
        if part and (len(part) == MOST_REQUESTS or size + len(line) > MOST_BYTES):
            yield part
            part, size = [], 0
        part.append(key)
        size += len(line)
    if part:
        yield part


def _reply(answer: dict[str, object], endpoint: Endpoint) -> Reply | Refusal | str:
    """Return what a line of a file of answers says; of what may be otherwise next time, the reason.

    Raises:
        EndpointError: of the configuration.
    """
    response = answer.get("response")
    error = answer.get("error")
    if not isinstance(response, dict) or not isinstance(response.get("status_code"), int):
        return mask(error.get("message") or error.get("code")) if isinstance(error, dict) else "no answer"
    status, body = response["status_code"], response.get("body")
    if 200 <= status < 300:
        try:
            return read_reply(body)
        except NoReplyError as none:
            return f"it answered with {none}"
    problem = body.get("error") if isinstance(body, dict) else None
    words = mask(problem.get("message")) if isinstance(problem, dict) else "without a word"
    if status in OF_THE_CONFIGURATION:
        raise EndpointError(
            f"{endpoint.where} answered HTTP {status}: {words}{how_to_authorise(status, endpoint.key_from)}"
        )
    said = f"HTTP {status}: {words}"
    return Refusal(said) if status in OF_THE_REQUEST or status in (403, 404) else said


def _words(status: str) -> str:
    return "was cancelled" if status == "cancelled" else "was refused as a whole"


def _told(batches: list[Batch]) -> str:
    """Return how far batches are."""
    done, total = (sum(getattr(batch, name) for batch in batches) for name in ("done", "total"))
    listed = ", ".join(f"{mask(batch.id)} ({batch.status})" for batch in batches)
    return f"{done:,} of {total:,} answered in {listed}"
