"""Run what asks different servers at the same time, and what would need two servers of our own one after another."""

from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from dataclasses import dataclass
from typing import Generic, TypeVar

from tasks.stopping import Halt, halted_by

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Turn(Generic[Result]):
    """Work that asks a server for a model.

    Attributes:
        server: works of different servers run at the same time.
        model: so do works of one model; a server turns from one model to another when the first has no more work.
    """

    work: Callable[[], Result]
    server: Hashable
    model: Hashable


def run_side_by_side(turns: Sequence[Turn[Result]]) -> list[Result]:
    """Return what each turn comes to, in their order. Prefect's run context is there in each thread.

    The first that fails stops the others, which keep what they have; its error is raised.
    """
    halt = Halt()
    left, begun = dict(enumerate(turns)), dict[int, Future[Result]]()
    with halted_by(halt), ThreadPoolExecutor(max(1, len(turns)), thread_name_prefix="stage") as pool:
        try:
            while left or begun:
                under_way = {place for place, future in begun.items() if not future.done()}
                for place in _next(turns, left, under_way):
                    begun[place] = pool.submit(copy_context().run, left.pop(place).work)
                    under_way.add(place)
                wait([begun[place] for place in under_way], return_when=FIRST_COMPLETED)
                results = {place: future.result() for place, future in begun.items() if future.done()}
                if len(results) == len(turns):
                    return [results[place] for place in range(len(turns))]
        except BaseException:
            halt.set()
            raise
    return []


def _next(turns: Sequence[Turn[Result]], left: dict[int, Turn[Result]], under_way: set[int]) -> list[int]:
    """Return which turns may begin: at each server those of one model, the one whose turn comes first."""
    models = {turns[place].server: turns[place].model for place in under_way}
    return [place for place, turn in left.items() if models.setdefault(turn.server, turn.model) == turn.model]
