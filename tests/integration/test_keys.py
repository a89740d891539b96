"""Keys go to the server that they are for and nowhere else: not into messages, logs, tables, states or results."""

import sqlite3

import polars as pl
import pytest

from tests.fake_llm import FakeLlm
from tests.integration.conftest import Distillery
from tests.tasks.serving.requests import error

pytestmark = pytest.mark.integration

KEY = "sk-Pssst/LLM+123"


class Echoing(FakeLlm):
    """Refuses some conversations and repeats the key in its refusal, as public servers have done."""

    def __init__(self, every: int, status: int) -> None:
        super().__init__()
        self.every, self.status = every, status

    def fault_of(self, body: dict) -> tuple | None:
        denied = len(self.requests) % self.every == 0
        return (self.status, error(f"denied for {self.headers[-1].get('Authorization')}")) if denied else None


@pytest.mark.parametrize(("every", "status", "ended"), [pytest.param(5, 400, 0, marks=pytest.mark.slow), (30, 401, 1)])
def test_a_server_that_repeats_the_key_tells_it_to_nobody(distillery: Distillery, monkeypatch, every, status, ended):
    monkeypatch.setenv("DISTILLERY_API_KEY", KEY)
    with Echoing(every, status) as server:
        done = distillery.run("--branch", "C04", "--articles", "20", "--generator-url", server.url)
    assert done.returncode == ended, done.stderr
    assert server.headers[0]["Authorization"] == f"Bearer {KEY}"
    assert "Traceback" not in done.stderr
    kept = {"what it printed": (done.stdout + done.stderr).encode()}
    root = distillery.folder / "root"
    database = root / ".prefect" / "prefect.db"
    with sqlite3.connect(database) as connection:  # what still stands in its write-ahead log, too
        kept["dump of Prefect's database"] = "\n".join(connection.iterdump()).encode()
    for path in root.rglob("*"):
        if path.is_file():
            kept[str(path)] = path.read_bytes()
        if path.suffix == ".parquet":
            kept[f"rows of {path}"] = repr(pl.read_parquet(path).to_dicts()).encode()
    assert b"denied for Bearer ***" in kept["dump of Prefect's database"] + b"".join(kept.values())
    assert [place for place, content in kept.items() if b"Pssst" in content] == []
