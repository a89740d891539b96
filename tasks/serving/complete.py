"""Ask a language-model server many things at once, so that its continuous batching stays full, and outlast its faults.

What passes (see ``tasks.serving.faults``) is waited for, as long as the server answers anything within
``DISTILLERY_OUTAGE_SECONDS``. A request that fails again and again while others pass is at fault itself. What may be a
fault of one request or of all is told by asking something else: what passed before, or a greeting.
"""

import asyncio
import json
import random
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import httpx

from tasks.logger import logger
from tasks.network.client import client_options
from tasks.network.mask import mask
from tasks.serving.endpoint import Endpoint, EndpointError, base_url, how_to_authorise
from tasks.serving.faults import PassingFaultError, UnclearFaultError, read_response
from tasks.serving.reply import Refusal, Reply, finished
from tasks.serving.request import Request
from tasks.serving.spending import LimitReachedError
from tasks.settings import settings
from tasks.stopping import stop_is_due, stop_requested

IN_FLIGHT = 32
CONNECT_SECONDS = 15.0
LONGEST_WAIT, SHORT_WAIT = 30.0, 5.0
"""Seconds between tries at most, of a server that answers nothing and of one that answers others."""
MOST_DOUBLINGS = 10
TRIES, FEWER_TRIES = 5, 2
"""That a request may fail while others pass, and one that has done so for as long as an outage may last."""
PROBE_SECONDS = 30.0
GRACE_SECONDS = 10.0
"""For the replies under way when the server fails for good."""
LOOK_SECONDS = 0.2
"""Between looks whether the run is asked to stop."""
WORTH_TELLING, TOLD_EVERY = 3, 30.0
"""Tries of one request, and seconds."""
STOPPED = "the run was asked to stop; what was answered before is kept"
JSON = {"Content-Type": "application/json"}
GREETING = Request([{"role": "user", "content": "Hello"}], max_tokens=1)


class BrokenOffError(EndpointError):
    """The server failed for good, or the run was asked to stop.

    Attributes:
        replies: those that came before, None where none did.
        again: whether the server comes back when it is asked for anew.
        end: that of the run, where a limit of its spending was reached.
    """

    def __init__(
        self,
        reason: str,
        replies: Sequence[Reply | Refusal | None] = (),
        again: bool = False,
        end: LimitReachedError | None = None,
    ) -> None:
        super().__init__(reason)
        self.replies, self.again, self.end = list(replies), again, end


def complete(endpoint: Endpoint, requests: Sequence[Request], in_flight: int = IN_FLIGHT) -> list[Reply | Refusal]:
    """Return the reply to every request, in their order, with up to ``in_flight`` under way at once.

    Raises:
        BrokenOffError: the server refuses every request, or did not answer for as long as the settings allow; or the
            run was asked to stop.
    """
    return asyncio.run(_Conversation(endpoint, requests).go_on(in_flight))


@dataclass(slots=True)
class _Trouble:
    """What one request went through.

    Those of its ``tries`` count ``against`` it before which others passed since it failed last; ``passed`` is how many
    had passed then.
    """

    began: float
    passed: int
    tries: int = 0
    against: int = 0


class _Conversation:
    """The requests of one call, and what is known of the server meanwhile."""

    def __init__(self, endpoint: Endpoint, requests: Sequence[Request]) -> None:
        self._endpoint = endpoint
        self._headers = endpoint.headers()
        self._settings = settings()
        self._waiting = deque(enumerate(requests))
        self._replies: list[Reply | Refusal | None] = [None] * len(requests)
        self._passed = 0
        self._known_good = GREETING
        self._answered = self._told = -float("inf")
        self._held_until = 0.0
        self._over = asyncio.Event()
        self._probing = asyncio.Lock()
        self._failure: EndpointError | None = None
        self._end: LimitReachedError | None = None

    async def go_on(self, in_flight: int) -> list[Reply | Refusal]:
        """Ask everything; see ``complete``."""
        workers = asyncio.gather(*(self._work() for _ in range(min(in_flight, len(self._waiting)))))
        over, heed = asyncio.ensure_future(self._over.wait()), asyncio.ensure_future(self._heed_stop())
        either: list[asyncio.Future[Any]] = [workers, over]
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        heed.cancel()
        whole = [reply for reply in self._replies if reply is not None]
        if self._failure is None and len(whole) == len(self._replies):
            over.cancel()
            await workers
            return whole
        await asyncio.wait({workers}, timeout=0.0 if stop_requested() else GRACE_SECONDS)
        workers.cancel()
        again = self._endpoint.has_ended() and not stop_requested()
        end = None if self._failure or stop_requested() else self._end
        raise BrokenOffError(str(self._failure or end or STOPPED), self._replies, again, end)

    async def _heed_stop(self) -> None:
        """Ask nothing more once the run is to stop, and leave what is still under way when that is due."""
        while not stop_requested():
            await asyncio.sleep(LOOK_SECONDS)
        self._waiting.clear()
        while not stop_is_due():
            await asyncio.sleep(LOOK_SECONDS)
        self._failure = self._failure or EndpointError(STOPPED)
        self._over.set()

    async def _work(self) -> None:
        # A client each: one shared by all spends several times the CPU per request.
        url = base_url(self._endpoint.url)
        timeout = httpx.Timeout(None, connect=CONNECT_SECONDS)
        async with httpx.AsyncClient(
            base_url=url, headers=self._headers, timeout=timeout, **client_options(url)
        ) as client:
            try:
                while self._waiting:
                    if not self._endpoint.spending.allows():
                        self._endpoint.spending.check()
                        await self._pause(LOOK_SECONDS)
                        continue
                    place, request = self._waiting.popleft()
                    self._replies[place] = await self._outlast(client, request)
            except LimitReachedError as end:
                self._end = self._end or end
                self._waiting.clear()
            except EndpointError as error:
                self._failure = self._failure or error
                self._waiting.clear()
                self._over.set()

    async def _outlast(self, client: httpx.AsyncClient, request: Request) -> Reply | Refusal:
        trouble = _Trouble(time.monotonic(), self._passed)
        outcome: Reply | Refusal | None = None
        while outcome is None:
            if self._held_until > time.monotonic():
                await self._pause(self._held_until - time.monotonic() + self._jitter(1, SHORT_WAIT))
            try:
                outcome = await self._post(client, request, self._settings.reply_seconds)
            except UnclearFaultError as fault:
                outcome = await self._clear_up(client, fault, trouble)
            except PassingFaultError as fault:
                outcome = await self._weigh(client, fault, trouble)
            else:
                if isinstance(outcome, Reply):
                    self._passed, self._known_good = self._passed + 1, request
        return outcome

    async def _weigh(self, client: httpx.AsyncClient, fault: PassingFaultError, trouble: _Trouble) -> Refusal | None:
        """Wait before another try; or return that the request is at fault, since others pass."""
        trouble.tries += 1
        others_pass = self._passed > trouble.passed and not fault.paces
        trouble.against += others_pass
        if trouble.against >= (FEWER_TRIES if self._is_old(trouble) else TRIES):
            return Refusal(f"failed {trouble.tries} times while other requests passed, at last with: {fault}")
        trouble.passed = self._passed
        in_doubt = trouble.tries > 1 or self._is_overdue(fault, trouble)
        if in_doubt and not (fault.paces or self._probing.locked()):
            with suppress(PassingFaultError, UnclearFaultError):
                await self._ask_something_else(client)
        self._check_outage(fault, trouble)
        if fault.wait:
            self._held_until = max(self._held_until, time.monotonic() + fault.wait)
        others_pass |= self._passed > trouble.passed
        await self._pause(fault.wait + self._jitter(trouble.tries, SHORT_WAIT if others_pass else LONGEST_WAIT))
        return None

    async def _clear_up(self, client: httpx.AsyncClient, fault: UnclearFaultError, trouble: _Trouble) -> Refusal | None:
        """Return that the request is at fault, or wait before another try.

        Raises:
            EndpointError: nothing else passes either.
        """
        try:
            await self._ask_something_else(client)
        except UnclearFaultError:
            advice = how_to_authorise(fault.status) or "; check the address, and the name of the model"
            raise EndpointError(f"the server at {mask(self._endpoint.url)} answered {fault}{advice}") from None
        except PassingFaultError as passing:
            return await self._weigh(client, passing, trouble)
        if fault.moved:
            return await self._weigh(client, PassingFaultError(str(fault)), trouble)
        return Refusal(str(fault))

    async def _ask_something_else(self, client: httpx.AsyncClient) -> None:
        """Ask what passed before, for one token; raises as ``_post`` does where it does not pass now."""
        known = self._known_good
        short = replace(known, max_tokens=1)
        async with self._probing:
            self._passed += isinstance(await self._post(client, short, PROBE_SECONDS), Reply)

    async def _post(self, client: httpx.AsyncClient, request: Request, seconds: float) -> Reply | Refusal:
        kind, dialect, spending = self._endpoint.kind, self._endpoint.dialect, self._endpoint.spending
        spending.check()
        body = {"model": self._endpoint.model, **kind.body(request, dialect)}
        try:
            async with asyncio.timeout(seconds):
                with spending.asking():
                    response = await client.post(f"/v1{kind.path(dialect)}", content=json.dumps(body), headers=JSON)
        except TimeoutError:
            raise PassingFaultError(f"no whole answer within {seconds:g} s") from None
        except (httpx.HTTPError, httpx.StreamError) as error:
            raise PassingFaultError(f"the connection failed ({mask(error) or type(error).__name__})") from None
        reply = read_response(response)
        self._answered = time.monotonic()
        if isinstance(reply, Refusal):
            return reply
        spending.count(request, reply)
        return finished(reply, request)

    def _quiet(self, trouble: _Trouble) -> float:
        """Return for how many seconds the server has answered nothing that can be used."""
        return time.monotonic() - max(trouble.began, self._answered)

    def _is_old(self, trouble: _Trouble) -> bool:
        return time.monotonic() - trouble.began > self._settings.outage_seconds

    def _is_overdue(self, fault: PassingFaultError, trouble: _Trouble) -> bool:
        return self._quiet(trouble) + fault.wait > self._settings.outage_seconds

    def _check_outage(self, fault: PassingFaultError, trouble: _Trouble) -> None:
        where, limit = f"the server at {mask(self._endpoint.url)}", self._settings.outage_seconds
        if self._endpoint.has_ended():
            raise EndpointError(f"{where} has ended: {fault}")
        if self._is_overdue(fault, trouble):
            asked = f" and asks for {fault.wait:.0f} s more" if fault.wait else ""
            raise EndpointError(
                f"{where} answered no request for {self._quiet(trouble):.0f} s{asked}, at last with: {fault}; what it "
                f"answered before is kept. Run the same command when it is back (DISTILLERY_OUTAGE_SECONDS={limit:g} "
                "is how long to wait for it)"
            )
        if trouble.tries >= WORTH_TELLING and time.monotonic() - self._told > TOLD_EVERY:
            self._told = time.monotonic()
            logger.warning("%s: %s; asking again, for up to %g s", where, fault, limit)

    def _jitter(self, tries: int, longest: float) -> float:
        longest = min(self._settings.retry_seconds * 2.0 ** min(tries, MOST_DOUBLINGS), longest)
        return random.uniform(0.0, longest)  # noqa: S311 - it spreads requests, no more

    async def _pause(self, seconds: float) -> None:
        """Wait; not longer than until the server has failed for good.

        Raises:
            EndpointError: it has.
        """
        with suppress(TimeoutError):
            await asyncio.wait_for(self._over.wait(), seconds)
        if self._failure is not None:
            raise self._failure
