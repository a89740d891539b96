import asyncio
import json
from http.server import BaseHTTPRequestHandler

import pytest

from tasks.network.wide_client import ConnectionFailedError, ProxyError, Received, WideClient, proxy_of
from tests.local_server import LocalServer

JSON = {"Content-Type": "application/json"}
PROXIES = ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy")


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch):
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)


class Echo(LocalServer):
    """Answers with what it was asked, sets a cookie, and sends whoever asks for /moved elsewhere."""

    def __init__(self) -> None:
        self.asked = asked = []

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                asked.append((self.path, dict(self.headers), body))
                if self.path.endswith("/cut"):
                    self.send_response(200)
                    self.send_header("Content-Length", "1000")
                    self.end_headers()
                    self.wfile.write(b"{")
                    self.close_connection = True
                    return
                self.send_response(302 if self.path.endswith("/moved") else 200)
                self.send_header("Location", "/elsewhere")
                self.send_header("Set-Cookie", "seen=1")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.url = self.listen(Handler)


def posted(url: str, *paths: str, content: bytes = b"{}") -> list[Received]:
    async def post() -> list[Received]:
        client = WideClient(url, {"Authorization": "Bearer secret"}, 5.0)
        try:
            return [await client.post(path, content, JSON) for path in paths]
        finally:
            await client.close()

    return asyncio.run(post())


def test_an_answer_is_read_whole_with_its_headers_however_they_are_spelt():
    with Echo() as server:
        (answer,) = posted(f"{server.url}/prefix/v1", "/chat", content=json.dumps({"a": "é"}).encode())
    assert (answer.status_code, answer.is_success, answer.content) == (200, True, b'{"a": "\\u00e9"}')
    assert answer.headers.get("LOCATION") == answer.headers.get("location") == "/elsewhere"
    path, headers, _ = server.asked[0]
    assert path == "/prefix/v1/chat"
    assert (headers["Authorization"], headers["Content-Type"]) == ("Bearer secret", "application/json")


def test_a_redirection_is_an_answer_and_the_key_does_not_travel():
    with Echo() as server:
        (answer,) = posted(server.url, "/moved")
    assert (answer.status_code, answer.is_success) == (302, False)
    assert [path for path, _, _ in server.asked] == ["/moved"]


def test_cookies_are_not_kept():
    with Echo() as server:
        posted(server.url, "/first", "/second")
    assert all("Cookie" not in headers for _, headers, _ in server.asked)


def test_what_is_cut_off_is_a_failed_connection():
    with Echo() as server, pytest.raises(ConnectionFailedError):
        posted(server.url, "/cut")


def test_nobody_listening_is_a_failed_connection():
    with Echo() as server:
        url = server.url
    with pytest.raises(ConnectionFailedError, match="onnect"):
        posted(url, "/chat")


def test_text_that_is_no_utf8_is_replaced():
    assert Received("http://a", 200, {}, b"a\xff").text == "a�"


@pytest.mark.parametrize(
    ("url", "environment", "proxy"),
    [
        ("http://gpu1:8000/v1", {"HTTP_PROXY": "http://proxy:3128"}, "http://proxy:3128"),
        ("http://gpu1:8000/v1", {"http_proxy": "http://proxy:3128"}, "http://proxy:3128"),
        ("https://api.example.org/v1", {"https_proxy": "proxy:3128"}, "http://proxy:3128"),
        ("https://api.example.org/v1", {"all_proxy": "http://proxy:3128"}, "http://proxy:3128"),
        ("https://api.example.org/v1", {"http_proxy": "http://proxy:3128"}, None),
        ("http://gpu1:8000/v1", {"http_proxy": "http://proxy:3128", "no_proxy": "gpu1"}, None),
        ("http://127.0.0.1:8000/v1", {"http_proxy": "http://proxy:3128"}, None),
        ("http://localhost:8000/v1", {"all_proxy": "http://proxy:3128"}, None),
    ],
)
def test_the_environment_names_the_proxy_but_not_for_loopback(url, environment, proxy, monkeypatch):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert proxy_of(url) == proxy


def test_a_request_goes_through_the_proxy_that_is_named(monkeypatch):
    with Echo() as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        (answer,) = posted("http://gpu1.invalid:8000/v1", "/chat")
    assert answer.is_success
    assert proxy.asked[0][0] == "http://gpu1.invalid:8000/v1/chat"


def test_a_proxy_of_another_kind_is_told_with_what_to_do(monkeypatch):
    monkeypatch.setenv("all_proxy", "socks5://me:hidden-password@proxy:1080")
    with pytest.raises(ProxyError, match="HTTP proxies alone; set HTTPS_PROXY") as error:
        proxy_of("https://api.example.org/v1")
    assert "hidden-password" not in str(error.value)
