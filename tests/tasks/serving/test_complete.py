import json
import ssl
import time
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler

import pytest

from tasks.serving.attempts import TRIES
from tasks.serving.complete import BrokenOffError, complete
from tasks.serving.endpoint import Endpoint
from tasks.serving.reply import Refusal, Reply
from tests.fake_llm import MODEL, FakeLlm
from tests.tasks.serving.requests import ask, error

HTML = {"Content-Type": "text/html"}
CHOICE = {"choices": [{"message": {"content": "Is it?"}, "finish_reason": "stop"}]}


def cut_off(handler: BaseHTTPRequestHandler) -> None:
    """Promise more than is sent."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"choices": [')
    handler.close_connection = True


def hang_up(handler: BaseHTTPRequestHandler) -> None:
    handler.close_connection = True


def drip(handler: BaseHTTPRequestHandler) -> None:
    """Send a blank now and then, for longer than anyone waits."""
    handler.send_response(200)
    handler.send_header("Content-Length", "100")
    handler.end_headers()
    handler.close_connection = True
    for _ in range(20):
        try:
            handler.wfile.write(b" ")
        except OSError:
            return
        time.sleep(0.1)


PASSING = {
    "408": (408, ""),
    "425": (425, ""),
    "429": (429, error("slow down")),
    "500": (500, "oops"),
    "503": (503, "Loading model"),
    "520": (520, "<html>", HTML),
    "html": (200, "<html>Please log in</html>", HTML),
    "error object": (200, error("Provider returned error", code=502)),
    "error object without a code": (200, error("Provider returned error")),
    "vLLM's older error object": (200, json.dumps({"object": "error", "message": "busy"})),
    "event stream": (200, f"data: {json.dumps(CHOICE)}\n\ndata: [DONE]\n\n", {"Content-Type": "text/event-stream"}),
    "nothing": (200, ""),
    "no choices": (200, json.dumps({"choices": []})),
    "no message": (200, json.dumps({"choices": [{"index": 0}]})),
    "cut JSON": (200, '{"choices": [{"mess'),
    "deep JSON": (200, "[" * 100_000),
    "redirection": (302, "", {"Location": "/login"}),
    "cut connection": cut_off,
    "closed connection": hang_up,
    "drip": drip,
}


@pytest.mark.parametrize("fault", PASSING)
def test_one_fault_that_passes_costs_nothing_but_another_try(llm, quick, monkeypatch, fault):
    monkeypatch.setenv("DISTILLERY_REPLY_SECONDS", "0.4")
    monkeypatch.setenv("DISTILLERY_OUTAGE_SECONDS", "30")
    llm.faults = [PASSING[fault]]
    requests = [ask(str(number)) for number in range(6)]
    replies = complete(Endpoint(llm.url, MODEL), requests, in_flight=3)
    assert [reply.text for reply in replies] == [llm.reply({"messages": request.conversation}) for request in requests]


def test_replies_come_in_the_order_of_the_requests(llm):
    requests = [ask(str(number)) for number in range(50)]
    replies = complete(Endpoint(llm.url, MODEL), requests, in_flight=8)
    expected = [llm.reply({"messages": request.conversation}) for request in requests]
    assert [reply.text for reply in replies] == expected
    assert llm.requests[0]["model"] == MODEL
    assert llm.requests[0]["max_tokens"] == 64
    assert complete(Endpoint(llm.url, MODEL), []) == []


def test_a_server_that_stays_broken_ends_the_batch_and_leaves_what_it_answered(llm, quick):
    llm.faults = [*[(200, json.dumps(CHOICE))] * 3, *[(503, "Loading model")] * 100_000]
    with pytest.raises(
        BrokenOffError, match=r"answered no request for \d+ s, at last with: HTTP 503: Loading"
    ) as ended:
        complete(Endpoint(llm.url, MODEL), [ask(str(number)) for number in range(8)], in_flight=1)
    assert [getattr(reply, "text", None) for reply in ended.value.replies] == ["Is it?"] * 3 + [None] * 5
    assert not ended.value.again
    assert "DISTILLERY_OUTAGE_SECONDS=0.5" in str(ended.value)


def test_no_server(quick):
    with pytest.raises(BrokenOffError, match=r"answered no request for .* the connection failed"):
        complete(Endpoint("http://127.0.0.1:9", MODEL), [ask("a")])


def test_a_server_of_our_own_that_has_ended_is_not_waited_for(quick, monkeypatch):
    monkeypatch.setenv("DISTILLERY_OUTAGE_SECONDS", "600")
    with pytest.raises(BrokenOffError, match="has ended") as ended:
        complete(Endpoint("http://127.0.0.1:9", MODEL, has_ended=lambda: True), [ask("a")])
    assert ended.value.again


@pytest.mark.parametrize("asked", ["1", "date"])
def test_a_server_is_given_the_time_that_it_asks_for(llm, quick, monkeypatch, asked):
    monkeypatch.setenv("DISTILLERY_OUTAGE_SECONDS", "30")
    until = time.time() + 2
    wait = formatdate(until, usegmt=True) if asked == "date" else asked
    llm.faults = [(429, error("slow down"), {"Retry-After": wait})]
    began = time.time()
    complete(Endpoint(llm.url, MODEL), [ask("a"), ask("b")], in_flight=1)
    assert time.time() - began >= (0.9 if asked == "1" else int(until) - began - 0.1)


def test_a_server_that_asks_for_more_time_than_there_is_ends_the_batch_at_once(llm, quick):
    llm.faults = [(429, error("daily limit"), {"Retry-After": "86400"})]
    with pytest.raises(BrokenOffError, match=r"and asks for 86400 s more, at last with: HTTP 429: daily limit"):
        complete(Endpoint(llm.url, MODEL), [ask("a")])


def test_a_server_that_answers_sooner_than_it_asked_for_is_not_given_up(llm, quick):
    llm.faults = [(503, "busy", {"Retry-After": "99999999999999999999"})]
    replies = complete(Endpoint(llm.url, MODEL), [ask("a"), ask("b")])
    assert [type(reply) for reply in replies] == [Reply, Reply]


class OneSidedLlm(FakeLlm):
    """Fails for the prompts that say so, and for no other."""

    def __init__(self, *fault: object) -> None:
        super().__init__()
        self.fault = fault

    def fault_of(self, body: dict) -> tuple | None:
        return self.fault if "bad" in body["messages"][-1]["content"] else None


@pytest.mark.parametrize("in_flight", [1, 8])
def test_a_prompt_that_always_fails_while_others_pass_is_refused_with_the_servers_words(quick, monkeypatch, in_flight):
    monkeypatch.setenv("DISTILLERY_OUTAGE_SECONDS", "30")
    with OneSidedLlm(500, error("EngineGenerateError")) as server:
        requests = [ask(text) for text in ("a", "b", "bad", "c")]
        replies = complete(Endpoint(server.url, MODEL), requests, in_flight)
    assert [type(reply) for reply in replies] == [Reply, Reply, Refusal, Reply]
    assert "while other requests passed, at last with: HTTP 500: EngineGenerateError" in replies[2].reason
    assert TRIES <= sum("bad" in request["messages"][-1]["content"] for request in server.requests) <= TRIES + 2


def test_failures_of_an_outage_say_nothing_against_a_prompt(llm, quick, monkeypatch):
    monkeypatch.setenv("DISTILLERY_OUTAGE_SECONDS", "30")
    llm.faults = [(503, "Loading model")] * 40
    replies = complete(Endpoint(llm.url, MODEL), [ask(str(number)) for number in range(4)], in_flight=2)
    assert [type(reply) for reply in replies] == [Reply] * 4


def test_a_prompt_that_takes_too_long_to_fail_is_refused_sooner(quick):
    class Slow(OneSidedLlm):
        def fault_of(self, body: dict) -> tuple | None:
            if super().fault_of(body):
                time.sleep(0.3)
            return super().fault_of(body)

    with Slow(500, error("out of memory")) as server:
        replies = complete(Endpoint(server.url, MODEL), [ask("a"), ask("bad")])
    assert isinstance(replies[1], Refusal)
    assert sum("bad" in request["messages"][-1]["content"] for request in server.requests) < TRIES


def test_the_first_prompt_may_be_the_bad_one(quick, monkeypatch):
    monkeypatch.setenv("DISTILLERY_OUTAGE_SECONDS", "30")
    with OneSidedLlm(500, error("too odd")) as server:
        [reply] = complete(Endpoint(server.url, MODEL), [ask("bad")])
    assert isinstance(reply, Refusal)


@pytest.mark.parametrize("status", [400, 413, 422, 404, 403])
def test_a_refused_request_is_about_its_record_alone(quick, status):
    with OneSidedLlm(status, error("prompt too long")) as server:
        replies = complete(Endpoint(server.url, MODEL), [ask(text) for text in ("bad", "a", "b")], in_flight=1)
    assert replies[0] == Refusal(f"HTTP {status}: prompt too long")
    assert [type(reply) for reply in replies[1:]] == [Reply, Reply]


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ((401, error("Unauthorized")), "HTTP 401: Unauthorized; no key was sent: set DISTILLERY_API_KEY"),
        ((403, error("not for your plan")), "HTTP 403: not for your plan; no key was sent: set DISTILLERY_API_KEY"),
        ((404, error("no model fake")), "HTTP 404: no model fake; check the address, and the name of the model"),
        ((307, "", {"Location": "https://there/"}), "HTTP 307, a redirection to https://there/; check the address"),
        ((429, error("quota spent", code="insufficient_quota")), "HTTP 429: quota spent"),
    ],
)
def test_a_fault_of_the_configuration_ends_the_batch_at_once(llm, monkeypatch, fault, sentence):
    monkeypatch.delenv("DISTILLERY_API_KEY", raising=False)
    llm.faults = [fault] * 1000
    with pytest.raises(BrokenOffError) as ended:
        complete(Endpoint(llm.url, MODEL), [ask(str(number)) for number in range(20)], in_flight=4)
    assert sentence in str(ended.value)
    assert len(llm.requests) < 20


def test_the_replies_under_way_when_the_server_fails_for_good_are_kept(quick):
    class Slow(FakeLlm):
        def reply(self, body: dict) -> str:
            time.sleep(0.5)
            return super().reply(body)

    with Slow() as server:
        server.faults = [(401, error("expired"))]
        with pytest.raises(BrokenOffError) as ended:
            complete(Endpoint(server.url, MODEL), [ask(str(number)) for number in range(4)], in_flight=4)
    assert sum(reply is not None for reply in ended.value.replies) == 3


def test_the_key_is_sent_and_comes_from_the_environment(llm, monkeypatch):
    monkeypatch.setenv("DISTILLERY_API_KEY", "s3cret\n")
    complete(Endpoint(llm.url, MODEL), [ask("a")])
    assert llm.headers[0]["Authorization"] == "Bearer s3cret"


def test_no_redirection_is_followed_with_the_key(llm, quick, monkeypatch):
    monkeypatch.setenv("DISTILLERY_API_KEY", "s3cret")
    with FakeLlm() as elsewhere:
        llm.faults = [(307, "", {"Location": f"{elsewhere.url}/v1/chat/completions"})] * 10
        with pytest.raises(BrokenOffError):
            complete(Endpoint(llm.url, MODEL), [ask("a")])
        assert elsewhere.requests == []


def test_loopback_is_reached_past_a_proxy(llm, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    assert isinstance(complete(Endpoint(llm.url, MODEL), [ask("a")])[0], Reply)


def test_certificates_are_read_once_for_all_clients(llm, monkeypatch):
    complete(Endpoint(llm.url, MODEL), [ask("first")])
    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", lambda *_: pytest.fail("read again"))
    complete(Endpoint(llm.url, MODEL), [ask(str(number)) for number in range(8)])
