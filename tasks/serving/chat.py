"""Ask a language-model server many things at once, so that its continuous batching stays full."""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx
from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter

from tasks.serving.endpoint import Endpoint, EndpointError, headers

IN_FLIGHT = 32
TIMEOUT_SECONDS = 300.0
ATTEMPTS = 4

Token = tuple[str, float]
"""A token and its log-probability."""


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """One conversation to go on with. ``options`` are OpenAI's and vLLM's request fields, such as max_tokens."""

    messages: list[dict[str, str]]
    options: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ChatReply:
    """What the model said.

    ``tokens`` pairs each token with its log-probability where those were asked for; ``alternatives`` holds, for each
    token, the likeliest at its place with theirs, the token among them, where ``top_logprobs`` were asked for.
    """

    text: str
    finish_reason: str
    prompt_tokens: int
    completion_tokens: int
    tokens: tuple[Token, ...] = ()
    alternatives: tuple[tuple[Token, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """The server refuses this one request (too long, say); asking again would change nothing."""

    reason: str


class _TransientError(Exception):
    """The server is overloaded or gone for now."""


def complete(
    endpoint: Endpoint, requests: Sequence[ChatRequest], in_flight: int = IN_FLIGHT
) -> list[ChatReply | Refusal]:
    """Return the reply to every request, in their order, with up to ``in_flight`` under way at once.

    Raises:
        EndpointError: the server could not be reached, or failed, four times in a row.
    """
    return asyncio.run(_complete_all(endpoint, requests, in_flight))


async def _complete_all(
    endpoint: Endpoint, requests: Sequence[ChatRequest], in_flight: int
) -> list[ChatReply | Refusal]:
    waiting = deque(enumerate(requests))
    replies: dict[int, ChatReply | Refusal] = {}

    async def work() -> None:
        # A client each: one shared by all spends several times the CPU per request.
        async with httpx.AsyncClient(base_url=endpoint.url, headers=headers(), timeout=TIMEOUT_SECONDS) as client:
            while waiting:
                place, request = waiting.popleft()
                replies[place] = await _complete_one(client, endpoint, request)

    # gather, not a TaskGroup: the first EndpointError is to reach the caller as it is.
    await asyncio.gather(*(work() for _ in range(min(in_flight, len(requests)))))
    return [replies[place] for place in range(len(requests))]


async def _complete_one(client: httpx.AsyncClient, endpoint: Endpoint, request: ChatRequest) -> ChatReply | Refusal:
    try:
        return await _post(client, {"model": endpoint.model, "messages": request.messages, **request.options})
    except _TransientError as error:
        raise EndpointError(f"the server at {endpoint.url} failed {ATTEMPTS} times in a row: {error}") from error


@retry(
    retry=retry_if_exception_type(_TransientError),
    stop=stop_after_attempt(ATTEMPTS),
    wait=wait_exponential_jitter(multiplier=0.5, max=20),
    reraise=True,
)
async def _post(client: httpx.AsyncClient, body: dict[str, Any]) -> ChatReply | Refusal:
    try:
        response = await client.post("/v1/chat/completions", json=body)
    except httpx.TransportError as error:
        raise _TransientError(str(error) or type(error).__name__) from error
    if response.status_code == httpx.codes.TOO_MANY_REQUESTS or response.is_server_error:
        raise _TransientError(f"HTTP {response.status_code}")
    if response.status_code in (httpx.codes.BAD_REQUEST, httpx.codes.UNPROCESSABLE_ENTITY):
        return Refusal(_message(response))
    if response.is_error:
        raise EndpointError(f"{response.url} answered HTTP {response.status_code}: {_message(response)}")
    return _read(response.json())


def _read(body: dict[str, Any]) -> ChatReply:
    choice, usage = body["choices"][0], body["usage"]
    logprobs = (choice.get("logprobs") or {}).get("content") or []
    return ChatReply(
        text=choice["message"]["content"] or "",
        finish_reason=choice["finish_reason"],
        prompt_tokens=usage["prompt_tokens"],
        completion_tokens=usage["completion_tokens"],
        tokens=tuple((token["token"], token["logprob"]) for token in logprobs),
        alternatives=tuple(
            tuple((other["token"], other["logprob"]) for other in token.get("top_logprobs") or ()) for token in logprobs
        ),
    )


def _message(response: httpx.Response) -> str:
    try:
        body = response.json()
        return str(body.get("error", body).get("message", body))[:300]
    except (ValueError, AttributeError):
        return response.text[:300]
