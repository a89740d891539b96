"""What a request costs the processor, on the way from a row to its answer in a table: ours and plainer ways.

    python benchmarks/request_cost.py --requests 2000

A server in another process answers at once. Each way asks it the same prompts, of about the length of an abstract with
two examples. The last line is JSON.
"""

import argparse
import asyncio
import json
import multiprocessing
import tempfile
import time
from collections.abc import Awaitable, Callable
from multiprocessing.connection import Connection

import httpx
import polars as pl

from tasks.network.client import client_options
from tasks.network.wide_client import WideClient
from tasks.orchestration.ask import fill_by_asking
from tasks.orchestration.progress import StageProgress
from tasks.serving.ask_rows import ask_rows
from tasks.serving.asking import Asking, Row
from tasks.serving.complete import complete
from tasks.serving.endpoint import Endpoint
from tasks.serving.reply import Reply
from tasks.serving.request import Request
from tasks.store.recipe import Recipe
from tasks.store.row_key import ROW_KEY
from tasks.store.store import Store

ANSWER = json.dumps(
    {
        "choices": [{"message": {"content": "Does aspirin help?"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 500, "completion_tokens": 5},
    }
).encode()
HEAD = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(ANSWER)}\r\n\r\n".encode()
ABSTRACT = "We followed 1,200 women at high risk of pre-eclampsia; half of them took aspirin from week 14. " * 15
JSON = {"Content-Type": "application/json"}


class Answering(asyncio.Protocol):
    """Answers every request with the same words as soon as it is whole."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport, self._read, self._wanted = transport, b"", -1

    def data_received(self, data: bytes) -> None:
        self._read += data
        while True:
            end = self._read.find(b"\r\n\r\n")
            if end < 0:
                return
            head = self._read[:end].lower()
            length = int(head.partition(b"content-length:")[2].split(b"\r\n")[0] or 0)
            if len(self._read) < end + 4 + length:
                return
            self._read = self._read[end + 4 + length :]
            if head.startswith(b"get"):
                self._transport.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
            else:
                self._transport.write(HEAD + ANSWER)


def serve(told: Connection) -> None:
    """Answer until the process is ended; say where first."""

    async def run() -> None:
        server = await asyncio.get_running_loop().create_server(Answering, "127.0.0.1", 0, backlog=2048)
        told.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(run())


def conversation(number: int) -> list[dict[str, str]]:
    return [
        {"role": "system", "content": "You write research questions for biomedical articles."},
        {"role": "user", "content": f"Abstract: {ABSTRACT}\nTitle: Number {number}\nQuestion:"},
    ]


def gather(count: int, width: int, post: Callable[[int], Awaitable[object]]) -> Awaitable[None]:
    """Have so many workers post everything."""
    left = iter(range(count))

    async def work() -> None:
        for number in left:
            await post(number)

    async def all_of_them() -> None:
        await asyncio.gather(*(work() for _ in range(width)))

    return all_of_them()


def body(number: int) -> bytes:
    return json.dumps({"model": "m", "messages": conversation(number), "max_tokens": 64, "temperature": 0.0}).encode()


def plain(url: str, count: int, width: int, own_clients: bool) -> None:
    """Post with httpx and no more: one client for all, or one for each worker."""

    async def run() -> None:
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
        clients = [
            httpx.AsyncClient(base_url=url, timeout=60.0, limits=limits, **client_options(url))
            for _ in range(width if own_clients else 1)
        ]

        async def post(number: int) -> None:
            found = clients[number % len(clients)]
            (await found.post("/v1/chat/completions", content=body(number), headers=JSON)).json()

        await gather(count, width, post)
        for each in clients:
            await each.aclose()

    asyncio.run(run())


def wide(url: str, count: int, width: int) -> None:
    """Post with the client that conversations have, and no more."""

    async def run() -> None:
        client = WideClient(url, {}, 15.0)

        async def post(number: int) -> None:
            json.loads((await client.post("/v1/chat/completions", body(number), JSON)).content)

        await gather(count, width, post)
        await client.close()

    asyncio.run(run())


def requests(count: int) -> list[Request]:
    return [Request(conversation(number), max_tokens=64) for number in range(count)]


def rows(count: int) -> pl.DataFrame:
    return pl.DataFrame({ROW_KEY: [f"{number:08}" for number in range(count)], "pmid": range(count)})


def read(reply: Reply, row: Row) -> dict[str, object]:
    return {"text": reply.text}


ASKING = Asking(lambda row: Request(conversation(row["pmid"]), max_tokens=64), read, {"text": pl.String}, ("pmid",))


def stored(url: str, count: int) -> None:
    """Ask and keep, as a stage does."""
    StageProgress.__enter__ = lambda self: self  # it tells a Prefect server
    with tempfile.TemporaryDirectory() as root:
        store = Store(root)
        table = store.table(Recipe("questions", 1))
        fill_by_asking(store, table, rows(count), ASKING, lambda: Endpoint(url, "m"), label="questions")


def main() -> None:
    """Print a table and the result."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--requests", type=int, default=2_000)
    arguments.add_argument("--width", type=int, default=128, help="requests in flight, of the plain ways")
    chosen = arguments.parse_args()
    count, width = chosen.requests, chosen.width
    told, tell = multiprocessing.Pipe()
    server = multiprocessing.get_context("fork").Process(target=serve, args=(tell,), daemon=True)
    server.start()
    url = f"http://127.0.0.1:{told.recv()}"
    ways: dict[str, Callable[[int], object]] = {
        "httpx, one client": lambda count: plain(url, count, width, own_clients=False),
        "httpx, a client for each worker": lambda count: plain(url, count, width, own_clients=True),
        "ours: the client alone": lambda count: wide(url, count, width),
        "ours: complete": lambda count: complete(Endpoint(url, "m"), requests(count)),
        "ours: ask_rows": lambda count: ask_rows(rows(count), ASKING, Endpoint(url, "m")),
        "ours: a stage, answers kept": lambda count: stored(url, count),
    }
    costs = {}
    print(f"{'way':34} {'CPU ms':>8} {'requests/s':>11}")
    for name, way in ways.items():
        way(100)  # what is imported and read once
        began, used = time.perf_counter(), time.process_time()
        way(count)
        seconds, cpu = time.perf_counter() - began, time.process_time() - used
        costs[name] = round(1_000 * cpu / count, 3)
        print(f"{name:34} {costs[name]:8.3f} {count / seconds:11,.0f}", flush=True)
    server.terminate()
    print(json.dumps({"requests": count, "width": width, "cpu_ms": costs}))


if __name__ == "__main__":
    main()
