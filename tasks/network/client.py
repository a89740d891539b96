"""How HTTP clients are made: certificates read once for all of them, and loopback reached directly."""

import ssl
from functools import cache
from typing import TypedDict

import httpx

from tasks.network.loopback import is_loopback


class ClientOptions(TypedDict):
    """Arguments of ``httpx.Client``, ``httpx.AsyncClient`` and ``httpx.get``."""

    verify: ssl.SSLContext
    trust_env: bool


def client_options(url: str) -> ClientOptions:
    """Return how to make a client for an address.

    Reading the certificates takes 46 ms of CPU, which each client would spend again. A proxy of the environment
    (``HTTP_PROXY``) knows nothing of this machine's loopback, so it is not asked about it.
    """
    return {"verify": certificates(), "trust_env": not is_loopback(url)}


@cache
def certificates() -> ssl.SSLContext:
    """Return what servers' certificates are checked by; it is read once."""
    return httpx.create_ssl_context()
