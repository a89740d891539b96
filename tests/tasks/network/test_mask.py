import html
import json
from base64 import b64encode, urlsafe_b64encode
from urllib.parse import quote, quote_plus

import httpx
import pytest

from tasks.network import mask as module
from tasks.network.mask import SECRET_VARIABLES, conceal, mask, server_words

KEY = 'sk-"Secret"/LLM+123 é'


@pytest.fixture
def key(monkeypatch):
    monkeypatch.setenv("DISTILLERY_API_KEY", KEY)
    return KEY


@pytest.mark.parametrize("name", SECRET_VARIABLES)
def test_no_secret_of_the_environment_passes(monkeypatch, name):
    monkeypatch.setenv(name, "Hidden-1234\n")
    assert mask("denied for Hidden-1234, go") == "denied for ***, go"


def test_both_halves_of_an_auth_string_and_its_header_are_masked(monkeypatch):
    monkeypatch.setenv("PREFECT_API_AUTH_STRING", "admin:Hidden-1234")
    assert mask("user admin, password Hidden-1234") == "user admin, password ***"
    assert mask(f"Basic {b64encode(b'admin:Hidden-1234').decode()}").startswith("Basic ***")


@pytest.mark.parametrize(
    "spell",
    [
        str, quote, quote_plus, lambda key: quote(key, safe=""), lambda key: quote(key, safe="").lower(), str.upper,
        lambda key: json.dumps(key), lambda key: json.dumps({"error": key}), html.escape,
    ],
)  # fmt: skip
def test_a_secret_is_found_as_others_spell_it(key, spell):
    told = mask(f"denied for {spell(key)}!")
    assert "***" in told
    assert "ecret" not in told
    assert "LLM" not in told


@pytest.mark.parametrize("before", ["", "a", "ab", "abc", "user:"])
@pytest.mark.parametrize("encode", [b64encode, urlsafe_b64encode])
def test_a_secret_is_found_within_base64(key, before, encode):
    coded = encode(f"{before}{key}{before}".encode()).decode()
    told = mask(coded)
    assert "***" in told
    assert len(told) - 3 < len(coded) - len(key)  # what is left holds bits of its neighbours


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("http://user:pw@host:8000/v1", "http://***@host:8000/v1"),
        ("s3://KEY:SE/CRET@bucket/folder", "s3://***@bucket/folder"),
        ("http://token@host", "http://***@host"),
        ("GET https://u:p@a/x and https://u:p@b/y", "GET https://***@a/x and https://***@b/y"),
        ("http://host:8000/@scope/name@1", "http://host:8000/@scope/name@1"),
        ("mail me@host", "mail me@host"),
    ],
)
def test_names_and_passwords_in_addresses_are_masked(address, shown):
    assert mask(address) == shown


def test_what_steers_a_terminal_is_gone_and_the_length_is_bounded(key):
    assert mask("\x1b[31mred\x1b[0m\r\nnext \u202egnp.exe \ud83d \0") == "[31mred [0m next gnp.exe"
    assert mask("x" * 1000) == "x" * 300 + "…"
    assert mask("x" * 295 + key) == "x" * 295 + "***"  # not a half of the key
    assert mask("x" * 10, longest=5) == "xxxxx…"


def test_a_value_that_stands_in_no_variable_can_be_concealed(monkeypatch):
    monkeypatch.setattr(module, "_concealed", set())
    conceal("from-a-block")
    conceal("")
    assert mask("API key from-a-block invalid") == "API key *** invalid"


def test_the_words_of_a_failure_are_found_where_servers_put_them(key):
    def words(body: object) -> str:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return server_words(httpx.Response(400, content=content))

    assert words({"error": {"message": f"no {key}"}}) == "no ***"
    assert words({"error": "forbidden"}) == words({"message": "forbidden"}) == words({"detail": "forbidden"})
    assert words({"message": {"detail": [{"msg": "extra"}]}}).startswith('{"message"')
    assert words(b"<html>413</html>") == "<html>413</html>"
    assert words([]) == "[]"
    assert words(b"") == words(b"\n") == ""
