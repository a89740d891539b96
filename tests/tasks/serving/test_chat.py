import json

import polars as pl
import pytest

from tasks.serving.ask_rows import ask_rows
from tasks.serving.chat import ChatReply, ChatRequest, Refusal, complete
from tasks.serving.endpoint import Endpoint, EndpointError, resolve, served_models
from tasks.serving.model import LanguageModel
from tests.fake_examinee import FakeExaminee
from tests.fake_llm import MODEL, FakeLlm

TEXT = {"text": pl.String}


def ask(text: str) -> ChatRequest:
    return ChatRequest([{"role": "user", "content": text}], {"max_tokens": 8})


@pytest.fixture
def quick(monkeypatch):
    """Do not wait between attempts."""
    from tasks.serving import chat

    monkeypatch.setattr(chat._post.retry, "wait", lambda _state: 0)


def test_replies_come_in_the_order_of_the_requests(llm):
    requests = [ask(str(number)) for number in range(50)]
    replies = complete(Endpoint(llm.url, MODEL), requests, in_flight=8)
    expected = [llm.reply({"messages": request.messages}) for request in requests]
    assert [reply.text for reply in replies] == expected
    assert llm.requests[0]["model"] == MODEL
    assert llm.requests[0]["max_tokens"] == 8


def test_overload_and_server_errors_are_tried_again(llm, quick):
    llm.faults = [(503, "busy"), (429, "slow down"), (500, "oops")]
    [reply] = complete(Endpoint(llm.url, MODEL), [ask("a")])
    assert isinstance(reply, ChatReply)
    assert len(llm.requests) == 4


def test_a_server_that_stays_broken_is_an_error(llm, quick):
    llm.faults = [(500, "oops")] * 4
    with pytest.raises(EndpointError, match=r"failed 4 times in a row: HTTP 500"):
        complete(Endpoint(llm.url, MODEL), [ask("a")])


def test_a_refused_request_is_about_its_record_alone(llm):
    llm.faults = [(400, json.dumps({"error": {"message": "prompt too long"}}))]
    replies = complete(Endpoint(llm.url, MODEL), [ask("a"), ask("b")], in_flight=1)
    assert replies[0] == Refusal("prompt too long")
    assert isinstance(replies[1], ChatReply)


def test_no_server(quick):
    with pytest.raises(EndpointError, match="failed 4 times"):
        complete(Endpoint("http://127.0.0.1:9", MODEL), [ask("a")])


def test_the_key_is_sent_and_comes_from_the_environment(llm, monkeypatch):
    monkeypatch.setenv("DISTILLERY_API_KEY", "s3cret")
    complete(Endpoint(llm.url, MODEL), [ask("a")])
    assert llm.headers[0]["Authorization"] == "Bearer s3cret"


def test_models_resolve_to_what_a_server_serves(llm):
    assert served_models(llm.url) == [MODEL]
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


def test_a_server_that_refuses_everything_is_at_fault(llm):
    llm.faults = [(400, json.dumps({"error": {"message": "no chat template"}}))] * 3
    rows = pl.DataFrame({"row_key": ["a", "b", "c"], "pmid": [1, 2, 3]})
    requests, endpoint = [ask(key) for key in "abc"], Endpoint(llm.url, MODEL)
    with pytest.raises(EndpointError, match="refused all 3 requests of a batch: no chat template"):
        ask_rows(rows, requests, endpoint, lambda reply: {"text": reply.text}, TEXT)
    llm.faults = [(400, json.dumps({"error": {"message": "too long"}}))]
    outcome = ask_rows(rows, requests, endpoint, lambda reply: {"text": reply.text}, TEXT)
    assert (len(outcome.rows), outcome.refused["reason"].to_list()) == (2, ["refused by the server: too long"])


def test_alternatives_come_with_their_tokens():
    with FakeExaminee() as server:
        choice = {"structured_outputs": {"choice": ["yes", "no"]}, "logprobs": True, "top_logprobs": 5}
        [reply] = complete(Endpoint(server.url, MODEL), [ChatRequest([{"role": "user", "content": "?"}], choice)])
    first, end = reply.alternatives
    assert {token for token, _ in first} == {"yes", "no", "y", "n"}
    assert reply.tokens[0] in first
    assert end == ()
    with FakeLlm() as server:
        [reply] = complete(Endpoint(server.url, MODEL), [ask("a")])
    assert (reply.tokens, reply.alternatives) == ((), ())
