import threading
import time

import pytest

from tasks.orchestration.side_by_side import Turn, run_side_by_side
from tasks.stopping import stop_requested


class Watched:
    """Works that say which of them are at work."""

    def __init__(self) -> None:
        self.at_work: set[str] = set()
        self.together: set[frozenset[str]] = set()
        self._lock = threading.Lock()

    def turn(self, name: str, server: str | None, model: str, seconds: float = 0.2) -> Turn[str]:
        def work() -> str:
            with self._lock:
                self.at_work.add(name)
                self.together |= {frozenset({name, other}) for other in self.at_work - {name}}
            time.sleep(seconds)
            with self._lock:
                self.at_work.discard(name)
            return name

        return Turn(work, server, model)


def test_results_come_in_the_order_of_the_turns():
    watched = Watched()
    turns = [watched.turn(name, name, "m", seconds) for name, seconds in (("a", 0.2), ("b", 0.1), ("c", 0.0))]
    assert run_side_by_side(turns) == ["a", "b", "c"]
    assert frozenset("ab") in watched.together


def test_a_server_has_one_model_after_another_and_one_model_at_once():
    watched = Watched()
    placed = [("a", None, "m"), ("b", None, "n"), ("c", None, "m"), ("d", "u", "n")]
    turns = [watched.turn(*each) for each in placed]
    assert run_side_by_side(turns) == ["a", "b", "c", "d"]
    assert {frozenset("ac"), frozenset("ad"), frozenset("cd")} <= watched.together
    assert not {frozenset("ab"), frozenset("bc")} & watched.together


def test_one_that_fails_stops_the_others_and_what_has_not_begun():
    kept, begun = [], []

    def fail() -> None:
        time.sleep(0.1)
        raise OSError("the disk is full")

    def go_on() -> None:
        while not stop_requested():
            time.sleep(0.01)
        kept.append("what was answered")

    turns = [Turn(go_on, "one", "m"), Turn(fail, "other", "m"), Turn(lambda: begun.append(1), "other", "n")]
    with pytest.raises(OSError, match="the disk is full"):
        run_side_by_side(turns)
    assert (kept, begun, stop_requested()) == (["what was answered"], [], False)


def test_nothing_to_do_is_done():
    assert run_side_by_side([]) == []
