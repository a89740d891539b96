"""Which addresses are this machine's own: servers there are reached directly, whatever proxy the environment names."""

import os
from collections.abc import MutableMapping
from ipaddress import ip_address

import httpx

LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "::1")


def is_loopback(url: str) -> bool:
    """Return whether an address is one of this machine's loopback interface."""
    try:
        host = httpx.URL(url).host
    except httpx.InvalidURL:
        return False
    try:
        address = ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
    return address.is_loopback or address.is_unspecified


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
