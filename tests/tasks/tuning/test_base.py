import json

import pytest

from tasks.assets.fetch import model_folder
from tasks.errors import DistilleryError
from tasks.serving.model import EMBEDDED_MODEL, LanguageModel
from tasks.tuning.base import adapted_model, with_absolute_paths, with_adapter, with_its_base
from tasks.tuning.job import TrainingFolder, TrainingJob
from tasks.tuning.settings import GeneratorSft


def write_adapter(folder, base):
    folder.mkdir(parents=True)
    (folder / "adapter_config.json").write_text(json.dumps({"base_model_name_or_path": base}))
    return folder


def test_an_adapter_brings_the_model_of_its_training(tmp_path):
    training = TrainingFolder(tmp_path / "adapters" / "abc")
    write_adapter(training.adapter, "merged-1")
    job = TrainingJob(
        settings=GeneratorSft(), language_model=LanguageModel(model="org/m", revision="v1", adapter="/one"),
        model="/cache/merged-1", model_name="merged-1", revision=None, processes=1,
        recipe={}, digest="abc", refused={},
    )  # fmt: skip
    training.job.write_text(job.model_dump_json())
    model = adapted_model(training.adapter)
    assert (model.model, model.revision) == ("org/m", "v1")
    assert (model.merged, model.adapter) == (("/one",), str(training.adapter))
    # And so on, round after round.
    third = with_adapter(model, tmp_path / "third")
    assert third.merged == ("/one", str(training.adapter))


def test_an_adapter_from_elsewhere_brings_what_peft_says(tmp_path):
    assert adapted_model(write_adapter(tmp_path / "a", "org/model")).model == "org/model"
    assert adapted_model(write_adapter(tmp_path / "b", model_folder(EMBEDDED_MODEL).name)).model == EMBEDDED_MODEL


def test_an_adapter_given_alone_brings_its_model_and_a_model_that_is_named_stays(tmp_path):
    adapter = str(write_adapter(tmp_path / "a", "org/model"))
    assert with_its_base(LanguageModel(adapter=adapter)) == LanguageModel(model="org/model", adapter=adapter)
    for given in (
        LanguageModel(model=EMBEDDED_MODEL, adapter=adapter),
        LanguageModel(),
        LanguageModel(url="http://a:1"),
    ):
        assert with_its_base(given) == given


def test_a_folder_that_is_no_adapter_is_told(tmp_path):
    with pytest.raises(DistilleryError, match="is not a PEFT adapter"):
        adapted_model(tmp_path)


def test_a_gguf_file_is_named_by_its_whole_path_to_whoever_trains_later(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model.gguf").write_bytes(b"GGUF")
    assert with_absolute_paths(LanguageModel(model="model.gguf")).model == str(tmp_path / "model.gguf")
    assert with_absolute_paths(LanguageModel(model="org/model")).model == "org/model"
