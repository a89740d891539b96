"""A server that answers: its address, its name for the model, and whether it is there."""

from collections.abc import Callable
from dataclasses import dataclass, field

import httpx

from tasks.errors import DistilleryError
from tasks.hardware import has_gpu
from tasks.network.address import without_password
from tasks.network.client import client_options
from tasks.network.mask import mask, server_words
from tasks.serving.dialect import Dialect
from tasks.serving.model import EMBEDDED_MODEL, LanguageModel
from tasks.serving.servers.chat_completions import ChatCompletions
from tasks.serving.servers.vllm import Vllm
from tasks.serving.spending import Spending
from tasks.settings import settings

PROBE_SECONDS = 10.0


class EndpointError(DistilleryError):
    """A language-model server does not answer as one; the message says where and what to do."""


def _goes_on() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An OpenAI-compatible server and the name under which it serves the model.

    ``kind`` says how it is asked, and ``dialect`` what it turned out not to take. ``has_ended`` tells of a server of
    our own that no waiting brings back, ``key`` is what such a one asks for. ``spending`` is that of the whole run.
    """

    url: str
    model: str
    kind: ChatCompletions = field(default_factory=Vllm, compare=False)
    dialect: Dialect = field(default_factory=Dialect, compare=False)
    has_ended: Callable[[], bool] = field(default=_goes_on, compare=False)
    key: str | None = field(default=None, compare=False, repr=False)
    spending: Spending = field(default_factory=Spending, compare=False)

    def headers(self) -> dict[str, str]:
        """Return the authorisation header; the user's key is for servers of the user's.

        Raises:
            EndpointError: see ``headers``.
        """
        return headers() if self.key is None else bearer(self.key)


def base_url(url: str) -> str:
    """Return a server's address without what every request adds to it: people write it with ``/v1`` and without."""
    return url.rstrip("/").removesuffix("/v1")


def headers() -> dict[str, str]:
    """Return the authorisation header where ``DISTILLERY_API_KEY`` is set; blanks around the key are left out.

    Raises:
        EndpointError: the key holds what no header may; the message does not show it.
    """
    secret = settings().api_key
    key = "" if secret is None else secret.get_secret_value().strip()
    if not key:
        return {}
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise EndpointError(
            "DISTILLERY_API_KEY holds a blank, a line break or a character that is not ASCII, such as a curly quote; "
            "set it to the key alone, as its server gave it"
        )
    return bearer(key)


def bearer(key: str) -> dict[str, str]:
    """Return the header that brings a key."""
    return {"Authorization": f"Bearer {key}"}


def how_to_authorise(status: int) -> str:
    """Return what to do about a status that says that the key is missing or wrong, as the end of a sentence."""
    if status not in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
        return ""
    if headers():
        return "; check DISTILLERY_API_KEY, which was sent as the key, and what it is allowed to do"
    return "; no key was sent: set DISTILLERY_API_KEY to one that this server gave you"


def served_models(url: str) -> list[str]:
    """Return the names of the models that a server serves, in its order.

    Raises:
        EndpointError: nothing answers at ``url``, or what answers is no OpenAI-compatible server.
    """
    try:
        address = f"{base_url(without_password(url))}/v1/models"
    except ValueError as error:
        raise EndpointError(str(error)) from None
    try:
        reply = httpx.get(address, headers=headers(), timeout=PROBE_SECONDS, **client_options(url))
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:  # UnicodeError: no name of a host
        raise EndpointError(
            f"no language-model server answers at {mask(url)} ({mask(error) or type(error).__name__}); "
            "start one there, or name no URL to have vLLM started for the run"
        ) from None
    if not reply.is_success:
        raise EndpointError(
            f"{address} answered HTTP {reply.status_code} ({server_words(reply) or 'without a word'}); expected the "
            "model list of an OpenAI-compatible server, such as one started with `vllm serve`"
            f"{how_to_authorise(reply.status_code)}"
        )
    try:
        return [str(model["id"]) for model in reply.json()["data"]]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise EndpointError(
            f"{address} did not answer with a model list; is {mask(url)} an OpenAI-compatible server?"
        ) from None


def resolve(language_model: LanguageModel) -> LanguageModel:
    """Return the model with nothing left open: the name its server uses, or the precision it will be served in.

    Raises:
        EndpointError: the server does not answer, does not serve the model asked for by name, or is missing where
            batches run on a cluster.
    """
    if language_model.url is None and settings().dask is not None:
        raise EndpointError(
            f"{language_model.model} has no server URL, and batches on a cluster start no vLLM; start servers and name "
            "them by URL"
        )
    if language_model.url is None:
        dtype = language_model.dtype or ("auto" if has_gpu() else "float32")
        return language_model.model_copy(update={"dtype": dtype})
    served = served_models(language_model.url)
    if language_model.model in served:
        return language_model
    if language_model.model == EMBEDDED_MODEL and served:
        return language_model.model_copy(update={"model": served[0]})
    raise EndpointError(
        f"the server at {language_model.url} serves {mask(', '.join(served)) or 'no model'}, not "
        f"{language_model.model!r}; name one of those as the model"
    )
