"""Find out what a server is: where its API begins, which models it serves, and of which kind it is.

One page is asked of a server that says what it is in its list of models, as most do; the others tell by a page of
their own.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx

from tasks.network.address import without_password
from tasks.network.client import client_options
from tasks.network.mask import mask, server_words
from tasks.serving.authorisation import AbsentError, EndpointError, how_to_authorise
from tasks.serving.servers.chat_completions import ChatCompletions, Entry
from tasks.serving.servers.registry import kinds

PROBE_SECONDS, CHAT_SECONDS = 10.0, 60.0
AT_ITS_END = re.compile(r"/(v\d+[a-z\d]*|openai)$")
"""How the path of an API ends, where people write it whole."""
PASTED = re.compile(r"(/chat/completions|/completions|/models)$")
NO_CHAT = re.compile(
    r"embed|rerank|whisper|transcri|moderation|dall-e|gpt-image|\btts\b|\bsora\b|realtime|colbert"
    r"|(^|[/_-])(bge|gte|e5|clip)-",
    re.IGNORECASE,
)
"""Names of models that no one talks to."""
NO_LIST = frozenset({400, 403, 404, 405, 500, 501})
"""Statuses of a server that does not list its models, or not to everyone; ``transformers serve`` fails without any."""
MOST_NAMED = 12


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a server turned out to be.

    Attributes:
        root: the address of its API; requests go to pages below it.
        kind: how it is asked.
        models: what its list says of each model that can be asked, by their names; empty where there is no list.
        pages: its other pages.
    """

    root: str
    kind: ChatCompletions
    models: dict[str, Entry]
    pages: "Pages"

    def ready(self) -> tuple[str, ...]:
        """Return the names of the models that can be asked now, in the server's order."""
        served = self.kind.served(tuple(self.models.values()), self.pages)
        return tuple(name for name in served if not NO_CHAT.search(name))


class Pages:
    """The pages of a server below its host or prefix, each asked once."""

    def __init__(self, root: str, headers: Mapping[str, str]) -> None:
        self._base, self._headers = AT_ITS_END.sub("", root), headers
        self._seen: dict[str, Any] = {}

    def __call__(self, path: str, posted: Mapping[str, Any] | None) -> Any:  # noqa: ANN401 - any JSON value
        """Return a page's JSON, None where there is none."""
        key = f"{path} {posted}"
        if key not in self._seen:
            self._seen[key] = self._ask(path, posted)
        return self._seen[key]

    def _ask(self, path: str, posted: Mapping[str, Any] | None) -> Any:  # noqa: ANN401 - any JSON value
        method, url = ("GET" if posted is None else "POST"), f"{self._base}{path}"
        try:
            return _json(
                httpx.request(
                    method, url, json=posted, headers=self._headers, timeout=PROBE_SECONDS, **client_options(url)
                )
            )
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError):
            return None


def recognise(
    url: str,
    headers: Mapping[str, str],
    named: str | None = None,
    model: str | None = None,
    key_from: str | None = None,
) -> Recognised:
    """Return what answers at an address, which people write with ``/v1`` and without, or copy from a page's.

    Args:
        headers: sent with each request.
        named: the kind that it is, where that is known.
        model: asked for by name, so that a server which lists none may serve it.
        key_from: where the key is, for messages.

    Raises:
        EndpointError: nothing answers, or what answers is no server of language models.
    """
    try:
        without_password(url)
    except ValueError as error:
        raise EndpointError(str(error)) from None
    try:
        urlsplit(url)
    except ValueError as error:
        raise EndpointError(f"{mask(url)} is no address of a server ({mask(error)}); check it") from None
    failures: list[str] = []
    for root in roots(url):
        listed = _list_of_models(root, url, headers, key_from, failures)
        if listed is not None:
            return _recognised(root, listed, headers, named)
    if model is not None:
        for root in roots(url):
            if _chats(root, model, headers, key_from, failures):
                return _recognised(root, (), headers, named)
    root = roots(url)[0]
    pages = Pages(root, headers)
    kind = kinds()[named] if named is not None else _kind(root, (), pages)
    if kind.served((), pages):
        return Recognised(root, kind, {}, pages)
    raise EndpointError(failures[0])


def roots(url: str) -> tuple[str, ...]:
    """Return where an API may begin whose address is given, the likelier place first."""
    given = PASTED.sub("", url.strip().rstrip("/"))
    below = f"{given}/v1"
    return (given, below) if AT_ITS_END.search(urlsplit(given).path) else (below, given)


def choose(server: Recognised, model: str, is_default: bool, url: str) -> str:
    """Return the name by which a server is asked for a model.

    Args:
        is_default: nobody named the model; the only one that is served is meant.

    Raises:
        EndpointError: it does not serve that model, or serves several.
    """
    if _listed(server.models, model) is not None:
        return model
    where = f"the server at {mask(url)}"
    if not is_default and (not server.models or not server.kind.lists_served):
        return model
    ready = server.ready()
    named = mask(", ".join([*ready[:MOST_NAMED], *(["…"] if ready[MOST_NAMED:] else [])]))
    if not is_default:
        others = named or "no model that can be asked"
        raise EndpointError(f"{where} serves {others}, not {model!r}; name one of those as the model")
    if not ready:
        raise EndpointError(f"{where} lists no model that can be asked; name the one that it serves as the model")
    if len(ready) > 1:
        raise EndpointError(f"{where} serves several models: {named}; name one of them as the model")
    return ready[0]


def longest(server: Recognised, model: str) -> int | None:
    """Return how many tokens a prompt and its answer may have together, None where the server does not tell."""
    listed = _listed(server.models, model)
    return server.kind.longest(listed or model, server.models.get(listed or model, {}), server.pages)


def _listed(models: Mapping[str, Entry], model: str) -> str | None:
    """Return how a list names a model: Ollama adds a tag where there is none, Gemini a collection."""
    return next((name for name in (model, f"{model}:latest", f"models/{model}") if name in models), None)


def _recognised(root: str, listed: tuple[Entry, ...], headers: Mapping[str, str], named: str | None) -> Recognised:
    pages = Pages(root, headers)
    kind = kinds()[named] if named is not None else _kind(root, listed, pages)
    return Recognised(root, kind, {str(model["id"]): model for model in listed}, pages)


def _kind(root: str, listed: tuple[Entry, ...], pages: Pages) -> ChatCompletions:
    host, known = urlsplit(root).hostname or "", kinds()
    owners = {str(model.get("owned_by")) for model in listed}
    for kind in known.values():
        if kind.owners & owners or any(f".{host}".endswith(f".{its}") for its in kind.hosts):
            return kind
    return next((kind for kind in known.values() if kind.is_known_by(pages)), known[ChatCompletions.name])


def _list_of_models(
    root: str, url: str, headers: Mapping[str, str], key_from: str | None, failures: list[str]
) -> tuple[Entry, ...] | None:
    """Return what a server lists; None where it lists nothing here, and why among the failures."""
    address = f"{root}/models"
    try:
        reply = httpx.get(address, headers=headers, timeout=PROBE_SECONDS, **client_options(root))
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:  # UnicodeError: no name of a host
        raise AbsentError(
            f"no language-model server answers at {mask(url)} ({mask(error) or type(error).__name__}); "
            "start one there, or name no URL to have vLLM started for the run"
        ) from None
    if reply.is_redirect:
        raise EndpointError(
            f"{mask(address)} is redirected to {mask(reply.headers.get('location', 'nowhere'))}, where no key is sent; "
            "give the address that it leads to"
        )
    listed = _models(_json(reply)) if reply.is_success else None
    if listed is not None:
        return listed
    failure = (
        f"{mask(address)} did not answer with a model list; is {mask(url)} an OpenAI-compatible server?"
        if reply.is_success
        else f"{mask(address)} answered HTTP {reply.status_code} ({server_words(reply) or 'without a word'}); expected "
        "the model list of an OpenAI-compatible server, such as one started with `vllm serve`"
        f"{how_to_authorise(reply.status_code, key_from)}"
    )
    if not reply.is_success and reply.status_code not in NO_LIST:
        raise EndpointError(failure)
    failures.append(failure)
    return None


def _models(body: object) -> tuple[Entry, ...] | None:
    """Return what is listed; nothing for null, None for what is no list."""
    listed = body.get("data", False) if isinstance(body, dict) else body
    if listed is None and isinstance(body, dict):
        return ()
    if not isinstance(listed, list) or not all(isinstance(model, dict) and "id" in model for model in listed):
        return None
    return tuple(listed)


def _chats(root: str, model: str, headers: Mapping[str, str], key_from: str | None, failures: list[str]) -> bool:
    """Return whether conversations go on here; a server that minds how it is asked does so, too."""
    address = f"{root}/chat/completions"
    greeting = {"model": model, "messages": [{"role": "user", "content": "Hello"}], "max_tokens": 1}
    try:
        reply = httpx.post(address, json=greeting, headers=headers, timeout=CHAT_SECONDS, **client_options(root))
    except httpx.TimeoutException:
        return True  # it loads the model
    except httpx.HTTPError:
        return False
    words = server_words(reply)
    if reply.is_success or (reply.status_code in (400, 422) and "model" not in words.lower()):
        return True
    authorise = how_to_authorise(reply.status_code, key_from)
    if authorise or reply.status_code not in NO_LIST or "model" in words.lower():
        said = f"HTTP {reply.status_code} ({words or 'without a word'})"
        failures.insert(0, f"{mask(address)} answered {said}{authorise}")
    return False


def _json(reply: httpx.Response) -> Any:  # noqa: ANN401 - any JSON value
    try:
        return reply.json()
    except (ValueError, RecursionError):
        return None
