"""One server of a model: how it is asked, how much at once, and how it has fared."""

import asyncio
import json
import math
import time
from http import HTTPStatus
from typing import Any

import orjson

from tasks.network.wide_client import ConnectionFailedError, WideClient
from tasks.serving.endpoint import Endpoint
from tasks.serving.faults import LateError, PassingFaultError, read_response
from tasks.serving.in_flight import InFlight
from tasks.serving.reply import Refusal, Reply, finished
from tasks.serving.request import Request

CONNECT_SECONDS = 15.0
LOOK_SECONDS, LONGEST_LOOK = 1.0, 5.0
"""Between looks at a server's metrics, and for one of them."""
COMFORTABLE = 0.25
"""Share of the time for a reply that replies may take on average."""
FAILURES, FIRST_REST, LONGEST_REST = 3, 1, 30.0
"""In a row after which a server is passed over, and for how long: seconds that double from ``retry_seconds``."""
JSON = {"Content-Type": "application/json"}


class Replica:
    """A server that is asked.

    Attributes:
        in_flight: the rule for how much is asked at once; ``under_way`` is how much is.
        passed: replies that came.
        answered: when it last answered anything that can be used; in seconds of ``time.monotonic``, as all times here.
        held_until: when it wants to be asked again.
    """

    def __init__(self, endpoint: Endpoint, in_flight: InFlight, retry_seconds: float) -> None:
        self.endpoint, self.in_flight = endpoint, in_flight
        self.under_way = self.passed = 0
        self.answered = -math.inf
        self.held_until = self.rests_until = 0.0
        self.probing = asyncio.Lock()
        self._failures, self._retry_seconds = 0, retry_seconds
        self._client = WideClient(endpoint.api, endpoint.headers(), CONNECT_SECONDS)

    def is_well(self) -> bool:
        """Return whether it may be asked, as far as it is known."""
        now = time.monotonic()
        return self.held_until <= now and self.rests_until <= now

    def has_room(self, alone: bool) -> bool:
        """Return whether one more may be asked now; of several servers one that fails is passed over for a while."""
        now = time.monotonic()
        if self.held_until > now or (not alone and self.rests_until > now):
            return False
        fails = not alone and self._failures >= FAILURES
        return self.under_way < (1 if fails else self.in_flight.limit)

    def failed(self, wait: float) -> None:
        """Take note of a fault that may pass, and of the seconds that the server asks for."""
        now = time.monotonic()
        if wait:
            self.held_until = max(self.held_until, now + wait)
        if now < self.rests_until:  # many fail at once when one server does
            return
        self._failures += 1
        if self._failures >= FAILURES:
            rest = self._retry_seconds * 2.0 ** min(self._failures - FAILURES + FIRST_REST, 10)
            self.rests_until = now + min(rest, LONGEST_REST)

    async def post(self, request: Request, seconds: float) -> Reply | Refusal:
        """Ask once.

        Args:
            seconds: for the whole of the answer.

        Raises:
            PassingFaultError, UnclearFaultError, EndpointError: see ``faults.read_response``.
            LimitReachedError: the run has spent what it may.
        """
        began = time.monotonic()
        endpoint = self.endpoint
        endpoint.spending.check()
        content = as_json(endpoint.body(request))
        try:
            async with asyncio.timeout(seconds):
                response = await self._client.post(endpoint.path(), content, JSON)
        except TimeoutError:
            self.in_flight.late(time.monotonic())
            raise LateError(f"no whole answer within {seconds:g} s") from None
        except ConnectionFailedError as error:
            raise PassingFaultError(f"the connection failed ({error})") from None
        try:
            reply = read_response(response, endpoint.key_from)
        except PassingFaultError as fault:
            if fault.paces:
                self.in_flight.overloaded(time.monotonic())
            raise
        self.answered, self._failures = time.monotonic(), 0
        if isinstance(reply, Refusal):
            return reply
        self.in_flight.replied(self.answered - began, self.under_way, self.answered)
        self.passed += 1
        endpoint.spending.count(request, reply)
        return finished(reply, request)

    async def look(self) -> None:
        """Look at the server's metrics from time to time, for as long as it has some."""
        names, page = self.endpoint.kind.metrics, f"{self.endpoint.api.removesuffix('/v1')}/metrics"
        while names is not None:
            try:
                async with asyncio.timeout(LONGEST_LOOK):
                    response = await self._client.get(page)
            except (TimeoutError, ConnectionFailedError):
                pass  # asking tells what is wrong with it
            else:
                gauges = [read_gauge(response.text, name) for name in names] if response.is_success else [None]
                if None in gauges and response.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
                    return
                if None not in gauges:
                    self.in_flight.looked(*(gauge or 0.0 for gauge in gauges))
            await asyncio.sleep(LOOK_SECONDS)

    async def close(self) -> None:
        """Close its connections."""
        await self._client.close()


def as_json(body: dict[str, Any]) -> bytes:
    """Return a body as it is sent."""
    try:
        return orjson.dumps(body)
    except TypeError:  # halves of surrogate pairs, in words of a command line or a form
        return json.dumps(body).encode()


def read_gauge(text: str, name: str) -> float | None:
    """Return the sum of a gauge over its labels, such as one for each engine, from Prometheus' text; None without it.

    The format: https://prometheus.io/docs/instrumenting/exposition_formats/
    """
    values = []
    for line in text.splitlines():
        if line.startswith(name) and line[len(name) : len(name) + 1] in ("{", " "):
            said = line[len(name) :].rpartition("}")[2].split()
            try:
                values.append(float(said[0]))
            except (IndexError, ValueError):
                return None
    return sum(values) if values and all(map(math.isfinite, values)) else None
