import json

import pytest
from pydantic import ValidationError

from tasks.serving.endpoint import EndpointError, base_url, headers, resolve, served_models
from tasks.serving.model import LanguageModel
from tests.fake_llm import MODEL
from tests.local_server import LocalServer

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


def test_people_write_an_address_with_v1_and_without():
    assert {base_url(f"http://gpu1:8000{ending}") for ending in ("", "/", "/v1", "/v1/")} == {"http://gpu1:8000"}


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


@pytest.mark.parametrize(
    "key", ["sk-Secret\nX-Header: 1", "sk-Secret two", "“sk-Secret”", "sk-Secret\x00", "sk-Secret\t1"]
)
def test_a_key_that_no_header_may_hold_is_refused_and_not_shown(monkeypatch, key):
    monkeypatch.setattr("tasks.serving.endpoint.settings", lambda: Keyed(key))
    with pytest.raises(EndpointError, match="DISTILLERY_API_KEY holds a blank, a line break or") as refused:
        headers()
    assert "Secret" not in str(refused.value)


class Keyed:
    """Settings with a key; the environment itself takes no NUL."""

    def __init__(self, key: str) -> None:
        from pydantic import SecretStr

        self.api_key = SecretStr(key)


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
