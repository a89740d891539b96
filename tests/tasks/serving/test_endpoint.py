import json

import pytest
from pydantic import ValidationError

from tasks.serving.endpoint import Endpoint, EndpointError, connect, headers, resolve, served_models
from tasks.serving.model import LanguageModel
from tasks.serving.request import Request
from tests.fake_llm import MODEL, FakeLlm
from tests.local_server import LocalServer
from tests.tasks.serving.odd_server import OddServer, listed

KEY = "sk-Secret/LLM+123"


def test_models_resolve_to_what_a_server_serves(llm):
    assert served_models(llm.url) == served_models(f"{llm.url}/v1/") == [MODEL]
    assert resolve(LanguageModel(url=llm.url)).model == MODEL
    assert resolve(LanguageModel(url=llm.url, model=MODEL)).model == MODEL
    with pytest.raises(EndpointError, match=f"serves {MODEL}, not 'llama'"):
        resolve(LanguageModel(url=llm.url, model="llama"))


def test_a_dead_or_wrong_address_says_so(llm):
    with pytest.raises(EndpointError, match=r"no language-model server answers at http://127\.0\.0\.1:9"):
        served_models("http://127.0.0.1:9")
    with pytest.raises(EndpointError, match="no language-model server answers"):
        served_models("not a url")
    with pytest.raises(EndpointError, match="did not answer with a model list"):
        served_models(f"{llm.url}/elsewhere")


def test_a_server_is_asked_once_what_it_is(llm):
    named = LanguageModel(url=llm.url, model=MODEL)
    first = connect(named)
    assert (first.url, first.model, first.kind.name) == (f"{llm.url}/v1", MODEL, "vllm")
    llm.models = []
    assert connect(named) is first  # what its dialect taught stays


def test_a_resolved_model_is_connected_to_what_it_was_resolved_with(llm):
    resolved = resolve(LanguageModel(url=llm.url))
    llm.models = ["another"]
    assert connect(resolved).model == MODEL


def test_what_the_user_says_of_a_server_goes_along(llm, monkeypatch):
    monkeypatch.setenv("MY_PROVIDERS_KEY", KEY)
    more = {"headers": {"X-Organization": "mine"}, "key_from": "env:MY_PROVIDERS_KEY", "body": {"top_k": 5}}
    endpoint = connect(LanguageModel(url=llm.url, kind="chat-completions", thinking_tokens=100, **more))
    assert endpoint.kind.name == "chat-completions"
    assert endpoint.headers() == {"X-Organization": "mine", "Authorization": f"Bearer {KEY}"}
    asked = Request([{"role": "user", "content": "?"}], 10)
    assert endpoint.body(asked) == {
        "model": MODEL,
        "messages": [{"role": "user", "content": "?"}],
        "temperature": 0.0,
        "max_tokens": 110,
        "top_k": 5,
    }
    assert KEY not in repr(endpoint)


def test_further_servers_serve_the_same_model_and_may_come_later(llm, caplog):
    with FakeLlm() as second, FakeLlm() as other:
        replicas = (f"{second.url}/v1", "http://127.0.0.1:9")
        endpoint = connect(LanguageModel(url=llm.url, replicas=replicas))
        assert [each.api for each in endpoint.replicas] == [f"{second.url}/v1", "http://127.0.0.1:9/v1"]
        assert endpoint.replicas[0].dialect is not endpoint.dialect
        away_first = connect(LanguageModel(url="http://127.0.0.1:9", replicas=(llm.url,)))
        assert [away_first.api, *(each.api for each in away_first.replicas)] == [
            f"{llm.url}/v1",
            "http://127.0.0.1:9/v1",
        ]
        assert "no language-model server answers at http://127.0.0.1:9" in caplog.text
        other.models = ["another"]
        with pytest.raises(EndpointError, match=f"serves another, not '{MODEL}'"):
            connect(LanguageModel(url=llm.url, replicas=(other.url,)))


def test_a_server_that_cuts_prompts_says_so(caplog):
    pages = {"/v1/models": listed("a:latest", owner="library"), "/api/ps": {"models": []}}
    with OddServer(pages, lambda path, body: (200, {"parameters": "num_ctx 4096"})) as server:
        assert connect(LanguageModel(url=server.url)).max_model_len == 4096
    assert "it cuts prompts that are longer than its context without a word" in caplog.text


def test_a_server_that_several_models_name_is_told_of_once(llm, caplog):
    with caplog.at_level("INFO", logger="distillery"):
        for temperature in (0.1, 0.2):
            resolve(LanguageModel(url=llm.url, body={"temperature": temperature}))
    assert caplog.text.count(f"{llm.url}/v1 serves {MODEL}") == 1


def test_a_host_alone_is_asked_below_v1():
    assert Endpoint("http://a:1", "m").api == "http://a:1/v1"


class Closed(LocalServer):
    """Refuses whoever asks for its models, and repeats what they sent as their key."""

    def __init__(self, status: int = 401) -> None:
        from http.server import BaseHTTPRequestHandler

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                said = {"error": {"message": f"Incorrect API key provided: {self.headers.get('Authorization')}"}}
                self.send_response(status)
                self.end_headers()
                self.wfile.write(json.dumps(said).encode())

            def log_message(self, *_: object) -> None:
                return

        self.url = self.listen(Handler)


def test_a_key_that_is_missing_or_wrong_is_named_and_not_shown(monkeypatch):
    monkeypatch.delenv("DISTILLERY_API_KEY", raising=False)
    with Closed() as server:
        with pytest.raises(EndpointError, match=r"HTTP 401 .*; no key was sent: set DISTILLERY_API_KEY"):
            served_models(server.url)
        monkeypatch.setenv("DISTILLERY_API_KEY", KEY)
        with pytest.raises(EndpointError, match="check DISTILLERY_API_KEY, which was sent as the key") as refused:
            served_models(server.url)
    assert "Incorrect API key provided: Bearer ***" in str(refused.value)
    assert "Secret" not in str(refused.value)


def test_a_key_that_no_header_may_hold_is_refused_as_a_fault_of_the_endpoint(monkeypatch):
    monkeypatch.setenv("DISTILLERY_API_KEY", "sk-Secret two")
    with pytest.raises(EndpointError, match="DISTILLERY_API_KEY holds a blank, a line break or"):
        headers()


def test_the_key_that_was_sent_is_named(monkeypatch):
    monkeypatch.setenv("MY_PROVIDERS_KEY", KEY)
    with Closed() as server, pytest.raises(EndpointError, match="check MY_PROVIDERS_KEY, which was sent") as refused:
        resolve(LanguageModel(url=server.url, key_from="env:MY_PROVIDERS_KEY"))
    assert "Secret" not in str(refused.value)


@pytest.mark.parametrize(("key", "sent"), [("sk-1\n", {"Authorization": "Bearer sk-1"}), ("", {}), (" \n", {})])
def test_blanks_around_a_key_are_no_part_of_it(monkeypatch, key, sent):
    monkeypatch.setenv("DISTILLERY_API_KEY", key)
    assert headers() == sent


@pytest.mark.parametrize(
    "url", ["http://user:pa55word@host:8000", "https://user:pa55/word@host/v1", "http://pa55word@host"]
)
def test_an_address_with_a_password_is_refused_and_not_shown(url):
    with pytest.raises(ValidationError) as refused:
        LanguageModel(url=url)
    assert "The key of a language-model server goes into DISTILLERY_API_KEY" in str(refused.value)
    assert "pa55" not in str(refused.value)
    with pytest.raises(EndpointError, match="leave them out") as unasked:
        served_models(url)
    assert "pa55" not in str(unasked.value)


def test_identity_holds_what_changes_answers_and_no_address(tmp_path):
    served = LanguageModel(model="m", url="http://a:1")
    assert served.identity() == LanguageModel(model="m", url="http://b:2").identity()
    assert LanguageModel(dtype="float32").identity() != LanguageModel(dtype="bfloat16").identity()
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "model.safetensors").write_bytes(b"1" * 100)
    before = LanguageModel(model=str(tmp_path)).identity()
    (tmp_path / "model.safetensors").write_bytes(b"2" * 100)
    assert LanguageModel(model=str(tmp_path)).identity() != before
    (tmp_path / "chat_template.jinja").write_text("{{ messages }}")
    assert LanguageModel(model=str(tmp_path)).identity() != before


def test_an_adapter_belongs_to_a_model_that_the_run_serves():
    with pytest.raises(ValueError, match="give that as the model, and no adapter"):
        LanguageModel(url="http://a:1", adapter="adapters/x")
