"""Ctrl-C and Cancel: a run keeps the batches that end soon, gives up the others, and is gone in seconds.

Python calls a signal's handler in the main thread alone and between two of its instructions, so that a thread which
computes never hears of it. Here the number of every signal is read from a pipe (``signal.set_wakeup_fd``), whoever
handles it: Prefect has a handler of its own while a flow runs. What computes looks here between its chunks.

Ending a process anywhere is safe: what was committed is whole, and what was not is absent.
"""

import atexit
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar, copy_context

from tasks.logger import logger

RUN_OF_A_WORKER = "PREFECT__FLOW_RUN_ID"
GRACE_SECONDS = 3.0
LONGEST_SECONDS = 6.5
LOOK_SECONDS = 0.2

_requested = threading.Event()
_began, _number = float("inf"), 0
_heeding = False


class Halt:
    """Stops some work of this process, as a signal stops all of it."""

    def __init__(self) -> None:
        self.began = float("inf")

    def set(self) -> None:
        """Ask the work to stop."""
        self.began = min(self.began, time.monotonic())


_halts: ContextVar[tuple[Halt, ...]] = ContextVar("halts", default=())


@contextmanager
def halted_by(halt: Halt) -> Iterator[None]:
    """Have what the block starts, in threads with its context too, stop when ``halt`` is set."""
    before = _halts.set((*_halts.get(), halt))
    try:
        yield
    finally:
        _halts.reset(before)


class Stopped(BaseException):
    """The run was asked to stop. No Exception, so that nothing takes it for a fault and tries again."""


def heed_signals_in_run() -> None:
    """Heed signals where the process is one run's alone: a command's, which heeds them already, or a worker's run's.

    Whoever calls a flow from a script or a notebook keeps handlers of their own.
    """
    if _heeding or RUN_OF_A_WORKER in os.environ:
        heed_signals()


def heed_signals() -> None:
    """Heed SIGINT and SIGTERM from now on; call it from the main thread, elsewhere it does nothing.

    The process is then this run's: the first signal lets batches under way end within ``GRACE_SECONDS``; the process
    ends by itself or, wherever it is, after ``LONGEST_SECONDS``. A second SIGINT ends it at once.
    """
    global _heeding
    if threading.current_thread() is not threading.main_thread():
        return
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        # Importing Polars puts a handler of C over Python's, which a waiting main thread never sees.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if _heeding:
        return
    _heeding = True
    atexit.register(_skip_finalization)
    signals, written = os.pipe()
    os.set_blocking(written, False)
    signal.set_wakeup_fd(written, warn_on_full_buffer=False)
    # With this thread's context, so that the message reaches the log of the flow run.
    listen = copy_context().run
    threading.Thread(target=listen, args=(_listen, signals), name="signals", daemon=True).start()


def stop_requested() -> bool:
    """Return whether the run was asked to stop: begin nothing new."""
    return _stopping_since() < float("inf")


def stop_is_due() -> bool:
    """Return whether the run was asked to stop and the time for ending a batch is over: leave what is not whole."""
    return time.monotonic() - _stopping_since() > GRACE_SECONDS


def check_stop() -> None:
    """Raise where a stop is due; call it between chunks.

    Raises:
        Stopped: it is.
    """
    if stop_is_due():
        raise Stopped


def sleep(seconds: float) -> None:
    """Wait, but not on when the run is asked to stop.

    Raises:
        Stopped: it was.
    """
    until = time.monotonic() + seconds
    while not stop_requested():
        left = until - time.monotonic()
        if left <= 0:
            return
        _requested.wait(min(left, LOOK_SECONDS) if _halts.get() else left)
    raise Stopped


def _stopping_since() -> float:
    since = _began
    for halt in _halts.get():  # asked for several times a request
        since = min(since, halt.began)
    return since


def _listen(signals: int) -> None:
    while True:
        for number in os.read(signals, 64):
            if number == signal.SIGINT and stop_requested():
                os._exit(128 + number)
            if number in (signal.SIGINT, signal.SIGTERM) and not stop_requested():
                _stop(number)


def _stop(number: int) -> None:
    global _began, _number
    end = threading.Timer(LONGEST_SECONDS, os._exit, (128 + number,))
    end.daemon = True
    end.start()
    again = "; Ctrl-C again to stop at once" if number == signal.SIGINT else ""
    logger.warning("stopping: what ends within %.0f s is kept%s", GRACE_SECONDS, again)
    _began, _number = time.monotonic(), number
    _requested.set()


def _skip_finalization() -> None:
    """End here where the run was stopped: unloading its libraries takes seconds in which no thread can end it."""
    if _requested.is_set():
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(128 + _number)
