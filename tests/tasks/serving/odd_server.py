"""A server whose pages are given: what each answers to a GET, and what a conversation comes to."""

import json
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.local_server import LocalServer

Answer = tuple[int, Any]
REPLY = (200, {"choices": [{"message": {"content": "Yes."}, "finish_reason": "stop"}]})


class OddServer(LocalServer):
    """Answers GET by path, and POST by what ``post`` makes of path and body; keeps what it was asked."""

    def __init__(
        self, pages: Mapping[str, Any], post: Callable[[str, dict], Answer] = lambda path, body: REPLY
    ) -> None:
        self.pages, self.post = pages, post
        self.asked: list[str] = []
        self.bodies: list[dict] = []
        self.keys: list[str | None] = []
        self.url = self.listen(self._handler())

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        odd = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                odd.asked.append(self.path)
                odd.keys.append(self.headers.get("Authorization"))
                page = odd.pages.get(self.path, (404, {"detail": "Not Found"}))
                self._send(*(page if isinstance(page, tuple) else (200, page)))

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                odd.asked.append(self.path)
                odd.bodies.append(body)
                odd.keys.append(self.headers.get("Authorization"))
                self._send(*odd.post(self.path, body))

            def _send(self, status: int, body: Any, headers: Mapping[str, str] | None = None) -> None:
                data = (body if isinstance(body, str) else json.dumps(body)).encode()
                self.send_response(status)
                for name, value in (headers or {}).items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: object) -> None:
                return

        return Handler


def listed(*names: str, owner: str | None = None, **told: object) -> dict:
    """Return a list of models as OpenAI's API has it."""
    owned = {} if owner is None else {"owned_by": owner}
    return {"object": "list", "data": [{"id": name, "object": "model", **owned, **told} for name in names]}
