import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from tasks.network import request as module
from tasks.network.pace import Pace
from tasks.network.request import FaultyAnswerError, NetworkError, request, retry_after


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setenv("DISTILLERY_RETRY_SECONDS", "0.001")


def answer(status: int, **headers: str) -> httpx.Response:
    sent = httpx.Request("GET", "http://127.0.0.1/")
    return httpx.Response(
        status, headers={name.replace("_", "-"): value for name, value in headers.items()}, request=sent
    )


def ask(*statuses: int) -> tuple[int, int]:
    """Return the last status and the number of requests, for a server that answers in this way."""
    left = list(statuses)
    done = request(lambda: answer(left.pop(0)), lambda response: response.status_code, Pace(10_000), "something")
    return done, len(statuses) - len(left)


@pytest.mark.parametrize("status", [408, 425, 429, 500, 501, 502, 503, 504, 520])
def test_what_may_pass_is_tried_again(status):
    assert ask(status, status, 200) == (200, 3)


@pytest.mark.parametrize("status", [301, 304, 400, 401, 403, 404, 414])
def test_a_refusal_is_not(status):
    with pytest.raises(NetworkError, match=f"something: the server refused with HTTP {status}"):
        ask(status)


def test_an_end_to_trying():
    with pytest.raises(NetworkError, match="something: 6 tries failed, the last one with: HTTP 503; try again later"):
        ask(*[503] * 6)


def test_retry_after_in_seconds_as_a_date_or_not_at_all():
    assert retry_after(answer(429, retry_after="7")) == 7
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    assert 28 < retry_after(answer(429, retry_after=later)) <= 30
    past = format_datetime(datetime.now(UTC) - timedelta(seconds=30), usegmt=True)
    for nothing in (past, "soon", ""):
        assert retry_after(answer(429, retry_after=nothing)) == 0
    assert retry_after(answer(429)) == 0


def test_a_server_can_not_ask_for_a_day():
    assert FaultyAnswerError("HTTP 429", retry_after=86_400).retry_after == module.LONGEST_REQUESTED_WAIT


def test_requests_are_spaced_and_held():
    pace = Pace(100)
    began = time.monotonic()
    for _ in range(11):
        pace.wait()
    assert 0.1 <= time.monotonic() - began < 0.4
    pace.hold(0.3)
    pace.wait()
    assert time.monotonic() - began >= 0.4
