import json
import os
import signal
import subprocess
import sys
import threading
import time

import polars as pl
import pytest

from tasks.orchestration.ask import fill_by_asking
from tasks.orchestration.result import LowYieldError
from tasks.serving.ask_rows import UnansweredError
from tasks.serving.asking import Asking, Row
from tasks.serving.endpoint import Endpoint
from tasks.serving.reply import Reply
from tasks.serving.request import Request
from tasks.stopping import Halt, Stopped, halted_by
from tasks.store.recipe import Recipe
from tasks.store.row_key import ROW_KEY
from tasks.store.store import Store
from tests.fake_llm import MODEL, FakeLlm

ROWS = 60
WANTED = pl.DataFrame({ROW_KEY: [f"{number:03}" for number in range(ROWS)], "pmid": range(ROWS)})


def request(row: Row) -> Request:
    return Request([{"role": "user", "content": f"About {row[ROW_KEY]}"}], max_tokens=64)


def read(reply: Reply, row: Row) -> dict[str, object] | str:
    return {"text": reply.text} if reply.text.startswith("Does") else "not a question"


ASKING = Asking(request, read, {"text": pl.String}, kept=("pmid",))


def fill(root: object, *urls: str, **options: object):
    """Ask about every row of ``WANTED``; return the result and the rows."""
    store = Store(str(root))
    replicas = tuple(Endpoint(url, MODEL) for url in urls[1:])
    endpoint = Endpoint(urls[0], MODEL, replicas=replicas)
    serve = options.pop("serve", lambda: endpoint)
    table = store.table(Recipe("questions", 1))
    result = fill_by_asking(store, table, WANTED, ASKING, serve, label="questions", **options)
    return result, store.read(result.ref)


def expected() -> pl.DataFrame:
    """What a server without faults answers."""
    texts = [FakeLlm.reply(None, {"messages": request(row).conversation}) for row in WANTED.iter_rows(named=True)]
    return WANTED.with_columns(text=pl.Series(texts))


def asked(llm: FakeLlm) -> list[str]:
    return [body["messages"][-1]["content"].removeprefix("About ") for body in llm.requests]


@pytest.fixture
def patient(monkeypatch):
    monkeypatch.setenv("DISTILLERY_RETRY_SECONDS", "0.01")
    monkeypatch.setenv("DISTILLERY_OUTAGE_SECONDS", "60")
    monkeypatch.setenv("DISTILLERY_REPLY_SECONDS", "0.5")


def test_rows_are_answered_once_and_stay(tmp_path, llm):
    result, rows = fill(tmp_path, llm.url)
    assert rows.equals(expected())
    assert (result.computed, result.reused, result.dropped, result.usage.requests) == (ROWS, 0, 0, ROWS)
    again, _ = fill(tmp_path, llm.url)
    assert (again.computed, again.reused, again.usage.requests) == (0, ROWS, 0)
    assert len(llm.requests) == ROWS


def test_parts_that_come_are_joined_and_hold_each_row_once(tmp_path, llm, monkeypatch):
    monkeypatch.setattr("tasks.serving.ask_rows.KEPT_ROWS", 1)
    monkeypatch.setattr("tasks.serving.ask_rows.TICK", 0.001)
    monkeypatch.setattr("tasks.orchestration.ask.JOINED_PARTS", 3)
    llm.delay = 0.01
    _result, rows = fill(tmp_path, llm.url)
    assert rows.equals(expected())
    [parts] = {path.parent for path in tmp_path.rglob("parts/*.parquet")}
    stored = pl.concat([pl.read_parquet(part) for part in parts.glob("*.parquet")])
    assert len(stored) == ROWS == stored[ROW_KEY].n_unique()
    assert len(list(parts.glob("*.parquet"))) < ROWS / 2


FAULTS = [
    (500, "oops"), (503, "Loading model"), (429, "", {"Retry-After": "0"}), (200, "<html>"), (200, '{"choices": []}'),
    (200, '{"choices": [{"mess'), (200, json.dumps({"choices": [{"message": {"content": ""}}]})), (200, ""),
]  # fmt: skip


def test_faults_change_no_row(tmp_path, llm, patient):
    count = iter(range(10_000))
    passed: set[str] = set()

    def fault_of(body: dict) -> object:
        text = body["messages"][-1]["content"]
        if text in passed or not text.startswith("About"):
            return None
        passed.add(text)
        number = next(count)
        return FAULTS[number // 3 % len(FAULTS)] if number % 3 == 0 else None

    llm.fault_of = fault_of
    result, rows = fill(tmp_path, llm.url)
    assert rows.equals(expected())
    assert (result.dropped, result.reasons) == (0, {})


class Restarted(FakeLlm):
    """A server that hangs up on everyone while it is away."""

    away = False

    def fault_of(self, body: dict) -> object:
        def hang_up(handler: object) -> None:
            handler.close_connection = True

        return hang_up if self.away else None


def test_a_server_that_is_away_twice_costs_nothing(tmp_path, patient, monkeypatch):
    monkeypatch.setattr("tasks.serving.in_flight.START", 4)
    with Restarted(delay=0.02) as server:

        def restart() -> None:
            for _ in range(2):
                time.sleep(0.15)
                server.away = True
                time.sleep(0.6)
                server.away = False

        restarting = threading.Thread(target=restart)
        restarting.start()
        result, rows = fill(tmp_path, server.url)
        restarting.join()
    assert rows.equals(expected())
    assert (result.computed, result.dropped) == (ROWS, 0)


def test_a_server_that_stays_away_ends_the_run_and_the_next_asks_for_the_rest(tmp_path, patient, monkeypatch):
    monkeypatch.setenv("DISTILLERY_OUTAGE_SECONDS", "0.5")
    monkeypatch.setattr("tasks.serving.in_flight.START", 4)
    with Restarted() as server:
        server.fault_of = lambda body: (503, "Loading model") if len(server.requests) > 20 else None
        with pytest.raises(UnansweredError, match=r"answered no request for \d+ s, at last with: HTTP 503: Loading"):
            fill(tmp_path, server.url)
        server.fault_of, server.requests = lambda body: None, []
        result, rows = fill(tmp_path, server.url)
    assert rows.equals(expected())
    assert result.reused + result.computed == ROWS
    assert result.reused >= 15
    assert len(server.requests) == result.computed


def test_a_server_of_our_own_that_ends_is_started_again(tmp_path, llm, patient):
    ends = iter([True, True, False])
    served = []

    def serve() -> Endpoint:
        served.append(next(ends))
        is_gone = served[-1]
        return Endpoint("http://127.0.0.1:9" if is_gone else llm.url, MODEL, has_ended=lambda: is_gone)

    _result, rows = fill(tmp_path, llm.url, serve=serve)
    assert rows.equals(expected())
    assert served == [True, True, False]


def test_a_stop_keeps_what_was_answered(tmp_path, llm, monkeypatch):
    monkeypatch.setattr("tasks.serving.in_flight.START", 4)
    llm.delay, halt = 0.05, Halt()
    threading.Timer(0.3, halt.set).start()
    with halted_by(halt), pytest.raises(Stopped):
        fill(tmp_path, llm.url)
    before = len(llm.requests)
    assert 0 < before < ROWS
    llm.delay = 0.0
    _result, rows = fill(tmp_path, llm.url)
    assert rows.equals(expected())
    assert len(llm.requests) == ROWS  # nothing that was answered is asked again


def test_a_process_that_is_killed_loses_no_row_and_doubles_none(tmp_path, llm):
    llm.delay = 0.1
    program = (
        "import sys; from tests.tasks.orchestration import test_ask as t; import tasks.serving.ask_rows as a; "
        "a.KEPT_EVERY = 0.0; import tasks.serving.in_flight as f; f.START = 4; t.fill(sys.argv[1], sys.argv[2])"
    )
    child = subprocess.Popen([sys.executable, "-c", program, str(tmp_path), llm.url])
    while not list(tmp_path.rglob("parts/*.parquet")):
        time.sleep(0.02)
        assert child.poll() is None
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    llm.delay, llm.requests = 0.0, []
    result, rows = fill(tmp_path, llm.url)
    assert rows.equals(expected())
    assert 0 < result.reused < ROWS
    assert sorted(asked(llm)) == sorted(set(asked(llm)))
    assert len(llm.requests) == ROWS - result.reused


def test_too_low_a_yield_keeps_no_run_from_asking_again(tmp_path, llm):
    said = json.dumps({"choices": [{"message": {"content": "No."}, "finish_reason": "stop"}]})
    llm.fault_of = lambda body: (200, said)
    with pytest.raises(LowYieldError, match=r"0 of 60 rows came to anything.*the next run asks for them again"):
        fill(tmp_path, llm.url)
    assert len(Store(str(tmp_path)).table(Recipe("questions", 1)).refused()) == ROWS
    llm.fault_of = lambda body: None
    result, rows = fill(tmp_path, llm.url)
    assert rows.equals(expected())
    assert result.dropped == 0


def test_servers_of_one_model_share_what_is_asked(tmp_path, patient):
    with FakeLlm(delay=0.01) as one, FakeLlm(delay=0.01) as other:
        _result, rows = fill(tmp_path, one.url, other.url)
    assert rows.equals(expected())
    assert sorted(asked(one) + asked(other)) == WANTED[ROW_KEY].to_list()
    assert min(len(one.requests), len(other.requests)) >= ROWS // 4


def test_a_server_that_fails_is_passed_over_and_comes_back(tmp_path, patient, monkeypatch):
    monkeypatch.setattr("tasks.serving.in_flight.START", 2)
    with FakeLlm(delay=0.05) as one, Restarted(delay=0.05) as other:
        other.away = True
        back = threading.Timer(0.5, setattr, (other, "away", False))
        back.start()
        result, rows = fill(tmp_path, one.url, other.url)
    assert rows.equals(expected())
    assert result.dropped == 0
    done = [key for key in asked(other) if key not in asked(one)]
    assert len(done) > 5


def test_all_servers_have_to_fail_for_a_run_to_end(tmp_path, patient, monkeypatch):
    monkeypatch.setenv("DISTILLERY_OUTAGE_SECONDS", "0.5")
    with pytest.raises(
        UnansweredError, match=r"1:9 and the server at http://127\.0\.0\.1:8 answered no request"
    ):
        fill(tmp_path, "http://127.0.0.1:9", "http://127.0.0.1:8")
