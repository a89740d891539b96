"""A local server that answers like the Hugging Face Hub, with a few small models."""

import hashlib
import json
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler
from urllib.parse import unquote, urlsplit

from tests.local_server import LocalServer

COMMIT = "c0" * 20


class FakeHub(LocalServer):
    """Serves ``models``: files by model. ``gated`` ones want a token; ``asked`` holds the files that were fetched."""

    def __init__(self, models: Mapping[str, Mapping[str, bytes]], gated: tuple[str, ...] = ()) -> None:
        self.models, self.gated = models, gated
        self.asked: list[str] = []
        self.tokens: set[str | None] = set()
        hub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                hub._answer(self, with_body=True)

            def do_HEAD(self) -> None:
                hub._answer(self, with_body=False)

            def log_message(self, *_: object) -> None:
                return

        self.url = self.listen(Handler)

    def _answer(self, handler: BaseHTTPRequestHandler, with_body: bool) -> None:
        path = unquote(urlsplit(handler.path).path)
        self.tokens.add(handler.headers.get("Authorization"))
        status, headers, body = self._found(path, handler.headers.get("Authorization"))
        if with_body and "/resolve/" in path and status == 200:
            self.asked.append(path.rpartition("/")[2])
        handler.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            handler.send_header(name, value)
        handler.end_headers()
        if with_body:
            handler.wfile.write(body)

    def _found(self, path: str, token: str | None) -> tuple[int, dict[str, str], bytes]:
        if path == "/api/models":
            return self._json([{"id": name, "modelId": name} for name in self.models])
        name = next((each for each in self.models if f"/{each}/" in f"{path}/"), None)
        if name is None:
            return 401, {"X-Error-Code": "RepoNotFound", "X-Error-Message": "Repository not found"}, b"{}"
        if name in self.gated and token != "Bearer hf_accepted":
            return 403, {"X-Error-Code": "GatedRepo", "X-Error-Message": "Access is restricted"}, b"{}"
        files = self.models[name]
        if "/resolve/" in path:
            content = files[path.rpartition("/")[2]]
            headers = {"ETag": f'"{hashlib.sha256(content).hexdigest()}"', "X-Repo-Commit": COMMIT}
            return 200, headers, content
        if "/revision/" in path and path.rpartition("/")[2] not in ("main", COMMIT):
            return 404, {"X-Error-Code": "RevisionNotFound", "X-Error-Message": "Invalid rev id"}, b"{}"
        if "/tree/" in path:
            entries = [
                {"type": "file", "path": each, "size": len(content), "oid": hashlib.sha1(content).hexdigest()}
                for each, content in files.items()
            ]
            return self._json(entries)
        siblings = [{"rfilename": each, "size": len(content)} for each, content in files.items()]
        return self._json({"id": name, "modelId": name, "sha": COMMIT, "siblings": siblings, "private": False})

    def _json(self, value: object) -> tuple[int, dict[str, str], bytes]:
        return 200, {"Content-Type": "application/json"}, json.dumps(value).encode()
