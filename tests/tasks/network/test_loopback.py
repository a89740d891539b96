import pytest

from tasks.network.loopback import is_loopback, reach_loopback_directly


@pytest.mark.parametrize(
    ("url", "own"),
    [
        ("http://127.0.0.1:4200/api", True),
        ("http://localhost:8000", True),
        ("http://LOCALHOST", True),
        ("http://[::1]:4200", True),
        ("http://127.8.9.1", True),
        ("http://user:word@127.0.0.1:1", True),
        ("http://127.0.0.1.evil.example", False),
        ("http://localhost.evil.example", False),
        ("http://10.0.0.1", False),
        ("https://example.org/127.0.0.1", False),
        ("http://[::1", False),
        ("", False),
    ],
)
def test_what_is_this_machine_itself(url, own):
    assert is_loopback(url) is own


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, "127.0.0.1,localhost,::1"),
        ({"NO_PROXY": "example.org, localhost"}, "example.org,localhost,127.0.0.1,::1"),
        ({"no_proxy": "a.org", "NO_PROXY": "b.org"}, "a.org,127.0.0.1,localhost,::1"),
        ({"no_proxy": "*"}, "*"),
    ],
)
def test_this_machine_is_excepted_from_proxies_and_what_was_excepted_stays(before, after):
    environment = dict(before)
    reach_loopback_directly(environment)
    reach_loopback_directly(environment)
    assert environment == {"no_proxy": after, "NO_PROXY": after}
