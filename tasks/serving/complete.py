"""Ask the servers of a model a great many things, so that they stay full, and outlast their faults."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Generic, TypeVar

from tasks.serving.attempts import Attempts
from tasks.serving.endpoint import Endpoint, EndpointError
from tasks.serving.in_flight import MOST
from tasks.serving.pool import Pool
from tasks.serving.replica import Replica
from tasks.serving.reply import Refusal, Reply
from tasks.serving.request import Request
from tasks.stopping import stop_is_due, stop_requested

Key = TypeVar("Key")
Take = Callable[[Key, Reply | Refusal], Request | None]
"""What becomes of a reply; returns a request where another is to be asked in its place."""

GRACE_SECONDS = 10.0
"""For the replies under way when the servers fail for good."""
LOOK_SECONDS = 0.2
"""Between looks whether the run is asked to stop."""
STOPPED = "the run was asked to stop; what was answered before is kept"


class BrokenOffError(EndpointError):
    """The servers failed for good, or the run was asked to stop.

    Attributes:
        again: whether a server comes back when it is asked for anew.
        replies: those that came to ``complete`` before, None where none did.
    """

    def __init__(self, reason: str, again: bool = False) -> None:
        super().__init__(reason)
        self.again = again
        self.replies: list[Reply | Refusal | None] = []


class Dialogue(Generic[Key]):
    """Asks requests as there is room for them at the servers, and hands on each reply as it comes."""

    def __init__(self, pool: Pool, take: Take[Key]) -> None:
        self._pool, self._take = pool, take
        self._under_way: set[asyncio.Task[None]] = set()
        self._bug: BaseException | None = None

    async def go_on(self, requests: Iterable[tuple[Key, Request]]) -> None:
        """Ask everything; a request is taken from ``requests`` when there is room for it.

        Raises:
            BrokenOffError: the servers failed for good, or the run was asked to stop.
        """
        heed = asyncio.create_task(self._heed_stop())
        try:
            is_whole = await self._ask_all(requests)
            while self._under_way and not self._pool.over.is_set():
                self._pool.changed.clear()
                await self._pool.changed.wait()
        finally:
            heed.cancel()
            await self._leave()
        if self._bug is not None:
            raise self._bug
        if self._pool.failure is not None or not is_whole:
            again = self._pool.endpoint.has_ended() and not stop_requested()
            raise BrokenOffError(str(self._pool.failure or STOPPED), again)

    async def ask(self, request: Request) -> Reply | Refusal:
        """Ask one thing beside the others.

        Raises:
            EndpointError: the servers failed for good.
        """
        return await Attempts(self._pool, request).outcome(await self._pool.acquire())

    async def _ask_all(self, requests: Iterable[tuple[Key, Request]]) -> bool:
        """Return whether every request was begun."""
        pool = self._pool
        for key, request in requests:
            # Those that wait to be asked again leave room for others, but not for any number of them.
            while not stop_requested() and (len(self._under_way) >= 2 * pool.limit or pool.free() is None):
                try:
                    await pool.change()
                except EndpointError:
                    return False
            replica = pool.free()
            if replica is None or pool.failure is not None or stop_requested():
                return False
            task = asyncio.create_task(self._see_through(key, request, pool.take(replica)))
            self._under_way.add(task)
            task.add_done_callback(self._end)
        return True

    async def _see_through(self, key: Key, request: Request | None, replica: Replica) -> None:
        try:
            while request is not None:
                outcome = await Attempts(self._pool, request).outcome(replica)
                request = self._take(key, outcome)
                if request is not None:
                    replica = await self._pool.acquire()
        except EndpointError as error:
            self._pool.give_up(error)

    def _end(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self._pool.changed.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            self._bug = error
            self._pool.give_up(EndpointError(f"asking failed ({type(error).__name__})"))

    async def _heed_stop(self) -> None:
        """Have waiting looked at again, and leave what is still under way when a stop is due."""
        while not stop_is_due():
            await asyncio.sleep(LOOK_SECONDS)
            self._pool.changed.set()
        self._pool.give_up(EndpointError(STOPPED))

    async def _leave(self) -> None:
        """Give what is under way a while to end; it has ended where nothing went wrong."""
        if not self._under_way:
            return
        left = set(self._under_way)
        await asyncio.wait(left, timeout=0.0 if stop_is_due() else GRACE_SECONDS)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)


def complete(endpoint: Endpoint, requests: Sequence[Request], in_flight: int = MOST) -> list[Reply | Refusal]:
    """Return the reply to every request, in their order.

    Raises:
        BrokenOffError: the servers refuse every request, or did not answer for as long as the settings allow; or the
            run was asked to stop.
    """
    replies: list[Reply | Refusal | None] = [None] * len(requests)

    async def ask() -> None:
        async with Pool(endpoint, in_flight) as pool:
            await Dialogue(pool, replies.__setitem__).go_on(enumerate(requests))

    try:
        asyncio.run(ask())
    except BrokenOffError as error:
        error.replies = replies
        raise
    return [reply for reply in replies if reply is not None]
