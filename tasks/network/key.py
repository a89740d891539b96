"""Keys of servers: named by where they are, read when they are sent, and masked from then on."""

import os
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import httpx

from tasks.errors import DistilleryError
from tasks.network.mask import conceal, mask
from tasks.settings import settings

USUAL_SOURCE = "DISTILLERY_API_KEY"
OF_OTHERS = ("PREFECT_", "AWS_", "NCBI_")
"""Variables whose secrets are for servers of another sort: a model's server never gets them."""


class MissingKeyError(DistilleryError):
    """A key is not where it is said to be, or holds what no header may; the message does not show it."""


def key_of(source: str | None) -> str:
    """Return the key of a server, empty where it needs none.

    Args:
        source: ``env:NAME`` of a variable of the environment, ``block:NAME`` of a Prefect Secret block; None for
            ``DISTILLERY_API_KEY``, which may be missing.

    Raises:
        MissingKeyError: there is none at a source that is named, or what is there is none.
    """
    if source is None:
        secret = settings().api_key
        key = "" if secret is None else secret.get_secret_value()
    elif source.startswith("env:"):
        key = _of_variable(source.removeprefix("env:"))
    else:
        key = _of_block(source.removeprefix("block:"))
    key = key.strip()
    if key:
        conceal(key)
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise MissingKeyError(
            f"{where(source)} holds a blank, a line break or a character that is not ASCII, such as a curly quote; "
            "set it to the key alone, as its server gave it"
        )
    return key


def where(source: str | None) -> str:
    """Return what people call the place of a key."""
    if source is None:
        return USUAL_SOURCE
    kind, _, name = source.partition(":")
    return name if kind == "env" else f"the Prefect Secret block {name!r}"


def _of_variable(name: str) -> str:
    if name.startswith(OF_OTHERS):
        raise MissingKeyError(f"{name} is no key of a language-model server; name the variable that holds its key")
    if not os.environ.get(name, "").strip():
        raise MissingKeyError(
            f"the environment has no {name}, which is to hold the server's key; set it where the run's process starts"
        )
    return os.environ[name]


@cache
def _of_block(name: str) -> str:
    # Prefect answers with a coroutine where an event loop runs, as one does while a server is asked.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(_load, name).result()


def _load(name: str) -> str:
    from prefect.blocks.system import Secret

    try:
        block = Secret.load(name)
    except (ValueError, RuntimeError, httpx.HTTPError) as error:
        raise MissingKeyError(
            f"Prefect gives no Secret block {name!r}, which is to hold the server's key ({mask(error)}); make it in "
            "Prefect's UI under Blocks"
        ) from None
    assert isinstance(block, Secret)
    return str(block.get())
