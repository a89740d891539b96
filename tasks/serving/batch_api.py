"""The calls of OpenAI's batch interface: files of requests up, answers down, and how a batch fares.

The format: https://platform.openai.com/docs/api-reference/batch
"""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpx

from tasks import stopping
from tasks.logger import logger
from tasks.network.client import client_options
from tasks.network.mask import mask, server_words
from tasks.network.request import OVERLOADED, retry_after
from tasks.serving.endpoint import Endpoint, EndpointError, how_to_authorise
from tasks.settings import settings

FINAL = frozenset({"completed", "failed", "expired", "cancelled"})
WINDOW = "24h"
MARK = "distillery"
"""The name under which a batch carries our mark, to be found again by."""
LONGEST_WAIT = 30.0
LISTED = 100


@dataclass(frozen=True, slots=True)
class Batch:
    """How a batch fares; ``problem`` is what its provider has against the whole of it."""

    id: str
    status: str
    files: tuple[str, ...]
    done: int
    total: int
    problem: str

    @property
    def is_final(self) -> bool:
        """Whether nothing more comes of it."""
        return self.status in FINAL


class BatchApi(AbstractContextManager["BatchApi"]):
    """What a server of batches is asked; faults that pass are waited for, as long as the settings allow."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._client = httpx.Client(
            base_url=endpoint.api,
            headers=endpoint.headers(),
            timeout=settings().reply_seconds,
            **client_options(endpoint.url),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def upload(self, lines: bytes) -> str:
        """Send a file of requests, a JSON object a line; return its id."""
        files = {"file": ("requests.jsonl", lines, "application/jsonl")}
        sent = self._call(lambda: self._client.post("/files", data={"purpose": "batch"}, files=files))
        return str(_json(sent).get("id"))

    def create(self, file: str, mark: str) -> Batch:
        """Have a file of requests answered; not asked twice where no answer comes, but looked for by its mark."""
        body = {
            "input_file_id": file,
            "endpoint": f"/v1{self._endpoint.path()}",
            "completion_window": WINDOW,
            "metadata": {MARK: mark},
        }

        def post() -> httpx.Response:
            known = self._marked(mark)
            return known or self._client.post("/batches", json=body)

        return _batch(_json(self._call(post)))

    def look(self, batch: str) -> Batch | None:
        """Return how a batch fares; None where the server does not know it."""
        response = self._call(lambda: self._client.get(f"/batches/{batch}"), may_be_absent=True)
        return None if response.status_code == httpx.codes.NOT_FOUND else _batch(_json(response))

    def answers(self, file: str) -> Iterator[dict[str, Any]]:
        """Yield the objects of a file of answers; what is none is passed over."""
        text = self._call(lambda: self._client.get(f"/files/{file}/content")).text
        for line in text.split("\n"):
            try:
                answer = json.loads(line)
            except (ValueError, RecursionError):
                continue
            if isinstance(answer, dict):
                yield answer

    def _marked(self, mark: str) -> httpx.Response | None:
        """Return the answer about the batch that carries a mark, None where no one does."""
        listed = self._client.get("/batches", params={"limit": LISTED})
        if not listed.is_success:
            return listed
        for each in _json(listed).get("data") or ():
            metadata = each.get("metadata") if isinstance(each, dict) else None
            if isinstance(metadata, dict) and metadata.get(MARK) == mark:
                return self._client.get(f"/batches/{each.get('id')}")
        return None

    def _call(self, call: Callable[[], httpx.Response], may_be_absent: bool = False) -> httpx.Response:
        """Return the answer to a call.

        Raises:
            EndpointError: it is refused, or no answer came for as long as the settings allow.
            Stopped: the run was asked to stop.
        """
        began, tries, limit = time.monotonic(), 0, settings().outage_seconds
        while True:
            wait = 0.0
            try:
                response = call()
            except httpx.HTTPError as error:
                said = f"the connection failed ({mask(error) or type(error).__name__})"
            else:
                absent = may_be_absent and response.status_code == httpx.codes.NOT_FOUND
                if response.is_success or absent:
                    return response
                status = response.status_code
                said = f"HTTP {status}: {server_words(response)}"
                if status not in OVERLOADED and status < httpx.codes.INTERNAL_SERVER_ERROR:
                    advice = how_to_authorise(status, self._endpoint.key_from)
                    raise EndpointError(
                        f"{self._endpoint.where} answered {said}, to {response.request.url.path}{advice}"
                    )
                wait = retry_after(response)
            tries += 1
            if time.monotonic() - began + wait > limit:
                raise EndpointError(
                    f"{self._endpoint.where} did not answer about batches, at last with: {said}; they go on there. Run "
                    "the same command when it is back"
                )
            logger.warning("%s: %s; asking again", self._endpoint.where, said)
            stopping.sleep(max(wait, min(settings().retry_seconds * 2.0 ** min(tries, 10), LONGEST_WAIT)))


def _json(response: httpx.Response) -> dict[str, Any]:
    try:
        body = response.json()
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise EndpointError(f"{mask(response.request.url)} answered with no JSON object; is it a server of batches?")
    return body


def _batch(body: dict[str, Any]) -> Batch:
    counts = body.get("request_counts") or {}
    errors = (body.get("errors") or {}).get("data") or []
    files = (body.get("output_file_id"), body.get("error_file_id"))
    return Batch(
        id=str(body.get("id")),
        status=str(body.get("status")),
        files=tuple(str(file) for file in files if file),
        done=int(counts.get("completed") or 0) + int(counts.get("failed") or 0),
        total=int(counts.get("total") or 0),
        problem=mask("; ".join(str(error.get("message")) for error in errors if isinstance(error, dict))),
    )
