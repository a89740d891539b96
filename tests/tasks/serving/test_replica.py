import pytest

from tasks.serving.complete import complete
from tasks.serving.endpoint import Endpoint
from tasks.serving.replica import read_gauge
from tests.fake_llm import MODEL, FakeLlm
from tests.tasks.serving.requests import ask

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
