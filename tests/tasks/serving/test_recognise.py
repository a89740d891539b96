"""What servers are, by the pages that they document."""

import pytest

from tasks.serving.authorisation import EndpointError
from tasks.serving.recognise import Recognised, choose, longest, recognise, roots
from tests.tasks.serving.odd_server import OddServer, listed

WRONG = (404, {"detail": "Not Found"})
PINNED = (400, {"detail": "Server is pinned to '/models/small'; requested '?'."})


def found(server: OddServer, path: str = "", **named: str) -> Recognised:
    return recognise(f"{server.url}{path}", {}, **named)


VLLM = {"/v1/models": listed("m", owner="vllm", max_model_len=4096)}
SGLANG = {"/v1/models": listed("m", owner="sglang"), "/get_server_info": {"context_length": 8192}}
LLAMA_CPP = {
    "/v1/models": listed("m.gguf", owner="llamacpp", meta={"n_ctx_train": 32768}),
    "/props": {"default_generation_settings": {"n_ctx": 2048}, "total_slots": 4},
}
OLLAMA = {
    "/v1/models": listed("llama3.2:latest", "nomic-embed-text:latest", owner="library"),
    "/api/ps": {"models": [{"name": "llama3.2:latest", "context_length": 16384}]},
}
OWN_OLLAMA = {"/v1/models": listed("me/mine:latest", owner="me-and-me"), "/api/version": {"version": "0.14.1"}}
LM_STUDIO = {
    "/v1/models": listed("gemma", "qwen", "text-embedding-nomic", owner="organization_owner"),
    "/api/v0/models": {
        "data": [
            {"id": "gemma", "type": "llm", "state": "not-loaded", "max_context_length": 8192},
            {"id": "qwen", "type": "llm", "state": "loaded", "loaded_context_length": 4096},
            {"id": "text-embedding-nomic", "type": "embeddings", "state": "loaded"},
        ]
    },
}
TGI = {"/v1/models": listed("org/m", owner="org/m"), "/info": {"model_id": "org/m", "max_total_tokens": 3000}}
TRANSFORMERS = {"/v1/models": listed("a/b", "c/d", owner="a"), "/openapi.json": {"paths": {"/load_model": {}}}}
HOSTED = {"/v1/models": {"data": [{"id": "big", "context_length": 131072}]}}


@pytest.mark.parametrize(
    ("pages", "kind", "model", "limit", "asked"),
    [
        (VLLM, "vllm", "m", 4096, ["/v1/models"]),
        (SGLANG, "sglang", "m", 8192, ["/v1/models", "/get_server_info"]),
        (LLAMA_CPP, "llama.cpp", "m.gguf", 2048, ["/v1/models", "/props"]),
        ({"/v1/models": listed("m", owner="me")}, "llama-cpp-python", "m", None, ["/v1/models"]),
        (OLLAMA, "ollama", "llama3.2:latest", 16384, ["/v1/models", "/api/ps"]),
        (LM_STUDIO, "lm-studio", "qwen", 4096, ["/v1/models", "/api/v0/models"]),
        (TGI, "tgi", "org/m", 3000, ["/v1/models", "/api/version", "/info"]),
        (HOSTED, "chat-completions", "big", 131072, ["/v1/models", "/api/version", "/info", "/openapi.json"]),
    ],
)  # fmt: skip
def test_a_server_is_known_by_what_it_says_of_itself(pages, kind, model, limit, asked):
    with OddServer(pages) as server:
        it = found(server)
        assert (it.kind.name, it.root) == (kind, f"{server.url}/v1")
        assert choose(it, "default", True, server.url) == model
        assert longest(it, model) == limit
        assert server.asked == asked


def test_ollama_tells_the_context_of_a_model_that_is_not_loaded():
    shown = {"parameters": "temperature   0.7\nnum_ctx                        8192"}
    with OddServer(OWN_OLLAMA, lambda path, body: (200, shown if path == "/api/show" else {})) as server:
        it = found(server)
        assert it.kind.name == "ollama"
        assert longest(it, "me/mine:latest") == 8192
        assert server.bodies == [{"model": "me/mine:latest"}]


def test_transformers_names_the_model_that_it_was_started_for():
    with OddServer(TRANSFORMERS, lambda path, body: PINNED) as server:
        it = found(server)
        assert it.kind.name == "transformers"
        assert choose(it, "default", True, server.url) == "/models/small"
        assert choose(it, "not/listed", False, server.url) == "not/listed"


def test_transformers_fails_to_list_models_where_it_has_none_but_its_own():
    pages = {**TRANSFORMERS, "/v1/models": (500, "Internal Server Error")}
    with OddServer(pages, lambda path, body: PINNED) as server:
        assert choose(found(server), "default", True, server.url) == "/models/small"


def test_openai_is_known_by_its_host():
    from tasks.serving.recognise import Pages, _kind

    pages = Pages("https://api.openai.com/v1", {})
    assert _kind("https://api.openai.com/v1", (), pages).name == "openai"
    assert _kind("https://mine.openai.azure.com/openai/v1", (), pages).name == "openai"


def test_a_kind_that_is_named_is_not_asked_for():
    with OddServer({"/v1/models": listed("m")}) as server:
        assert found(server, named="sglang").kind.name == "sglang"
        assert server.asked == ["/v1/models"]


@pytest.mark.parametrize(
    ("path", "root"),
    [
        ("", "/v1"),
        ("/", "/v1"),
        ("/v1", "/v1"),
        ("/v1/", "/v1"),
        ("/v1/chat/completions", "/v1"),
        ("/prefix", "/prefix/v1"),
        ("/prefix/v1", "/prefix/v1"),
        ("/v1beta/openai", "/v1beta/openai"),
        ("/api/v3", "/api/v3"),
        ("/inference", "/inference"),
    ],
)
def test_an_api_begins_where_its_models_are(path, root):
    with OddServer({f"{root}/models": listed("m", owner="vllm")}) as server:
        assert found(server, path).root == f"{server.url}{root}"


def test_people_write_an_address_with_v1_and_without():
    assert {roots(f"http://gpu1:8000{ending}")[0] for ending in ("", "/", "/v1", "/v1/", "/v1/models")} == {
        "http://gpu1:8000/v1"
    }


def test_the_only_model_is_meant_by_default_and_none_of_several_is_taken_by_chance():
    many = listed("text-embedding-3-small", "whisper-1", "gpt-4o-mini", "bge-reranker")
    with OddServer({"/v1/models": many}) as server:
        assert choose(found(server), "default", True, server.url) == "gpt-4o-mini"
    with OddServer({"/v1/models": listed("gpt-4", "text-embedding-3-small", "gpt-5-mini")}) as server:
        with pytest.raises(EndpointError, match="serves several models: gpt-4, gpt-5-mini; name one of them"):
            choose(found(server), "default", True, server.url)
        assert choose(found(server), "gpt-5-mini", False, server.url) == "gpt-5-mini"
        with pytest.raises(EndpointError, match="serves gpt-4, gpt-5-mini, not 'llama'; name one of those"):
            choose(found(server), "llama", False, server.url)


def test_a_tag_that_ollama_adds_need_not_be_named():
    with OddServer(OLLAMA) as server:
        assert choose(found(server), "llama3.2", False, server.url) == "llama3.2"
        assert longest(found(server), "llama3.2") == 16384


@pytest.mark.parametrize("pages", [{"/v1/models": {"data": []}}, {"/v1/models": {"data": None}}, {}])
def test_a_model_that_is_named_is_asked_of_a_server_that_lists_none(pages):
    with OddServer(pages) as server:
        assert choose(found(server, model="m"), "m", False, server.url) == "m"
        with pytest.raises(EndpointError, match=r"lists no model|HTTP 404 .*expected the model list"):
            choose(found(server), "default", True, server.url)
    with OddServer(pages, lambda path, body: (404, {"error": {"message": "The model `m` does not exist"}})) as server:
        if not pages:
            with pytest.raises(EndpointError, match=r"HTTP 404 \(The model `m` does not exist\)"):
                found(server, model="m")


def test_a_list_may_stand_alone():
    with OddServer({"/v1/models": [{"id": "m"}]}) as server:
        assert list(found(server).models) == ["m"]


def test_an_address_that_is_none_is_told_in_a_sentence():
    with pytest.raises(EndpointError, match=r"http://\[::1 is no address of a server"):
        recognise("http://[::1", {})


def test_a_redirection_is_named_and_not_followed():
    moved = (301, {}, {"Location": "https://elsewhere.example/v1/models"})
    with (
        OddServer({"/v1/models": moved}) as server,
        pytest.raises(EndpointError, match=r"redirected to https://elsewhere\.example"),
    ):
        recognise(server.url, {"Authorization": "Bearer secret-key"})


def test_a_server_that_is_loading_says_so():
    with (
        OddServer({"/v1/models": (503, "Loading model")}) as server,
        pytest.raises(EndpointError, match="Loading model"),
    ):
        found(server)
