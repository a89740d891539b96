"""Pace requests to a server, over all threads of the process.

In the process, because Prefect's own rate limit was measured at a third of the rate asked for.
"""

import threading
import time
from functools import cache


class Pace:
    """A token bucket that holds one token: requests are spaced evenly, ``per_second`` of them at most."""

    def __init__(self, per_second: float) -> None:
        self._interval = 1.0 / per_second
        self._lock = threading.Lock()
        self._next = 0.0

    def wait(self) -> None:
        """Sleep until this request's turn."""
        with self._lock:
            turn = max(time.monotonic(), self._next)
            self._next = turn + self._interval
        time.sleep(max(0.0, turn - time.monotonic()))

    def hold(self, seconds: float) -> None:
        """Let no request go for a while: the server asked for it."""
        with self._lock:
            self._next = max(self._next, time.monotonic() + seconds)


@cache
def pace_of(server: str, per_second: float) -> Pace:
    """Return the one pace that this process keeps towards a server."""
    return Pace(per_second)
