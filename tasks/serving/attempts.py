"""The tries of one request, until it is answered or refused, or the servers have failed for good.

What passes (see ``tasks.serving.faults``) is waited for, as long as a server answers anything within
``DISTILLERY_OUTAGE_SECONDS``. A request that fails again and again while others pass is at fault itself. What may be a
fault of one request or of all is told by asking something else: what passed before, or a greeting.
"""

import time
from contextlib import suppress
from dataclasses import replace

import httpx

from tasks.serving.endpoint import EndpointError, how_to_authorise
from tasks.serving.faults import PassingFaultError, UnclearFaultError
from tasks.serving.negotiate import learn_from, negotiate
from tasks.serving.pool import Pool
from tasks.serving.replica import Replica
from tasks.serving.reply import Refusal, Reply
from tasks.serving.request import Request

LONGEST_WAIT, SHORT_WAIT = 30.0, 5.0
"""Seconds between tries at most, of a server that answers nothing and of one that answers others."""
TRIES, FEWER_TRIES = 5, 2
"""That a request may fail while others pass, and one that has done so for as long as an outage may last."""
WORTH_TELLING = 3
"""Tries."""
PROBE_SECONDS = 30.0
MOST_LESSONS = 8
"""Times that one request is asked otherwise, whatever is learnt from it."""


class Attempts:
    """What one request went through.

    Those of its tries count against it before which others passed since it failed last, at the same server.
    """

    def __init__(self, pool: Pool, request: Request) -> None:
        self._pool, self._request = pool, request
        self._began = time.monotonic()
        self._tries = self._against = self._lessons = 0
        self._passed: dict[Replica, int] = {}
        self._refused_by: set[Replica] = set()

    async def outcome(self, replica: Replica) -> Reply | Refusal:
        """Ask until there is one, at first a server that was taken from the pool.

        Raises:
            EndpointError: the servers refuse every request, or answered none for as long as the settings allow.
        """
        pool = self._pool
        while True:
            self._passed.setdefault(replica, replica.passed)
            sent = replica.endpoint.dialect.version
            fault: PassingFaultError | UnclearFaultError | None = None
            reply: Reply | Refusal | None = None
            try:
                reply = await replica.post(self._request, pool.settings.reply_seconds)
            except (PassingFaultError, UnclearFaultError) as error:
                fault = error
            finally:
                pool.release(replica)
            if fault is not None:
                reply = await self._consider(replica, fault, sent)
            elif isinstance(reply, Refusal):
                if await self._negotiated(replica, reply, sent):
                    reply = None
                elif reply.status and (other := self._who_may_take_it(replica)) is not None:
                    replica = pool.take(other)
                    continue
            elif isinstance(reply, Reply):
                if learn_from(reply, self._request, replica.endpoint, sent) and self._may_learn():
                    reply = None
                else:
                    pool.known_good = self._request
            if reply is not None:
                return reply
            replica = await pool.acquire()

    def _who_may_take_it(self, refused_by: Replica) -> Replica | None:
        """Return a server that has not refused the request: it may have more room for it, or be set up better."""
        self._refused_by.add(refused_by)
        others = (other for other in self._pool.replicas if other not in self._refused_by and other.is_well())
        return min(others, key=lambda other: other.under_way / other.in_flight.limit, default=None)

    async def _consider(
        self, replica: Replica, fault: PassingFaultError | UnclearFaultError, sent: int
    ) -> Refusal | None:
        if isinstance(fault, UnclearFaultError):
            if await self._negotiated(replica, fault, sent):
                return None
            return await self._clear_up(replica, fault)
        fails_inside = fault.status >= httpx.codes.INTERNAL_SERVER_ERROR
        if fails_inside and not self._tries and await self._negotiated(replica, fault, sent):
            return None
        return await self._weigh(replica, fault)

    async def _negotiated(
        self, replica: Replica, said: Refusal | PassingFaultError | UnclearFaultError, sent: int
    ) -> bool:
        """Return whether to ask anew at once: the server is asked otherwise than this request was."""
        if not (said.status and self._may_learn()):
            return False

        async def ask(request: Request) -> Reply | Refusal:
            return await replica.post(request, PROBE_SECONDS)

        return await negotiate(replica.endpoint, self._request, said.status, said.words, ask, sent)

    def _may_learn(self) -> bool:
        self._lessons += 1
        return self._lessons <= MOST_LESSONS

    async def _weigh(self, replica: Replica, fault: PassingFaultError) -> Refusal | None:
        """Wait before another try; or return that the request is at fault, since others pass."""
        pool = self._pool
        self._tries += 1
        others_pass = replica.passed > self._passed[replica] and not fault.paces
        self._against += others_pass
        is_old = time.monotonic() - self._began > pool.settings.outage_seconds
        if self._against >= (FEWER_TRIES if is_old else TRIES):
            return Refusal(f"failed {self._tries} times while other requests passed, at last with: {fault}")
        self._passed[replica] = replica.passed
        replica.failed(fault.wait)
        overdue = pool.quiet(self._began) + fault.wait > pool.settings.outage_seconds
        if (self._tries > 1 or overdue) and not (fault.paces or replica.probing.locked()):
            with suppress(PassingFaultError, UnclearFaultError):
                await self._ask_something_else(replica)
                if overdue:
                    replica.held_until = time.monotonic()  # it asked for more time than there is, and answers
        pool.check_outage(fault, self._began, tell=self._tries >= WORTH_TELLING)
        others_pass |= replica.passed > self._passed[replica]
        if any(other is not replica and other.is_well() for other in pool.replicas):
            await pool.pause(pool.jitter(0, SHORT_WAIT))
            return None
        wait = min(fault.wait, pool.shortest_hold())
        await pool.pause(wait + pool.jitter(self._tries, SHORT_WAIT if others_pass else LONGEST_WAIT))
        return None

    async def _clear_up(self, replica: Replica, fault: UnclearFaultError) -> Refusal | None:
        """Return that the request is at fault, or wait before another try.

        Raises:
            EndpointError: nothing else passes either.
        """
        try:
            await self._ask_something_else(replica)
        except UnclearFaultError:
            endpoint = replica.endpoint
            advice = how_to_authorise(fault.status, endpoint.key_from)
            advice = advice or "; check the address, and the name of the model"
            raise EndpointError(f"{endpoint.where} answered {fault}{advice}") from None
        except PassingFaultError as passing:
            return await self._weigh(replica, passing)
        if fault.moved:
            return await self._weigh(replica, PassingFaultError(str(fault)))
        return Refusal(str(fault), fault.status)

    async def _ask_something_else(self, replica: Replica) -> None:
        """Ask what passed before, for one token; raises as ``Replica.post`` does where it does not pass now."""
        short = replace(self._pool.known_good, max_tokens=1)
        async with replica.probing:
            await replica.post(short, PROBE_SECONDS)
