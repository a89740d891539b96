import pytest
import typer
from upath import UPath

from deployments.cli.preflight import checked_tuning
from flows.tuning_parameters import training_of
from tasks.questions.generator import default_generators
from tasks.questions.named_generators import save_generator
from tasks.serving.adapter_base import AdapterError
from tasks.tuning.settings import GeneratorDpo, TargetCpt
from tests.tasks.serving.test_adapter_base import write_adapter


@pytest.fixture
def source(tmp_path):
    return {
        "source": [str(tmp_path)], "generator": None, "save_as": None, "evaluation": [], "leakage": "refuse",
        "root": str(tmp_path),
    }  # fmt: skip


def test_a_preset_with_changes(source):
    tuning = checked_tuning("generator-dpo", "cpu", ["epochs=2", "lora.rank=16", "dtype=float32"], {}, source)
    plain = GeneratorDpo.cpu()
    expected = {"epochs": 2.0, "dtype": "float32", "lora": plain.lora.model_copy(update={"rank": 16})}
    assert training_of(tuning) == plain.model_copy(update=expected)
    assert tuning.language_model.model == "smollm2-135m-instruct"


def test_an_adapter_of_another_model_is_told_before_anything_starts(source, tmp_path):
    adapter = str(write_adapter(tmp_path / "adapter", "org/model"))
    with pytest.raises(AdapterError, match="was trained on org/model, not on org/other"):
        checked_tuning("target-sft", "cpu", [], {"model": "org/other", "adapter": adapter}, source)


def test_the_papers_settings(source, tmp_path):
    adapter = str(write_adapter(tmp_path / "adapter", "org/model"))
    tuning = checked_tuning("target-cpt", "paper", [], {"model": "org/model", "adapter": adapter}, source)
    assert training_of(tuning) == TargetCpt()
    assert (tuning.language_model.model, tuning.language_model.adapter) == ("org/model", adapter)


def test_the_preset_goes_by_the_machine(source, monkeypatch):
    for gpu, expected in ((False, GeneratorDpo.cpu()), (True, GeneratorDpo())):
        monkeypatch.setattr("flows.tuning_parameters.has_gpu", lambda gpu=gpu: gpu)
        assert training_of(checked_tuning("generator-dpo", "auto", [], {}, source)) == expected


def test_generators_are_named_for_generators_alone(source, tmp_path):
    mine = default_generators()[0].model_copy(update={"name": "mine"})
    save_generator(UPath(tmp_path), mine)
    with pytest.raises(typer.BadParameter, match="no generator 'none'"):
        checked_tuning("generator-dpo", "auto", [], {}, source | {"generator": "none"})
    with pytest.raises(typer.BadParameter, match="target-cpt trains no generator"):
        checked_tuning("target-cpt", "auto", [], {}, source | {"save_as": "mine"})
    with pytest.raises(typer.BadParameter, match="either the generator researcher or a model"):
        checked_tuning("generator-sft", "auto", [], {"model": "org/model"}, source | {"generator": "researcher"})
    for name in ("researcher", "mine"):
        with pytest.raises(typer.BadParameter, match=f"there is a generator {name} that this one is not to replace"):
            checked_tuning("generator-sft", "auto", [], {}, source | {"generator": mine.name, "save_as": name})
    with pytest.raises(typer.BadParameter, match="should match pattern"):
        checked_tuning("generator-sft", "auto", [], {}, source | {"save_as": "Not a name"})


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("epoch=2", r"'epoch=2': expected NAME=VALUE with one of lora, epochs"),
        ("epochs", r"'epochs': expected NAME=VALUE"),
        ("lora.size=2", "expected NAME=VALUE"),
        ("epochs.more=2", "expected NAME=VALUE"),
        ("epochs=-1", "greater than 0, got -1"),
        ("epochs=many", "valid number"),
        ("kind=target-cpt", "'kind=target-cpt': what is trained is chosen by the command"),
        ("most_steps=null", "'most_steps=null': expected a value; leave it out for the preset's"),
        ("warm_up_steps=3", "expected NAME=VALUE with one of lora, epochs"),
    ],
)
def test_a_setting_that_is_none_is_told(source, change, reason):
    with pytest.raises(typer.BadParameter, match=reason):
        checked_tuning("generator-dpo", "cpu", [change], {}, source)


def test_sources_have_to_be_there(source):
    with pytest.raises(typer.BadParameter, match="there is no /nowhere"):
        checked_tuning("target-sft", "cpu", [], {}, source | {"source": ["/nowhere"]})
    with pytest.raises(typer.BadParameter, match="'refuse', 'drop' or 'allow'"):
        checked_tuning("target-sft", "cpu", [], {}, source | {"leakage": "maybe"})
