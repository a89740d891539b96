"""A local OpenAI-compatible server with canned, repeatable replies, and faults on demand."""

import hashlib
import itertools
import json
import re
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler

import httpx

from tests.local_server import LocalServer

MODEL = "fake-model"


def answer_to(body: dict, mark: str) -> dict:
    """Return an object of the schema that a request names, grounded in the evidence that it shows.

    Of the choices that there are, ``mark`` (hexadecimal digits) takes one; texts quote the first passage.
    """
    schema = body["response_format"]["json_schema"]["schema"]
    told = body["messages"][-1]["content"] if body.get("messages") else body["prompt"]
    evidence = re.sub(r"^.*?\[\d+\] ", "", told.partition("\n\n")[0], count=1, flags=re.DOTALL)
    sentences = re.split(r"(?<=[.!?])\s+", " ".join(evidence.split()))
    quoted = max(sentences[:5], key=len)[:400]
    texts = {"long_answer": f"The work on {' '.join(sentences[0].split()[:8])} tells so.", "evidence_sentence": quoted}
    answer = {}
    for name, field in schema["properties"].items():
        if "enum" in field:
            answer[name] = field["enum"][int(mark, 16) % len(field["enum"])]
        elif field["type"] == "array":
            answer[name] = field["items"].get("enum", [" ".join(quoted.split()[:2])])[:1]
        else:
            answer[name] = texts.get(name, " ".join(quoted.split()[:2]))[: field.get("maxLength")]
    return answer


class FakeLlm(LocalServer):
    """Keeps requests; serves ``faults`` first; takes ``delay`` seconds for a reply.

    A fault is a status, a body and, where it needs some, headers; or what the handler of the request is to do.
    """

    def __init__(self, delay: float = 0.0) -> None:
        self.delay = delay
        self.models = [MODEL]
        self.faults: list[tuple | Callable[[BaseHTTPRequestHandler], None]] = []
        self.requests: list[dict] = []
        self.headers: list[httpx.Headers] = []
        self._lock = threading.Lock()
        self._draws = itertools.count(1)
        self.url = self.listen(self._handler())

    def reply(self, body: dict) -> str:
        """Answer a question about evidence with JSON that passes every gate, anything else with such a question.

        Above temperature 0 every reply is another.
        """
        drawn = next(self._draws) if body.get("temperature") else 0
        mark = hashlib.sha256(json.dumps([body.get("messages") or body["prompt"], drawn]).encode()).hexdigest()
        if "structured_outputs" in body:
            choices = body["structured_outputs"]["choice"]
            return str(choices[int(mark, 16) % len(choices)])
        if "response_format" in body:
            return json.dumps(answer_to(body, mark))
        return f"Does factor {mark[:8]} alter outcome {mark[8:12]} in treated patients?"

    def fault_of(self, body: dict) -> tuple | None:
        """Return the fault of a request that always fails, None for one that does not."""
        return None

    def tokens(self, body: dict, text: str) -> list[dict]:
        """Return the tokens of a reply: its letters."""
        return [{"token": letter, "logprob": -0.5} for letter in text]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                models = {"data": [{"id": name, "owned_by": "vllm"} for name in fake.models]}
                self._send(200, json.dumps(models) if self.path == "/v1/models" else "{}")

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with fake._lock:
                    fake.requests.append(body)
                    fake.headers.append(httpx.Headers(dict(self.headers)))
                    fault = fake.faults.pop(0) if fake.faults else fake.fault_of(body)
                if callable(fault):
                    fault(self)
                    return
                if fault is not None:
                    self._send(*fault)
                    return
                time.sleep(fake.delay)
                text = fake.reply(body)
                choice = {"message": {"content": text}, "finish_reason": "stop"}
                if body.get("logprobs"):
                    choice["logprobs"] = {"content": fake.tokens(body, text)}
                usage = {"prompt_tokens": 10, "completion_tokens": 5}
                self._send(200, json.dumps({"choices": [choice], "usage": usage}))

            def _send(self, status: int, body: str, headers: dict[str, str] | None = None) -> None:
                data = body.encode()
                self.send_response(status)
                for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: object) -> None:
                return

        return Handler
