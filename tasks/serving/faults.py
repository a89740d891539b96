"""What a server's answer comes to, told apart here alone: a reply, a refusal, or one of the faults of a server.

| answer | a fault | what happens |
|---|---|---|
| 408, 425, 429, 5xx; with 200 HTML, events, no JSON, no choices, an error object | that passes | asked again |
| 400, 409, 413, 414, 422, 431 | of the request | refused: the row is quarantined |
| 401, 402, 407; 429 when a quota is spent | of the configuration | the run stops |
| 3xx, 403, 404 and the rest | of one request or of all | another request tells; see ``tasks.serving.complete`` |
"""

import json
from contextlib import suppress
from typing import Any

import httpx
import orjson

from tasks.network.answer import HttpAnswer
from tasks.network.mask import READ_OF_A_FAILURE, mask, server_words
from tasks.network.request import OVERLOADED, retry_after
from tasks.serving.authorisation import EndpointError, how_to_authorise
from tasks.serving.reply import NoReplyError, Refusal, Reply, read_reply

OF_THE_REQUEST = frozenset({400, 409, 413, 414, 422, 431})
OF_THE_CONFIGURATION = frozenset({401, 402, 407})
SPENT = frozenset({"insufficient_quota", "billing_hard_limit_reached", "billing_not_active"})
"""OpenAI's codes of a 429 that no waiting mends."""


class PassingFaultError(Exception):
    """A fault that may pass.

    Attributes:
        wait: seconds that the server asks for.
        paces: the server wants fewer requests, and so has nothing against this one.
        status: of the answer, 0 where there was none.
        words: the server's, masked; what it does not take may stand in them.
    """

    def __init__(self, reason: str, wait: float = 0.0, paces: bool = False, status: int = 0, words: str = "") -> None:
        super().__init__(reason)
        self.wait, self.paces = wait, paces
        self.status, self.words = status, words


class LateError(PassingFaultError):
    """The answer, or the whole of it, did not come in time."""


class UnclearFaultError(Exception):
    """A fault of this request alone or of every one; ``words`` are the server's, masked."""

    def __init__(self, reason: str, status: int, words: str = "") -> None:
        super().__init__(reason)
        self.status, self.words = status, words

    @property
    def moved(self) -> bool:
        """Whether it is a redirection: of one request alone, it may pass."""
        return httpx.codes.is_redirect(self.status)


def read_response(response: HttpAnswer, key_from: str | None = None) -> Reply | Refusal:
    """Return the reply or the refusal that a response comes to.

    Args:
        key_from: where the key is that was sent, for messages.

    Raises:
        PassingFaultError, UnclearFaultError: see there.
        EndpointError: of the configuration.
    """
    body = _json(response)
    status, code = _status(response, body)
    if httpx.codes.is_success(status):
        return _reply(response, body)
    words = server_words(response)
    said = f"HTTP {status}{f': {words}' if words else ''}"
    whole = mask(response.text[:READ_OF_A_FAILURE], READ_OF_A_FAILURE)
    if status in OF_THE_CONFIGURATION or code in SPENT:
        raise EndpointError(f"{mask(response.url)} answered {said}{how_to_authorise(status, key_from)}")
    if status in OVERLOADED or status >= httpx.codes.INTERNAL_SERVER_ERROR:
        paces = status == httpx.codes.TOO_MANY_REQUESTS
        raise PassingFaultError(said, retry_after(response), paces, status, whole)
    if status in OF_THE_REQUEST:
        return Refusal(said, status, whole)
    if httpx.codes.is_redirect(status):
        said = f"HTTP {status}, a redirection to {mask(response.headers.get('location', 'nowhere'))}"
    raise UnclearFaultError(said, status, whole)


def _status(response: HttpAnswer, body: object) -> tuple[int, str]:
    """Return the status and the code of an answer; an error object with status 200 has the status that it names."""
    status, error = response.status_code, body
    if isinstance(body, dict) and isinstance(body.get("error"), dict):
        error = body["error"]
    if not isinstance(body, dict) or not isinstance(error, dict):
        return status, ""
    code = error.get("code") or error.get("type")
    if response.is_success and "choices" not in body and (body.get("error") or body.get("object") == "error"):
        status = code if isinstance(code, int) and 400 <= code < 600 else httpx.codes.BAD_GATEWAY
    return status, str(code)


def _reply(response: HttpAnswer, body: object) -> Reply | Refusal:
    try:
        reply = read_reply(body)
    except NoReplyError as error:
        raise PassingFaultError(_not_json(response) if body is None else f"it answered with {error}") from None
    return Refusal(mask(reply.reason)) if isinstance(reply, Refusal) else reply


def _json(response: HttpAnswer) -> Any:  # noqa: ANN401 - any JSON value
    """Return the body, None where it is no JSON."""
    with suppress(orjson.JSONDecodeError):
        return orjson.loads(response.content)
    try:  # what is JSON for Python alone: halves of surrogate pairs, NaN, other encodings
        return json.loads(response.content)
    except (ValueError, RecursionError):
        return None


def _not_json(response: HttpAnswer) -> str:
    start = response.content[:200].lstrip().lower()
    if start.startswith((b"data:", b"event:")):
        return "it answered with an event stream, which was not asked for"
    if start.startswith(b"<"):
        return f"it answered with HTML in place of JSON: {mask(response.text[:READ_OF_A_FAILURE], 80)}"
    return "its answer is cut off or no JSON" if start else "its answer is empty"
