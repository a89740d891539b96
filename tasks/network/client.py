"""How HTTP clients are made: certificates read once for all of them, and loopback reached directly."""

import ssl
from functools import cache
from typing import TypedDict

import httpx

from tasks.network.loopback import is_loopback

KEPT_SECONDS = 3.0
"""For which a connection is kept that nothing goes over; uvicorn, in vLLM and others, closes it after five."""
UNBOUNDED = 0
"""aiohttp's word for as many connections as there are requests."""


class ClientOptions(TypedDict):
    """Arguments of ``httpx.Client``, ``httpx.AsyncClient`` and ``httpx.get``."""

    verify: ssl.SSLContext
    trust_env: bool


def client_options(url: str) -> ClientOptions:
    """Return how to make a client for an address.

    Reading the certificates takes 46 ms of CPU, which each client would spend again. A proxy of the environment
    (``HTTP_PROXY``) knows nothing of this machine's loopback, so it is not asked about it.
    """
    return {"verify": _certificates(), "trust_env": not is_loopback(url)}


def wide_client(url: str, headers: dict[str, str], connect_seconds: float) -> httpx.AsyncClient:
    """Return a client for a great many requests at once to one address; how long each may take is its caller's matter.

    Its connections are aiohttp's: httpx's own pool looks through all of them at each request, and so takes several
    times the CPU where hundreds are under way.
    """
    from httpx_aiohttp import HttpxAiohttpClient  # the command line starts without it

    return HttpxAiohttpClient(
        base_url=url,
        headers=headers,
        timeout=httpx.Timeout(None, connect=connect_seconds),
        limits=httpx.Limits(max_connections=UNBOUNDED, keepalive_expiry=KEPT_SECONDS),
        **client_options(url),
    )


@cache
def _certificates() -> ssl.SSLContext:
    return httpx.create_ssl_context()
