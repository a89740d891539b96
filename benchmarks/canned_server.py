"""A server of canned replies, fast or faulty, that looks like vLLM: what is measured is who asks it.

    python -m benchmarks.canned_server [--port 0] [--delay 0] [--log FILE] [--record FILE] [--faults]

A protocol on asyncio alone, in a process of its own. It prints its port, answers every conversation with a question
(JSON where a schema is asked for) that depends on the conversation alone, ``--delay`` seconds later, and counts what it
was asked at ``/counts``. ``--log`` gets a line for each request, a hash of its conversation and what it was answered;
``--record`` gets each request's body.

With ``--faults``, of every hundred conversations that it has not seen before 12 are answered wrongly the first time: 5
with status 500, 2 never, 1 cut off, 1 with invalid JSON, 2 with 429 and Retry-After, 1 with an empty text. What it has
seen stands in the log, so that one started again goes on.
"""

import argparse
import asyncio
import hashlib
import json
import os
import random
import socket
import time
from pathlib import Path
from typing import Any

MODEL = "fake-model"  # as other servers of tests call theirs: a run goes on here that began there
RATES = {"500": 5, "hang": 2, "cut": 1, "no JSON": 1, "429": 2, "empty": 1}
"""Of a hundred."""
RETRY_AFTER = 2
USAGE = {"prompt_tokens": 800, "completion_tokens": 20, "total_tokens": 820}


def main() -> None:
    """Serve until killed, or until whoever started this is gone."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--delay", type=float, default=0.0)
    parser.add_argument("--log", type=Path)
    parser.add_argument("--record", type=Path)
    parser.add_argument("--faults", action="store_true")
    chosen = parser.parse_args()
    asyncio.run(_serve(Replies(chosen.delay, chosen.log, chosen.record, chosen.faults), chosen.port))


async def _serve(replies: "Replies", port: int) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(replies), "127.0.0.1", port, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    parent = os.getppid()
    async with server:
        while os.getppid() == parent:  # else whoever asked for it was killed
            await asyncio.sleep(1.0)


class Replies:
    """What is answered, and what was."""

    def __init__(self, delay: float, log: Path | None, record: Path | None, faults: bool) -> None:
        self.delay = delay
        self.counts = {"asked": 0, "connections": 0}
        self._log = None if log is None else log.open("a", buffering=1)
        self._record = None if record is None else record.open("a", buffering=1)
        self._seen = {line.split()[0] for line in log.read_text().splitlines()} if log else set()
        pattern = [fault for fault, rate in RATES.items() for _ in range(rate)] if faults else []
        self._pattern = [*pattern, *[""] * (100 - len(pattern))]
        random.Random(15).shuffle(self._pattern)

    def fault_of(self, body: dict[str, Any], mark: str) -> str:
        """Return which fault a conversation of this hash meets now; an empty text for none."""
        self.counts["asked"] += 1
        if self._record is not None:
            self._record.write(json.dumps(body) + "\n")
        fault = "" if mark in self._seen else self._pattern[len(self._seen) % 100]
        self._seen.add(mark)
        if self._log is not None:
            self._log.write(f"{mark} {fault or 'answered'}\n")
        return fault


class _Connection(asyncio.Protocol):
    """One connection: HTTP/1.1, kept alive, bodies with a Content-Length."""

    def __init__(self, replies: Replies) -> None:
        self._replies = replies
        self._received = b""
        self._closes = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._replies.counts["connections"] += 1

    def data_received(self, data: bytes) -> None:
        """Answer each request that is whole."""
        self._received += data
        while (end := self._received.find(b"\r\n\r\n")) >= 0:
            head = self._received[:end].decode("latin-1")
            fields = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
            length, self._closes = int(fields.get("content-length", 0)), fields.get("connection") == "close"
            whole = end + 4 + length
            if len(self._received) < whole:
                return
            body, self._received = self._received[end + 4 : whole], self._received[whole:]
            method, path, _ = head.split(" ", 2)
            if method == "POST":
                self._answer(json.loads(body))
            else:
                self._tell(path)

    def _answer(self, body: dict[str, Any]) -> None:
        mark = hashlib.sha256(json.dumps(body.get("messages") or body.get("prompt")).encode()).hexdigest()
        fault = self._replies.fault_of(body, mark)
        if fault == "hang":
            return
        answer = completion(body, mark, fault)
        if self._replies.delay:
            asyncio.get_running_loop().call_later(self._replies.delay, self._fail_or_send, fault, answer)
        else:
            self._fail_or_send(fault, answer)

    def _fail_or_send(self, fault: str, answer: bytes) -> None:
        if fault == "500":
            self._send(500, b"Internal Server Error", "text/plain")
        elif fault == "429":
            self._send(429, b'{"error": {"message": "slow down"}}', further=f"Retry-After: {RETRY_AFTER}\r\n")
        elif fault == "no JSON":
            self._send(200, answer[: len(answer) // 2])
        elif fault == "cut":
            head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(answer)}\r\n\r\n"
            self._transport.write(head.encode() + answer[:30])
            self._transport.close()
        else:
            self._send(200, answer)

    def _tell(self, path: str) -> None:
        known: dict[str, Any] = {
            "/v1/models": {
                "object": "list",
                "data": [{"id": MODEL, "object": "model", "owned_by": "vllm", "max_model_len": 8192}],
            },
            "/version": {"version": "0.32.0"},
            "/counts": self._replies.counts,
            "/health": {},
        }
        if path == "/metrics":
            lines = [f'vllm:num_requests_{what}{{model_name="{MODEL}"}} 0.0\n' for what in ("running", "waiting")]
            self._send(200, "".join(lines).encode(), "text/plain; version=0.0.4")
        elif path in known:
            self._send(200, json.dumps(known[path]).encode())
        else:
            self._send(404, b'{"detail": "Not Found"}')

    def _send(self, status: int, body: bytes, kind: str = "application/json", further: str = "") -> None:
        if not self._transport.is_closing():
            head = f"HTTP/1.1 {status} x\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{further}\r\n"
            self._transport.write(head.encode() + body)
            if self._closes:
                self._transport.close()


def completion(body: dict[str, Any], mark: str, fault: str) -> bytes:
    """Return the reply to a conversation: a question, or JSON with an answer."""
    if "response_format" in body:
        decision = ("yes", "no", "maybe")[int(mark, 16) % 3]
        text = json.dumps({"decision": decision, "long_answer": f"Finding {mark[:6]} supports this."})
    else:
        text = f"Does factor {mark[:8]} alter outcome {mark[8:12]} in treated patients?"
    text = "" if fault == "empty" else text
    choice: dict[str, Any] = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    if body.get("logprobs"):
        choice["logprobs"] = {"content": [{"token": letter, "logprob": -0.5} for letter in text]}
    reply = {
        "id": mark[:16],
        "object": "chat.completion",
        "created": 0,
        "model": MODEL,
        "choices": [choice],
        "usage": USAGE,
    }
    return json.dumps(reply).encode()


def ceiling(port: int, body: bytes, requests: int = 20_000, connections: int = 16) -> float:
    """Return how many requests a second the server answers to sockets that send and wait, in turn."""
    request = (
        b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        + f"Content-Length: {len(body)}\r\n\r\n".encode()
        + body
    )
    opened = [socket.create_connection(("127.0.0.1", port)) for _ in range(connections)]
    try:
        began = time.monotonic()
        for _ in range(requests // connections):
            for each in opened:
                each.sendall(request)
            for each in opened:
                _receive(each)
        return requests / (time.monotonic() - began)
    finally:
        for each in opened:
            each.close()


def _receive(connection: socket.socket) -> None:
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(65_536)
    head, _, body = received.partition(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    while len(body) < length:
        body += connection.recv(65_536)


if __name__ == "__main__":
    main()
