"""A server that answers: its address, its name for the model, how it is asked, and whether it is there."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

from tasks.hardware import has_gpu
from tasks.logger import logger
from tasks.network.mask import mask
from tasks.serving.authorisation import AbsentError, EndpointError, bearer, headers, how_to_authorise
from tasks.serving.dialect import Dialect
from tasks.serving.model import EMBEDDED_MODEL, LanguageModel
from tasks.serving.recognise import Recognised, choose, longest, recognise, roots
from tasks.serving.request import Request
from tasks.serving.servers.chat_completions import ChatCompletions
from tasks.serving.servers.vllm import Vllm
from tasks.serving.spending import Spending

__all__ = [
    "Endpoint",
    "EndpointError",
    "bearer",
    "connect",
    "headers",
    "how_to_authorise",
    "resolve",
    "served_models",
]


def _goes_on() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A server of language models and the name under which it serves one.

    Attributes:
        url: of its API; below a host alone that is ``/v1``.
        model: its name there.
        kind: how it is asked.
        dialect: what it turned out not to take.
        has_ended: tells of a server of our own that no waiting brings back.
        key: what such a one asks for.
        key_from: where the key of a server of the user's is.
        more_headers: sent with each request.
        more_fields: of each request, over those of its kind.
        thinking_tokens: for the model's thoughts; 0 where it is asked not to think.
        max_model_len: tokens of a prompt and its answer together, None where the server does not tell. A longer
            prompt is refused in any case; who fills prompts up to a length can read it.
        replicas: further servers of the same model, each with what is known of it.
        spending: that of the whole run.
    """

    url: str
    model: str
    kind: ChatCompletions = field(default_factory=Vllm, compare=False)
    dialect: Dialect = field(default_factory=Dialect, compare=False)
    has_ended: Callable[[], bool] = field(default=_goes_on, compare=False)
    key: str | None = field(default=None, compare=False, repr=False)
    key_from: str | None = field(default=None, compare=False)
    more_headers: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)
    more_fields: Mapping[str, Any] = field(default_factory=dict, compare=False)
    thinking_tokens: int = field(default=0, compare=False)
    max_model_len: int | None = field(default=None, compare=False)
    replicas: tuple["Endpoint", ...] = field(default=(), compare=False)
    spending: Spending = field(default_factory=Spending, compare=False)

    @property
    def api(self) -> str:
        """The address below which requests go."""
        bare = self.url.rstrip("/")
        return bare if urlsplit(bare).path else f"{bare}/v1"

    @property
    def where(self) -> str:
        """What it is called in sentences."""
        return f"the server at {mask(self.url)}"

    def sharing(self, spending: Spending) -> "Endpoint":
        """Return the endpoint and its replicas with what they are asked counted by ``spending``."""
        replicas = tuple(replica.sharing(spending) for replica in self.replicas)
        return replace(self, spending=spending, replicas=replicas)

    def headers(self) -> dict[str, str]:
        """Return what is sent with each request; the user's key is for servers of the user's.

        Raises:
            EndpointError: see ``headers``.
        """
        authorised = headers(self.key_from) if self.key is None else bearer(self.key)
        return {**self.more_headers, **authorised}

    def asked(self, request: Request) -> Request:
        """Return a request with tokens for the thoughts of this server's model."""
        if request.thinking_tokens >= self.thinking_tokens:
            return request
        return replace(request, thinking_tokens=self.thinking_tokens)

    def body(self, request: Request) -> dict[str, Any]:
        """Return what is posted for a request, in the dialect as it is known now."""
        return {"model": self.model, **self.kind.body(self.asked(request), self.dialect), **self.more_fields}

    def path(self) -> str:
        """Return where it is posted to, below ``api``."""
        return self.kind.path(self.dialect)


def served_models(url: str) -> list[str]:
    """Return the names of the models that a server has for asking, in its order.

    Raises:
        EndpointError: nothing answers at ``url``, or what answers is no OpenAI-compatible server.
    """
    return list(recognise(url, headers()).ready())


def resolve(language_model: LanguageModel) -> LanguageModel:
    """Return the model with nothing left open: the name its server uses, or the precision it will be served in.

    Raises:
        EndpointError: the server does not answer, or does not serve the model asked for by name.
    """
    if language_model.url is None:
        dtype = language_model.dtype or ("auto" if has_gpu() else "float32")
        return language_model.model_copy(update={"dtype": dtype})
    endpoint = _connect(language_model)
    resolved = language_model.model_copy(update={"model": endpoint.model})
    _remember(resolved, endpoint)
    return resolved


def connect(language_model: LanguageModel) -> Endpoint:
    """Return the servers of a model that names a URL; what they are is asked once in a process.

    What is learnt of a server's dialect stays with what this returns.

    Raises:
        EndpointError: none of them answers, or one does not serve the model.
    """
    with _asking:
        known = _known.get(_name_of(language_model))
        if known is None:
            known = _connect(language_model)
            _remember(language_model, known)
        return known


_asking = Lock()
_known: dict[str, Endpoint] = {}


def _name_of(language_model: LanguageModel) -> str:
    return language_model.model_dump_json()


def _remember(language_model: LanguageModel, endpoint: Endpoint) -> None:
    _known[_name_of(language_model)] = endpoint


def _connect(language_model: LanguageModel) -> Endpoint:
    """Return the first server that answers, with the others as its replicas."""
    assert language_model.url is not None
    absent: list[tuple[str, AbsentError]] = []
    urls = [language_model.url, *language_model.replicas]
    for url in urls:
        try:
            first = _endpoint(language_model, url)
        except AbsentError as error:
            absent.append((url, error))
            continue
        named = language_model.model_copy(update={"model": first.model})
        for _, reason in absent:
            logger.warning("%s; the others are asked until it does", reason)
        away = [_as_the_first(first, other) for other, _ in absent]
        further = [_replica(named, other, first) for other in urls[len(absent) + 1 :]]
        return replace(first, replicas=(*away, *further))
    raise absent[0][1]


def _endpoint(language_model: LanguageModel, url: str) -> Endpoint:
    is_default = language_model.model == EMBEDDED_MODEL
    asked = None if is_default else language_model.model
    sent = {**language_model.headers, **headers(language_model.key_from)}
    server = recognise(url, sent, language_model.kind, asked, language_model.key_from)
    model = choose(server, language_model.model, is_default, url)
    endpoint = _of(server, language_model, model)
    limit = endpoint.max_model_len
    told = f"; a prompt and its answer may have {limit:,} tokens" if limit else ""
    _say(logging.INFO, f"{endpoint.where} serves {mask(model)} ({server.kind.title}){told}")
    if server.kind.caution:
        _say(logging.WARNING, f"{endpoint.where}: {server.kind.caution}")
    return endpoint


@cache
def _say(level: int, sentence: str) -> None:
    """Log what is known of a server, once in a process: several models of a run may name one."""
    logger.log(level, "%s", sentence)


def _of(server: Recognised, language_model: LanguageModel, model: str) -> Endpoint:
    return Endpoint(
        server.root,
        model,
        server.kind,
        key_from=language_model.key_from,
        more_headers=language_model.headers,
        more_fields=language_model.body,
        thinking_tokens=language_model.thinking_tokens,
        max_model_len=longest(server, model),
    )


def _replica(named: LanguageModel, url: str, first: Endpoint) -> Endpoint:
    """Return a further server; one that does not answer now is taken to be as the first, and may come later.

    Raises:
        EndpointError: it serves another model.
    """
    try:
        return _endpoint(named, url)
    except AbsentError as error:
        logger.warning("%s; the others are asked until it does", error)
        return _as_the_first(first, url)


def _as_the_first(first: Endpoint, url: str) -> Endpoint:
    return replace(first, url=roots(url)[0], dialect=Dialect(), replicas=())
