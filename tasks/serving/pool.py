"""The servers of a model while a conversation with them lasts: whose turn it is, and whether they failed for good."""

import asyncio
import random
import resource
import time
from contextlib import AbstractAsyncContextManager, suppress
from types import TracebackType
from typing import Self

from tasks.logger import logger
from tasks.serving.endpoint import Endpoint, EndpointError
from tasks.serving.faults import PassingFaultError
from tasks.serving.in_flight import MOST, InFlight
from tasks.serving.replica import COMFORTABLE, Replica
from tasks.serving.request import Request
from tasks.settings import settings

OTHER_FILES = 256
"""That a process may have open beside its connections."""
MOST_DOUBLINGS = 10
TOLD_EVERY = 30.0
"""Seconds."""
GREETING = Request([{"role": "user", "content": "Hello"}], max_tokens=1)


class Pool(AbstractAsyncContextManager["Pool"]):
    """The servers, and what is known of all of them.

    Attributes:
        known_good: a request that passed, or a greeting.
        over: set when no more is to be asked; ``failure`` says why.
        changed: set when there may be room that there was not.
    """

    def __init__(self, endpoint: Endpoint, most_in_flight: int = MOST) -> None:
        self.endpoint, self.settings = endpoint, settings()
        self.known_good = GREETING
        self.failure: EndpointError | None = None
        self.over, self.changed = asyncio.Event(), asyncio.Event()
        self._told = -float("inf")
        endpoints = {each.api: each for each in (endpoint, *endpoint.replicas)}.values()
        most = min(most_in_flight, max(1, connections() // len(endpoints)))
        comfortable, retry_seconds = COMFORTABLE * self.settings.reply_seconds, self.settings.retry_seconds
        self.replicas = [Replica(each, InFlight(most, comfortable), retry_seconds) for each in endpoints]
        self._looks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._looks = [asyncio.create_task(replica.look()) for replica in self.replicas]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for look in self._looks:
            look.cancel()
        await asyncio.gather(*self._looks, return_exceptions=True)
        for replica in self.replicas:
            await replica.close()

    @property
    def where(self) -> str:
        """The servers, for a message."""
        return " and ".join(replica.endpoint.where for replica in self.replicas)

    @property
    def limit(self) -> int:
        """How many may be under way at all servers together."""
        return sum(replica.in_flight.limit for replica in self.replicas)

    def free(self) -> Replica | None:
        """Return the server that has most room, None where none has any."""
        alone = len(self.replicas) == 1
        if alone:
            return self.replicas[0] if self.replicas[0].has_room(alone) else None
        with_room = [replica for replica in self.replicas if replica.has_room(alone)]
        return min(with_room, key=lambda replica: replica.under_way / replica.in_flight.limit, default=None)

    def take(self, replica: Replica) -> Replica:
        """Count one more request as under way at a server."""
        replica.under_way += 1
        return replica

    def release(self, replica: Replica) -> None:
        """Count one fewer."""
        replica.under_way -= 1
        self.changed.set()

    async def acquire(self) -> Replica:
        """Wait for a server with room and take it.

        Raises:
            EndpointError: they have failed for good.
        """
        while (replica := self.free()) is None:
            await self.change()
        return self.take(replica)

    async def change(self) -> None:
        """Wait until there may be room.

        Raises:
            EndpointError: the servers have failed for good.
        """
        self.changed.clear()
        await self.changed.wait()
        if self.failure is not None:
            raise self.failure

    async def pause(self, seconds: float) -> None:
        """Wait; not longer than until the servers have failed for good.

        Raises:
            EndpointError: they have.
        """
        with suppress(TimeoutError):
            await asyncio.wait_for(self.over.wait(), seconds)
        if self.failure is not None:
            raise self.failure

    def give_up(self, failure: EndpointError) -> None:
        """Ask nothing more."""
        self.failure = self.failure or failure
        self.over.set()
        self.changed.set()

    def check_outage(self, fault: PassingFaultError, since: float, tell: bool) -> None:
        """Raise where nothing is to be waited for any longer.

        Args:
            since: when the request was first asked.
            tell: log that it is asked again.

        Raises:
            EndpointError: no server answered for as long as the settings allow, or will within that time.
        """
        limit, wait, quiet = self.settings.outage_seconds, self.shortest_hold(), self.quiet(since)
        if self.endpoint.has_ended():
            raise EndpointError(f"{self.where} has ended: {fault}")
        if quiet + wait > limit:
            asked = f" and asks for {wait:.0f} s more" if wait else ""
            raise EndpointError(
                f"{self.where} answered no request for {quiet:.0f} s{asked}, at last with: {fault}; what was answered "
                f"before is kept. Run the same command when it is back (DISTILLERY_OUTAGE_SECONDS={limit:g} is how "
                "long to wait for it)"
            )
        if tell and time.monotonic() - self._told > TOLD_EVERY:
            self._told = time.monotonic()
            logger.warning("%s: %s; asking again, for up to %g s", self.where, fault, limit)

    def quiet(self, since: float) -> float:
        """Return for how many seconds no server has answered anything that can be used."""
        return time.monotonic() - max(since, *(replica.answered for replica in self.replicas))

    def shortest_hold(self) -> float:
        """Return in how many seconds the first of the servers wants to be asked again."""
        return max(0.0, min(replica.held_until for replica in self.replicas) - time.monotonic())

    def jitter(self, tries: int, longest: float) -> float:
        """Return seconds to wait after so many tries."""
        longest = min(self.settings.retry_seconds * 2.0 ** min(tries, MOST_DOUBLINGS), longest)
        return random.uniform(0.0, longest)  # noqa: S311 - it spreads requests, no more


def connections() -> int:
    """Return how many connections this process may have; as many more files as it may open are allowed first."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 4 * MOST + OTHER_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(hard, wanted)
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return MOST * 4 if soft == resource.RLIM_INFINITY else max(1, soft - OTHER_FILES)
