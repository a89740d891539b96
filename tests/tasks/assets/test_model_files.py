"""What names a model, and what its files say of it."""

import json

import pytest

from tasks.assets import model_files as module
from tasks.assets.gguf_file import GgufError, gguf_digest, gguf_folder, is_gguf
from tasks.assets.model_files import ModelFilesError, chat_template, model_files
from tasks.serving.model import LanguageModel, ModelFolderError


def write(folder, **files: str):
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)
    return folder


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({}, "holds no config.json"),
        ({"config__json": "{}"}, r"holds no \.safetensors file; name a folder saved with save_pretrained"),
        (
            {"config__json": "{}", "pytorch_model__bin": "w"},
            r"it holds pytorch_model\.bin: load that with transformers once and save it with save_pretrained",
        ),
        ({"config__json": "{}", "m__gguf": "GGUF"}, r"name the GGUF file in it, .*m\.gguf"),
        (
            {
                "config__json": "{}",
                "model-1__safetensors": "w",
                "model__safetensors__index__json": json.dumps(
                    {"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}
                ),
            },
            r"lacks model-2\.safetensors, which its model\.safetensors\.index\.json names",
        ),
    ],
)
def test_a_folder_that_is_no_whole_model_is_told_in_a_sentence(tmp_path, files, told):
    with pytest.raises(ModelFilesError, match=told):
        model_files(str(write(tmp_path / "m", **files)))


def test_a_folder_with_weights_is_taken_as_it_is(tmp_path):
    folder = write(tmp_path / "m", config__json="{}", model__safetensors="w")
    assert model_files(str(folder)) == folder


@pytest.mark.parametrize("name", ["/nowhere/model", "./model", "~/model", "a/b/c", "model.gguf", "..\\model"])
def test_a_path_that_is_not_there_is_not_looked_for_on_the_hub(name, monkeypatch):
    monkeypatch.setattr(module, "fetch_from_hub", lambda *_: pytest.fail("asked the Hub"))
    with pytest.raises(ModelFilesError, match="is not there"):
        model_files(name)


def test_a_file_that_is_no_model_is_told_in_a_sentence(tmp_path):
    file = tmp_path / "notes.txt"
    file.write_text("hello")
    with pytest.raises(ModelFilesError, match="is a file, but no GGUF file"):
        model_files(str(file))
    named = tmp_path / "model.gguf"
    named.write_text("<html>404</html>")
    for ask in (lambda: model_files(str(named)), lambda: LanguageModel(model=str(named)).identity()):
        with pytest.raises(
            GgufError, match=r"model\.gguf is no GGUF file: it does not begin with GGUF; fetch it again"
        ):
            ask()


def test_a_gguf_file_is_known_by_its_content(tmp_path):
    file, copy = tmp_path / "a.gguf", tmp_path / "copy-without-an-ending"
    for path in (file, copy):
        path.write_bytes(b"GGUF and more")
        assert is_gguf(path)
    identity = LanguageModel(model=str(file)).identity()
    assert (identity["model"], identity["revision"]) == ("a.gguf", gguf_digest(copy))
    assert gguf_digest(file) == "144581c14596"
    file.write_bytes(b"GGUF and less")
    assert LanguageModel(model=str(file)).identity()["revision"] != identity["revision"]


def test_a_gguf_file_that_is_cut_off_or_one_of_several_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("DISTILLERY_CACHE", str(tmp_path / "cache"))
    cut = tmp_path / "a.gguf"
    cut.write_bytes(b"GGUF\3\0\0\0" + bytes(40))
    with pytest.raises(GgufError, match=r"a\.gguf"):
        gguf_folder(cut)
    part = tmp_path / "a-00001-of-00003.gguf"
    part.write_bytes(b"GGUF")
    with pytest.raises(GgufError, match="one part of several; join them"):
        gguf_folder(part)


def test_a_folder_without_safetensors_says_what_it_holds_in_recipes_too(tmp_path):
    folder = write(tmp_path / "m", config__json="{}", pytorch_model__bin="w")
    with pytest.raises(ModelFolderError, match=r"it holds pytorch_model\.bin"):
        LanguageModel(model=str(folder)).identity()


def test_quantisation_counts_in_recipes_where_it_is_named():
    model = LanguageModel(model="org/model", dtype="auto")
    assert "quantization" not in model.identity()
    assert model.model_copy(update={"quantization": "fp8"}).identity()["quantization"] == "fp8"


@pytest.mark.parametrize(
    ("files", "template"),
    [
        ({}, None),
        ({"tokenizer_config__json": "{}"}, None),
        ({"tokenizer_config__json": json.dumps({"chat_template": "a"})}, "a"),
        ({"tokenizer_config__json": json.dumps({"chat_template": [{"name": "default", "template": "a"}]})}, "a"),
        ({"tokenizer_config__json": "{}", "chat_template__jinja": "b"}, "b"),
        ({"tokenizer_config__json": "{}", "chat_template__json": json.dumps({"chat_template": "c"})}, "c"),
        ({"tekken__json": "{}"}, ""),
    ],
)
def test_the_chat_template_of_a_model(tmp_path, files, template):
    assert chat_template(write(tmp_path / "m", **files)) == template
