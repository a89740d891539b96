"""What is sent so that a server answers, and what to do where it does not."""

import httpx

from tasks.errors import DistilleryError
from tasks.network.key import MissingKeyError, key_of, where


class EndpointError(DistilleryError):
    """A language-model server does not answer as one; the message says where and what to do."""


class AbsentError(EndpointError):
    """Nothing answers at an address."""


def headers(key_from: str | None = None) -> dict[str, str]:
    """Return the header that brings the key, where there is one; see ``tasks.network.key``.

    Raises:
        EndpointError: there is no key where one is named, or it holds what no header may; the message does not show it.
    """
    try:
        key = key_of(key_from)
    except MissingKeyError as error:
        raise EndpointError(str(error)) from None
    return bearer(key) if key else {}


def bearer(key: str) -> dict[str, str]:
    """Return the header that brings a key."""
    return {"Authorization": f"Bearer {key}"}


def how_to_authorise(status: int, key_from: str | None = None) -> str:
    """Return what to do about a status that says that the key is missing or wrong, as the end of a sentence."""
    if status not in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
        return ""
    if headers(key_from):
        return f"; check {where(key_from)}, which was sent as the key, and what it is allowed to do"
    return "; no key was sent: set DISTILLERY_API_KEY to one that this server gave you, or name where its key is"
