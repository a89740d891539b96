import sys
import time

import pytest

from deployments import worker
from deployments.worker import RESTARTS, KeptWorker
from tasks.serving.processes import start_logged


@pytest.fixture
def told(monkeypatch):
    """What a worker that ends at once has said of itself; the command is replaced."""
    ends = [sys.executable, "-c", "print('ended', flush=True); raise SystemExit(3)"]
    monkeypatch.setattr(worker, "start_logged", lambda _command, log, variables: start_logged(ends, log, variables))
    return []


def test_a_worker_that_ends_again_and_again_is_given_up(tmp_path, told):
    kept = KeptWorker(tmp_path / "worker.log", told.append)
    looks = 0
    while kept.look():
        looks += 1
        time.sleep(0.05)
    assert looks >= RESTARTS
    assert len(told) == RESTARTS
    assert "ended with status 3 and is started again" in told[0]
    assert (tmp_path / "worker.earlier.log").read_text() == "ended\n"


def test_a_worker_that_fell_seldom_is_kept_up(tmp_path, told, monkeypatch):
    monkeypatch.setattr(worker, "RESTARTS_WITHIN", 0.0)
    kept = KeptWorker(tmp_path / "worker.log", told.append)
    while len(told) < RESTARTS + 2:
        assert kept.look()
        time.sleep(0.05)
    kept.stop()
