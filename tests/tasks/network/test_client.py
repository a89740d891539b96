import httpx
import pytest

from tasks.network.client import client_options
from tasks.network.loopback import is_loopback


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:8000", "http://127.9.9.9", "http://localhost:1/v1", "http://a.localhost", "http://[::1]:8000", "http://0.0.0.0:1"],
)  # fmt: skip
def test_loopback_is_known_by_its_addresses_and_names(url):
    assert is_loopback(url)
    assert client_options(url)["trust_env"] is False


@pytest.mark.parametrize("url", ["http://gpu1:8000", "https://10.0.0.1", "http://localhost.example", "http://[", "x"])
def test_other_hosts_are_reached_as_the_environment_says(url):
    assert not is_loopback(url)
    assert client_options(url)["trust_env"] is True


def test_certificates_are_read_once(monkeypatch):
    first = client_options("https://a")["verify"]
    monkeypatch.setattr(httpx, "create_ssl_context", lambda: pytest.fail("read again"))
    assert client_options("https://b")["verify"] is first
