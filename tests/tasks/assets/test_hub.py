"""A model of the Hub, of a server that stands in for it: what is fetched, what is told, and the cache."""

import shutil
from collections import namedtuple

import pytest

from tasks.assets.hub import HubError, fetch_from_hub
from tasks.stopping import Stopped
from tests.fake_hub import COMMIT, FakeHub

FILES = {
    "config.json": b"{}",
    "tokenizer.json": b"{}",
    "chat_template.jinja": b"{{ messages }}",
    "README.md": b"# Model",
    "model.safetensors": b"w" * 3_000_000,
    "consolidated.safetensors": b"again",
    "pytorch_model.bin": b"once more",
    "pytorch_model.bin.index.json": b'{"weight_map": {"a": "pytorch_model.bin"}}',
    "model.onnx": b"other",
}
MODELS = {
    "org/model": FILES,
    "org/old": {"config.json": b"{}", "pytorch_model.bin": b"weights", "tokenizer.model": b"t"},
    "org/gated": FILES,
    "org/parts": {"config.json": b"{}", "parts-Q4.gguf": b"GGUF"},
}


@pytest.fixture
def hub(tmp_path, monkeypatch):
    from huggingface_hub import constants

    monkeypatch.setenv("HF_HOME", str(tmp_path))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "token"))
    with FakeHub(MODELS, gated=("org/gated",)) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        yield server


def test_what_a_model_is_loaded_from_is_fetched_once_with_progress(hub, caplog):
    with caplog.at_level("INFO", logger="distillery"):
        folder = fetch_from_hub("org/model")
    assert {path.name for path in folder.iterdir()} == {
        *("config.json", "tokenizer.json", "chat_template.jinja", "model.safetensors")
    }
    assert (folder / "model.safetensors").stat().st_size == 3_000_000
    lines = [record.message for record in caplog.records]
    assert lines[0].startswith("fetching org/model from huggingface.co (0.00 GB)")
    assert lines[-1] == "fetching org/model, MB: 3 of 3"
    hub.asked.clear()
    assert fetch_from_hub("org/model") == folder
    assert hub.asked == []


def test_weights_in_pytorch_s_format_are_taken_where_there_are_no_others(hub):
    assert {path.name for path in fetch_from_hub("org/old").iterdir()} == set(MODELS["org/old"])


def test_without_a_network_the_copy_in_the_cache_is_taken(hub, monkeypatch, caplog):
    folder = fetch_from_hub("org/model")
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with caplog.at_level("INFO", logger="distillery"):
        assert fetch_from_hub("org/model") == folder
        assert fetch_from_hub("org/model", COMMIT) == folder
    assert "taking the copy in the cache" in caplog.text


def test_offline_nothing_is_asked(hub, monkeypatch):
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(HubError, match=r"org/model is not in the cache, and huggingface\.co can not be reached"):
        fetch_from_hub("org/model")
    assert not hub.tokens


def test_a_copy_that_lacks_a_file_is_none(hub, monkeypatch):
    folder = fetch_from_hub("org/model")
    (folder / "model.safetensors").unlink()
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(HubError, match="is not in the cache"):
        fetch_from_hub("org/model")


def test_a_model_that_is_not_there_is_told_with_its_neighbours(hub):
    with pytest.raises(HubError, match=r"there is no model org/modell .* check the name; there are org/model, org/old"):
        fetch_from_hub("org/modell")


def test_a_gated_model_says_what_to_do_and_comes_with_a_token(hub, monkeypatch):
    with pytest.raises(HubError, match=r"accepted its licence: do that at .*/org/gated, and set HF_TOKEN"):
        fetch_from_hub("org/gated")
    monkeypatch.setenv("HF_TOKEN", "hf_refused99")
    with pytest.raises(HubError, match=r"same account \(HF_TOKEN is set, and is not allowed to\)") as refused:
        fetch_from_hub("org/gated")
    assert "hf_refused99" not in str(refused.value)
    monkeypatch.setenv("HF_TOKEN", "hf_accepted")
    assert (fetch_from_hub("org/gated") / "model.safetensors").exists()


@pytest.mark.parametrize(
    ("name", "revision", "told"),
    [
        ("org/model", "v9", "org/model has no revision 'v9'"),
        ("a model", None, "'a model' is no model"),
        ("org/parts", None, r"its GGUF files, such as parts-Q4\.gguf: fetch one"),
    ],
)
def test_other_mistakes_are_told_in_a_sentence(hub, name, revision, told):
    with pytest.raises(HubError, match=told):
        fetch_from_hub(name, revision)


def test_a_disk_without_room_is_told_before_anything_is_fetched(hub, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10, 9, 1_000_000))
    with pytest.raises(HubError, match=r"org/model takes 0\.0 GB, and .* has 0\.0 GB free; make room, or set HF_HOME"):
        fetch_from_hub("org/model")
    assert hub.asked == []


def test_a_download_is_given_up_with_its_run(hub):
    with pytest.raises(Stopped):
        fetch_from_hub("org/model", stopping=lambda: True)
