import base64

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from deployments.guarded_server import guarded

OWN = "http://127.0.0.1:4200"
PASSWORD, SECRET = "the-password", "once-only"


async def answer(request: Request) -> PlainTextResponse:
    return PlainTextResponse(f"reached by {request.method}")


async def talk(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text("reached")
    await socket.close()


@pytest.fixture
def client():
    inner = Starlette(
        routes=[Route("/api/runs", answer, methods=["GET", "POST"]), WebSocketRoute("/api/events/in", talk)]
    )
    return TestClient(guarded(inner, ["prefect"], SECRET, PASSWORD), base_url=OWN)


@pytest.mark.parametrize("host", ["127.0.0.1:4200", "localhost:4200", "localhost", "prefect:4200", "[::1]:4200"])
def test_own_hosts_are_answered(client, host):
    assert client.post("/api/runs", headers={"host": host}).text == "reached by POST"


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example:4200", "evil.example:4200", "prefect.evil", ""]
)
def test_foreign_hosts_are_refused(client, host):
    assert client.get("/api/runs", headers={"host": host}).status_code == 400


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://127.0.0.1:9999", "http://localhost:4200", "", "http://evil:4200"]
)
def test_pages_of_other_origins_are_refused(client, origin):
    assert client.post("/api/runs", headers={"origin": origin}).status_code == 403
    asked = {"origin": origin, "access-control-request-method": "POST"}
    preflight = client.options("/api/runs", headers=asked)
    assert preflight.status_code == 403
    assert "access-control-allow-origin" not in preflight.headers


def test_own_pages_are_answered_and_can_not_be_framed(client):
    answered = client.post("/api/runs", headers={"origin": OWN})
    assert answered.text == "reached by POST"
    assert answered.headers["x-frame-options"] == "DENY"


def test_web_sockets_are_guarded_alike(client):
    with client.websocket_connect("/api/events/in", headers={"host": "127.0.0.1:4200"}) as socket:
        assert socket.receive_text() == "reached"
    for headers in ({"host": "127.0.0.1:4200", "origin": "https://evil.example"}, {"host": "evil.example"}):
        with pytest.raises(WebSocketDisconnect), client.websocket_connect("/api/events/in", headers=headers):
            pass


def test_the_secret_of_the_address_gives_the_password_once(client):
    page = client.get("/sign-in")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert PASSWORD not in page.text
    assert SECRET not in page.text
    assert client.post("/sign-in", content="guessed").status_code == 403
    assert client.post("/sign-in", content="x" * 10_000).status_code == 403
    given = client.post("/sign-in", content=SECRET)
    assert base64.b64decode(given.text).decode() == PASSWORD
    assert given.headers["cache-control"] == "no-store"
    assert client.post("/sign-in", content=SECRET).status_code == 403


def test_another_page_can_not_sign_in(client):
    assert client.post("/sign-in", content=SECRET, headers={"origin": "https://evil.example"}).status_code == 403
    assert client.post("/sign-in", content=SECRET, headers={"host": "evil.example"}).status_code == 400
    assert client.post("/sign-in", content=SECRET, headers={"origin": OWN}).is_success
