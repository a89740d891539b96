import json

import pytest

from tasks.serving.complete import complete
from tasks.serving.endpoint import Endpoint
from tasks.serving.replica import as_json, read_gauge
from tasks.serving.reply import Refusal, Reply
from tests.fake_llm import MODEL, FakeLlm
from tests.tasks.serving.requests import ask, error

METRICS = """# HELP vllm:num_requests_running Number of requests in model execution batches.
# TYPE vllm:num_requests_running gauge
vllm:num_requests_running{engine="0",model_name="a b"} 12.0
vllm:num_requests_running{engine="1",model_name="a} b"} 3.0 1700000000000
vllm:num_requests_running_total{engine="0"} 99.0
vllm:num_requests_waiting 0
odd:one{engine="0"} NaN
odd:two{engine="0"} many
odd:three
"""


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("vllm:num_requests_running", 15.0), ("vllm:num_requests_waiting", 0.0), ("vllm:num_requests", None),
        ("odd:one", None), ("odd:two", None), ("odd:three", None), ("absent", None),
    ],
)  # fmt: skip
def test_a_gauge_is_the_sum_over_its_engines(name, value):
    assert read_gauge(METRICS, name) == value


def test_a_server_whose_metrics_can_not_be_read_is_asked_all_the_same():
    with FakeLlm() as server:
        replies = complete(Endpoint(server.url, MODEL), [ask(str(number)) for number in range(5)])
    assert len(replies) == 5


class ChoosyLlm(FakeLlm):
    """Refuses whatever it is asked."""

    def fault_of(self, body: dict) -> tuple | None:
        return 400, error("not from here")


def test_what_one_server_refuses_is_asked_of_the_others():
    with FakeLlm() as good, ChoosyLlm() as bad:
        endpoint = Endpoint(bad.url, MODEL, replicas=(Endpoint(good.url, MODEL),))
        replies = complete(endpoint, [ask(str(number)) for number in range(20)])
    assert [type(reply) for reply in replies] == [Reply] * 20
    assert bad.requests


def test_what_all_servers_refuse_is_refused_once():
    with ChoosyLlm() as one, ChoosyLlm() as two:
        [reply] = complete(Endpoint(one.url, MODEL, replicas=(Endpoint(two.url, MODEL),)), [ask("a")])
        assert len(one.requests) == len(two.requests) == 1
    assert reply == Refusal("HTTP 400: not from here")


def test_a_body_is_the_same_json_whichever_characters_it_holds():
    for text in ("plain", "µg/ml – β", "\ud83d", '"\\\n\0'):
        assert json.loads(as_json({"messages": [{"content": text}], "temperature": 0.0})) == {
            "messages": [{"content": text}],
            "temperature": 0.0,
        }
