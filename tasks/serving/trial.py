"""Find out by greetings what a failure without words is for: a system message, or that there are turns at all."""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace

import httpx

from tasks.network.client import client_options
from tasks.serving.authorisation import EndpointError
from tasks.serving.endpoint import Endpoint
from tasks.serving.faults import PassingFaultError, UnclearFaultError, read_response
from tasks.serving.reply import Refusal, Reply
from tasks.serving.request import Request

Ask = Callable[[Request], Awaitable[Reply | Refusal]]
"""Posts a short request to the server; raises the faults of ``tasks.serving.faults``."""

HELLO = Request([{"role": "user", "content": "Hello"}], max_tokens=1)
SYSTEM_HELLO = HELLO.with_turns([{"role": "system", "content": "You answer briefly."}, *HELLO.conversation])
TRIAL_SECONDS, SETTLED_SECONDS = 30.0, 600.0
"""Between trials of a server that answers nothing, and of one that answers a greeting of either sort."""
PLAIN_SECONDS = 60.0


async def by_trial(endpoint: Endpoint, request: Request, ask: Ask) -> bool:
    """Find out by greetings whether a failure without words is for the turns; one trial at a time, in all threads."""
    dialect = endpoint.dialect
    if dialect.is_plain:  # which has no turns
        return False
    version = dialect.version
    with dialect.lock:
        is_under_way, is_worth_it = math.isinf(dialect.tried), dialect.tried <= time.monotonic()
        if is_worth_it:
            dialect.tried = math.inf
    if is_under_way:
        while math.isinf(dialect.tried):
            await asyncio.sleep(0.05)
        return dialect.version > version
    if not is_worth_it:
        return False
    settled = False
    try:
        if not await _passes(ask, HELLO):
            await _try_plain(endpoint, ask)
        elif request.conversation[0]["role"] == "system" and not dialect.folds_system:
            await _try_system(endpoint, ask)
            settled = True
    finally:
        dialect.tried = time.monotonic() + (SETTLED_SECONDS if settled else TRIAL_SECONDS)
    return dialect.version > version


async def _try_system(endpoint: Endpoint, ask: Ask) -> None:
    """Learn that a system message fails: twice, between greetings without one that pass."""
    fails = not await _passes(ask, SYSTEM_HELLO) and not await _passes(ask, SYSTEM_HELLO)
    if fails and await _passes(ask, HELLO):
        with endpoint.dialect.lock:
            endpoint.dialect.folds_system = True
            endpoint.dialect.learn(endpoint.where, "fails at a system message; that goes into the first turn")


async def _try_plain(endpoint: Endpoint, ask: Ask) -> None:
    """Learn that plain text passes where conversations fail, before and after."""
    plain = replace(endpoint, dialect=replace(endpoint.dialect, is_plain=True))

    async def ask_plainly(request: Request) -> Reply | Refusal:
        async with httpx.AsyncClient(headers=endpoint.headers(), **client_options(endpoint.api)) as client:
            address = f"{endpoint.api}{plain.path()}"
            return read_response(await client.post(address, json=plain.body(request), timeout=PLAIN_SECONDS))

    if await _passes(ask_plainly, HELLO) and not await _passes(ask, HELLO):
        with endpoint.dialect.lock:
            endpoint.dialect.is_plain = True
            endpoint.dialect.learn(endpoint.where, "fails at conversations; its model goes on with plain text")


async def _passes(ask: Ask, request: Request) -> bool:
    try:
        return isinstance(await ask(request), Reply)
    except (PassingFaultError, UnclearFaultError, EndpointError, httpx.HTTPError):
        return False
