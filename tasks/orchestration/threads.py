"""Run tasks side by side in threads of this process, whatever runner the flow has: for work that shares a rate limit,
or that leaves Python to libraries and the network."""

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextvars import copy_context
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def run_in_threads(
    function: Callable[[Item], Result], items: Iterable[Item], workers: int, done: Callable[[], None]
) -> list[Result]:
    """Return the function's result for each item, in their order.

    Prefect's run context is there in each thread. All items are tried before the first error is raised.

    Args:
        done: called after each item.
    """
    with ThreadPoolExecutor(workers) as pool:
        futures: list[Future[Result]] = [pool.submit(copy_context().run, function, item) for item in items]
        try:
            for _ in as_completed(futures):
                done()
        except BaseException:  # Ctrl-C and SIGTERM wait for what is under way, not for the queue
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return [future.result() for future in futures]
