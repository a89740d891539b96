"""Starting vLLM: what its limit counts, and that its health is asked for directly. Another server stands in for it."""

import sys
import time
from types import SimpleNamespace

import pytest

from tasks.serving import engine as module
from tasks.serving import side_by_side
from tasks.serving.endpoint import EndpointError
from tasks.serving.engine import Engine, EngineSettings
from tasks.serving.engine_command import Served
from tasks.serving.model import LanguageModel
from tests.tasks.serving.test_adapter_base import write_adapter, write_model

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


@pytest.fixture
def starts(monkeypatch, tmp_path):
    """What vLLM was started with; a healthy server stands in for it."""
    started: list[Served] = []

    def command(served: Served, _settings: EngineSettings, port: int) -> list[str]:
        started.append(served)
        return [sys.executable, "-c", HEALTHY, str(port)]

    monkeypatch.setattr(module, "engine_command", command)
    monkeypatch.setattr(module, "model_files", lambda *_: tmp_path)
    return started


def serve(monkeypatch, program: str) -> None:
    monkeypatch.setattr(
        module, "engine_command", lambda _served, _settings, port: [sys.executable, "-c", program, str(port)]
    )


def test_fetching_and_converting_the_model_take_nothing_from_the_time_to_start(monkeypatch, clock, tmp_path):
    def fetch(*_: object) -> object:
        clock.seconds += 1_000
        return tmp_path

    serve(monkeypatch, HEALTHY)
    monkeypatch.setattr(module, "model_files", fetch)
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with Engine(EngineSettings(startup_seconds=600)) as engine:
        endpoint = engine.endpoint(MODEL)
        assert endpoint.model == "model"
        assert not endpoint.has_ended()
    assert endpoint.has_ended()


def test_an_engine_that_ends_says_so_in_words_without_a_key(monkeypatch, tmp_path):
    monkeypatch.setenv("HF_TOKEN", "hf_Hidden1234")
    serve(monkeypatch, "import sys; sys.exit('\\x1b[31m401 for token hf_Hidden1234')")
    monkeypatch.setattr(module, "model_files", lambda *_: tmp_path)
    with (
        Engine(EngineSettings()) as engine,
        pytest.raises(EndpointError, match=r"status 1 before it was ready; its log .* ends: \[31m401 for token \*\*\*"),
    ):
        engine.endpoint(MODEL)


def test_a_model_that_is_asked_otherwise_needs_no_other_server(starts):
    with Engine(EngineSettings()) as engine:
        first = engine.endpoint(MODEL)
        second = engine.endpoint(MODEL.model_copy(update={"thinking_tokens": 100, "body": {"top_k": 5}}))
        assert first.url == second.url
        assert engine.endpoint(MODEL.model_copy(update={"quantization": "fp8"})).url != first.url
    assert [served.quantization for served in starts] == [None, "fp8"]


def test_a_base_model_is_asked_in_plain_text_from_the_start(starts, tmp_path):
    with Engine(EngineSettings()) as engine:
        assert engine.endpoint(MODEL).dialect.is_plain
        (tmp_path / "chat_template.jinja").write_text("{{ messages }}")
        assert not engine.endpoint(MODEL.model_copy(update={"dtype": "auto"})).dialect.is_plain


@pytest.fixture
def models(tmp_path, starts, monkeypatch):
    """A base, and two adapters of it whose weights differ by their scale."""
    base = write_model(tmp_path / "model")
    monkeypatch.setattr(module, "check_fit", lambda *_: None)
    adapters = [write_adapter(tmp_path / name / "adapter", "model", lora_alpha=name) for name in "ab"]
    return [
        LanguageModel(model=str(base), adapter=adapter and str(adapter), dtype="auto") for adapter in (None, *adapters)
    ]


def test_on_a_gpu_models_of_one_base_share_one_vllm(monkeypatch, starts, models):
    monkeypatch.setattr(side_by_side, "has_gpu", lambda: True)
    base, one, other = models
    with Engine(EngineSettings(), models) as engine:
        endpoints = [engine.endpoint(model) for model in (one, base, other)]
    assert len({endpoint.url for endpoint in endpoints}) == len(starts) == 1
    assert endpoints[1].model == "model"
    assert {endpoints[0].model, endpoints[2].model} == set(starts[0].adapters)
    assert [str(starts[0].adapters[endpoints[at].model]) for at in (0, 2)] == [one.adapter, other.adapter]


def test_an_adapter_that_was_not_named_before_joins_those_that_were_asked_for(monkeypatch, starts, models):
    monkeypatch.setattr(side_by_side, "has_gpu", lambda: True)
    _, one, other = models
    with Engine(EngineSettings()) as engine:
        engine.endpoint(one)
        url = engine.endpoint(other).url
        assert engine.endpoint(one).url == url
    assert [len(served.adapters) for served in starts] == [1, 2]


def test_on_a_cpu_an_adapter_is_merged_and_served_alone(monkeypatch, starts, models, tmp_path):
    monkeypatch.setattr(side_by_side, "has_gpu", lambda: False)
    monkeypatch.setattr(module, "merged_folder", lambda _base, model: tmp_path / str(model.adapter)[-9])
    base, one, other = models
    with Engine(EngineSettings(), models) as engine:
        names = [engine.endpoint(model).model for model in (base, one, other)]
    assert names == ["model"] * 3
    assert [served.adapters for served in starts] == [{}] * 3
    assert [served.folder.name for served in starts] == [tmp_path.name, "a", "b"]
