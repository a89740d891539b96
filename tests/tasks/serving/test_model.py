import pytest
from pydantic import ValidationError

from tasks.serving.model import EMBEDDED_MODEL, LanguageModel

URL = "http://a:1"


def test_a_kind_that_there_is_not_is_refused_with_the_nearest():
    assert LanguageModel(url=URL, kind="llama.cpp").kind == "llama.cpp"
    with pytest.raises(ValidationError, match=r"no kind of server 'lm_studio'; did you mean lm-studio\? the kinds are"):
        LanguageModel(url=URL, kind="lm_studio")
    with pytest.raises(ValidationError, match=r"no kind of server 'zzz'; the kinds are llama\.cpp, llama-cpp-python"):
        LanguageModel(url=URL, kind="zzz")


@pytest.mark.parametrize(
    "name", ["Authorization", "api-key", "X-API-Key", "x-goog-api-key", "Cookie", "X-Auth-Token", "Proxy-Authorization"]
)
def test_no_secret_goes_into_a_header(name):
    with pytest.raises(ValidationError, match=f"the header {name} would be stored .* key_from") as refused:
        LanguageModel(url=URL, headers={name: "sk-Secret"})
    assert "Secret\n" not in str(refused.value)
    assert "sk-Secret" not in str(refused.value)


def test_other_headers_go_along():
    headers = {"OpenAI-Organization": "org-1", "HTTP-Referer": "https://a.example", "X-Max-Tokens": "5"}
    assert LanguageModel(url=URL, headers=headers).headers == headers
    for broken in ({"A B": "1"}, {"A": "1\nB: 2"}, {"A": "ä"}):
        with pytest.raises(ValidationError, match="holds what no header may"):
            LanguageModel(url=URL, headers=broken)


def test_fields_of_the_run_are_not_set_by_hand():
    with pytest.raises(ValidationError, match="the field messages is the run's own"):
        LanguageModel(url=URL, body={"messages": []})


def test_no_key_stands_in_a_field_or_an_address():
    with pytest.raises(ValidationError, match="the field api_key would be stored"):
        LanguageModel(url=URL, body={"api_key": "sk-Secret"})
    for said in ({"url": f"{URL}/v1?key=sk-Secret"}, {"url": URL, "replicas": (f"{URL}#sk-Secret",)}):
        with pytest.raises(ValidationError, match=r"ends before its query, .* key_from") as refused:
            LanguageModel(**said)
        assert "sk-Secret" not in str(refused.value)


def test_what_is_said_of_a_server_needs_one():
    for said in ({"kind": "vllm"}, {"replicas": ("http://b:1",)}, {"key_from": "env:A"}, {"headers": {"A": "1"}}):
        with pytest.raises(ValidationError, match="name its URL"):
            LanguageModel(**said)


def test_models_with_fields_of_their_own_can_be_told_apart_and_be_keys():
    one, other = LanguageModel(url=URL, body={"top_k": 1}), LanguageModel(url=URL, body={"top_k": 2})
    assert one != other
    assert {one: 1, other: 2}[LanguageModel(url=URL, body={"top_k": 1})] == 1


def test_identities_are_those_of_earlier_versions():
    assert LanguageModel(dtype="float32").identity() == {
        "model": EMBEDDED_MODEL,
        "revision": "b179c9523d0e",
        "adapter": None,
        "dtype": "float32",
    }
    said = {"kind": "vllm", "replicas": ("http://b:1",), "key_from": "env:A", "headers": {"A": "1"}}
    assert LanguageModel(model="m", url=URL, **said).identity() == {"model": "m", "revision": None, "adapter": None}
    asked = LanguageModel(model="m", url=URL, body={"top_k": 1}, thinking_tokens=9).identity()
    assert asked == {"model": "m", "revision": None, "adapter": None, "body": {"top_k": 1}, "thinking_tokens": 9}
