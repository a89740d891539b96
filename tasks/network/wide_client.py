"""A client for a great many requests at once to one server.

httpx's pool looks through all of its connections at each request, and its requests and responses cost more CPU than
asking itself where hundreds are under way; so this is aiohttp's, asked for as little as posting takes.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from tasks.errors import DistilleryError
from tasks.network.client import certificates
from tasks.network.loopback import is_loopback
from tasks.network.mask import mask

KEPT_SECONDS = 3.0
"""For which a connection is kept that nothing goes over; uvicorn, in vLLM and others, closes it after five."""
PROXY_SCHEMES = ("http", "https")


class ProxyError(DistilleryError):
    """The environment names a proxy that servers are not asked through."""


class ConnectionFailedError(Exception):
    """Nothing, or no whole answer, came over the connection; the message is masked."""


@dataclass(frozen=True, slots=True)
class Received:
    """An answer, read whole; see ``tasks.network.answer``."""

    url: str
    status_code: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def is_success(self) -> bool:
        """Whether the status says that it went well."""
        return HTTPStatus.OK <= self.status_code < HTTPStatus.MULTIPLE_CHOICES

    @property
    def text(self) -> str:
        """The content as text; what is no UTF-8 is replaced."""
        return self.content.decode(errors="replace")


class WideClient:
    """Posts to the paths below one address. How long an answer may take is its caller's matter.

    Redirections are not followed, cookies not kept.
    """

    def __init__(self, url: str, headers: Mapping[str, str], connect_seconds: float) -> None:
        """Make a client; in a running event loop.

        Raises:
            ProxyError: the environment names a proxy that this can not go through.
        """
        from aiohttp import (  # the command line starts without
            ClientSession,
            ClientTimeout,
            DummyCookieJar,
            TCPConnector,
        )

        self._url = url
        self._session = ClientSession(
            headers=headers,
            connector=TCPConnector(limit=0, keepalive_timeout=KEPT_SECONDS, ssl=certificates()),
            cookie_jar=DummyCookieJar(),
            timeout=ClientTimeout(total=None, sock_connect=connect_seconds),
            proxy=proxy_of(url),
        )

    async def post(self, path: str, content: bytes, headers: Mapping[str, str]) -> Received:
        """Return the answer to what is posted to a path below the address.

        Raises:
            ConnectionFailedError: see there.
        """
        return await self._ask("POST", f"{self._url}{path}", content, headers)

    async def get(self, url: str) -> Received:
        """Return what stands at a whole address.

        Raises:
            ConnectionFailedError: see there.
        """
        return await self._ask("GET", url, None, None)

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()

    async def _ask(self, method: str, url: str, content: bytes | None, headers: Mapping[str, str] | None) -> Received:
        from aiohttp import ClientError

        try:
            async with self._session.request(
                method, url, data=content, headers=headers, allow_redirects=False
            ) as answer:
                return Received(url, answer.status, answer.headers, await answer.read())
        # A timeout of the connection is one of aiohttp's errors, too; one without is the caller's.
        except (ClientError, OSError, asyncio.IncompleteReadError) as error:
            raise ConnectionFailedError(mask(error) or type(error).__name__) from None


def proxy_of(url: str) -> str | None:
    """Return the proxy that the environment names for an address, None for loopback and where it names none.

    Raises:
        ProxyError: it is no HTTP proxy.
    """
    parts = urlsplit(url)
    proxies = getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    if not proxy or is_loopback(url) or proxy_bypass(parts.hostname or ""):
        return None
    whole = proxy if "://" in proxy else f"http://{proxy}"
    if urlsplit(whole).scheme not in PROXY_SCHEMES:
        raise ProxyError(
            f"the environment names the proxy {mask(whole)} for {mask(url)}, and servers are asked through HTTP "
            f"proxies alone; set {parts.scheme.upper()}_PROXY to one, or NO_PROXY to this host"
        )
    return whole
