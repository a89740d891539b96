"""What the tests' local HTTP servers have in common: a free port of the loopback interface, for as long as a block."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # of connections that wait; what comes beyond is tried again after a second


class LocalServer:
    """Answers requests with a handler while its block lasts."""

    def listen(self, handler: type[BaseHTTPRequestHandler]) -> str:
        """Take a free port; return the server's address."""
        self._server = _Server(("127.0.0.1", 0), handler)
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
