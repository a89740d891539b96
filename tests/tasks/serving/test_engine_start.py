"""Starting vLLM: what its limit counts, and that its health is asked for directly. Another server stands in for it."""

import sys
import time
from types import SimpleNamespace

import pytest

from tasks.serving import engine as module
from tasks.serving.endpoint import EndpointError
from tasks.serving.engine import Engine, EngineSettings
from tasks.serving.model import LanguageModel

HEALTHY = """
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""
MODEL = LanguageModel(model="org/model", dtype="float32")


@pytest.fixture
def clock(monkeypatch):
    """A clock that can be put forward."""
    ahead = SimpleNamespace(seconds=0.0)
    now = time.monotonic
    shown = SimpleNamespace(monotonic=lambda: now() + ahead.seconds, sleep=time.sleep)
    monkeypatch.setattr(module, "time", shown)
    return ahead


def serve(monkeypatch, program: str) -> None:
    monkeypatch.setattr(
        Engine, "_command", lambda _self, _path, _model, port: [sys.executable, "-c", program, str(port)]
    )


def test_fetching_and_converting_the_model_take_nothing_from_the_time_to_start(monkeypatch, clock):
    def fetch(_name: str) -> None:
        clock.seconds += 1_000

    serve(monkeypatch, HEALTHY)
    monkeypatch.setattr(module, "model_folder", fetch)
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with Engine(EngineSettings(startup_seconds=600)) as engine:
        endpoint = engine.endpoint(MODEL)
        assert endpoint.model == "model"
        assert not endpoint.has_ended()
    assert endpoint.has_ended()


def test_an_engine_that_ends_says_so_in_words_without_a_key(monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_Hidden1234")
    serve(monkeypatch, "import sys; sys.exit('\\x1b[31m401 for token hf_Hidden1234')")
    monkeypatch.setattr(module, "model_folder", lambda _name: None)
    with (
        Engine(EngineSettings()) as engine,
        pytest.raises(EndpointError, match=r"status 1 before it was ready; its log .* ends: \[31m401 for token \*\*\*"),
    ):
        engine.endpoint(MODEL)
