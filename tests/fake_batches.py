"""A local server that answers in batches as OpenAI's does, when it is told to."""

import hashlib
import itertools
import json
import re
import threading
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler
from urllib.parse import urlsplit

from tests.local_server import LocalServer

MODEL = "batched-model"


class FakeBatches(LocalServer):
    """Keeps files and batches; a batch is done at the ``looks``-th look at it, as ``endings`` say, one after another.

    An ending is a final status; ``answer`` may be replaced to answer a line otherwise: by a line, or by None for none.
    """

    def __init__(self, looks: int = 2) -> None:
        self.looks = looks
        self.files: dict[str, bytes] = {}
        self.batches: dict[str, dict] = {}
        self.endings: list[str] = []
        self.faults: list[int] = []
        self.more_lines: list[dict] = []
        self.asked: list[str] = []
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self.url = self.listen(self._handler())

    def answer(self, line: dict) -> dict | None:
        """Return the line of an answer: the hash of what was asked."""
        mark = hashlib.sha256(json.dumps(line["body"]["messages"]).encode()).hexdigest()[:8]
        return self.said(line, f"Does factor {mark} alter outcome {mark[:4]} in treated patients?")

    def said(self, line: dict, text: str, status: int = 200) -> dict:
        body = {
            "choices": [{"message": {"content": text}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 10, "completion_tokens": 5},
        }
        if status != 200:
            body = {"error": {"message": text}}
        return {"custom_id": line["custom_id"], "response": {"status_code": status, "body": body}, "error": None}

    def create(self, wanted: dict) -> dict:
        lines = [json.loads(line) for line in self.files[wanted["input_file_id"]].splitlines()]
        self.asked += [line["custom_id"] for line in lines]
        batch = {
            "id": f"batch_{next(self._numbers)}",
            "status": "in_progress",
            "metadata": wanted["metadata"],
            "request_counts": {"total": len(lines), "completed": 0, "failed": 0},
            "lines": lines,
            "looked": 0,
            "wanted": wanted,
        }
        self.batches[batch["id"]] = batch
        return batch

    def look(self, batch: dict) -> dict:
        batch["looked"] += 1
        if batch["status"] == "in_progress" and batch["looked"] >= self.looks:
            self._finish(batch, self.endings.pop(0) if self.endings else "completed")
        return batch

    def _finish(self, batch: dict, status: str) -> None:
        batch["status"] = status
        if status == "failed":
            batch["errors"] = {"data": [{"message": "the model does not exist", "code": "invalid"}]}
            return
        answers = [answer for line in batch["lines"] if (answer := self.answer(line)) is not None]
        good = [each for each in answers if each.get("response")] + self.more_lines
        bad = [each for each in answers if not each.get("response")]
        for name, lines in (("output_file_id", good), ("error_file_id", bad)):
            if lines:
                batch[name] = f"file_{next(self._numbers)}"
                self.files[batch[name]] = b"".join(json.dumps(line).encode() + b"\n" for line in lines)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(self._get)

            def do_POST(self) -> None:
                self._answer(self._post)

            def _answer(self, act) -> None:
                with fake._lock:
                    sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                    if fake.faults and "models" not in self.path:
                        self._send(fake.faults.pop(0), json.dumps({"error": {"message": "busy"}}).encode())
                        return
                    status, body = act(urlsplit(self.path).path, sent)
                    self._send(status, body if isinstance(body, bytes) else json.dumps(body).encode())

            def _get(self, path: str, _sent: bytes) -> tuple[int, object]:
                if path == "/v1/models":
                    return 200, {"data": [{"id": MODEL}]}
                if path == "/v1/batches":
                    return 200, {"data": list(fake.batches.values())}
                if found := re.fullmatch(r"/v1/batches/(\w+)", path):
                    batch = fake.batches.get(found[1])
                    return (200, fake.look(batch)) if batch else (404, {"error": {"message": "no such batch"}})
                if found := re.fullmatch(r"/v1/files/(\w+)/content", path):
                    return 200, fake.files[found[1]]
                return 404, {}

            def _post(self, path: str, sent: bytes) -> tuple[int, object]:
                if path == "/v1/files":
                    head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
                    parts = BytesParser().parsebytes(head + sent).get_payload()
                    named = {part.get_param("name", header="content-disposition"): part for part in parts}
                    assert named["purpose"].get_payload() == "batch"
                    file = f"file_{next(fake._numbers)}"
                    fake.files[file] = named["file"].get_payload(decode=True)
                    return 200, {"id": file}
                if path == "/v1/batches":
                    return 200, fake.create(json.loads(sent))
                return 404, {}

            def _send(self, status: int, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                return

        return Handler
