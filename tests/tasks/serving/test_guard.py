import asyncio

import pytest

from tasks.serving.guard import KEY_VARIABLE, Guard


def answer(monkeypatch, scope: dict) -> list[dict]:
    """Return what is sent for a request: by the application behind the guard, a message "passed"."""
    monkeypatch.setenv(KEY_VARIABLE, "the key")
    sent: list[dict] = []

    async def send(message) -> None:
        sent.append(dict(message))

    async def passed(_scope, _receive, send) -> None:
        await send({"type": "passed"})

    async def receive() -> dict:
        return {}

    asyncio.run(Guard(passed)(scope, receive, send))
    return sent


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/invocations", "/tokenize", "/health", "/docs"])
@pytest.mark.parametrize("given", [None, b"", b"the key", b"Bearer another", b"Bearer the key "])
def test_nothing_is_answered_without_the_key(monkeypatch, path, given):
    headers = [] if given is None else [(b"authorization", given)]
    for method in ("GET", "POST", "OPTIONS"):
        sent = answer(monkeypatch, {"type": "http", "method": method, "path": path, "headers": headers})
        assert [message.get("status") for message in sent] == [401, None]
    assert answer(monkeypatch, {"type": "websocket", "path": path, "headers": headers}) == [
        {"type": "websocket.close", "code": 1008}
    ]


def test_the_key_opens_and_what_is_no_request_passes(monkeypatch):
    headers = [(b"host", b"127.0.0.1"), (b"authorization", b"Bearer the key")]
    for scope in ({"type": "http", "method": "POST", "path": "/v1", "headers": headers}, {"type": "lifespan"}):
        assert answer(monkeypatch, scope) == [{"type": "passed"}]
