"""Which addresses are this machine's own: servers there are reached directly, whatever proxy the environment names."""

import ipaddress
import os
from collections.abc import MutableMapping
from urllib.parse import urlsplit

LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "::1")


def is_loopback(url: str) -> bool:
    """Return whether a URL names this machine itself, so that a client takes ``trust_env=not is_loopback(url)``."""
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def reach_loopback_directly(environment: MutableMapping[str, str] = os.environ) -> None:
    """Except this machine from the proxies that the environment names, for clients that we do not make ourselves.

    Prefect's client, its web sockets and every process started from here read the variable; where both spellings are
    set, programs differ in which of them they take, so both are set alike.
    """
    excepted = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    listed = [host.strip() for host in excepted.split(",") if host.strip()]
    if "*" not in listed:
        listed += [host for host in LOOPBACK_HOSTS if host not in listed]
    environment["no_proxy"] = environment["NO_PROXY"] = ",".join(listed)
