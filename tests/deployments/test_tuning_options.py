import pytest
import typer

from deployments.cli.preflight import checked_tuning
from tasks.tuning.settings import GeneratorDpo, TargetCpt


@pytest.fixture
def source(tmp_path):
    return {"source": [str(tmp_path)], "evaluation": [], "leakage": "refuse", "root": None}


def test_a_preset_with_changes(source):
    tuning = checked_tuning("generator-dpo", "cpu", ["epochs=2", "lora.rank=16", "dtype=float32"], {}, source)
    plain = GeneratorDpo.cpu()
    expected = {"epochs": 2.0, "dtype": "float32", "lora": plain.lora.model_copy(update={"rank": 16})}
    assert tuning.training == plain.model_copy(update=expected)
    assert tuning.language_model.model == "smollm2-135m-instruct"


def test_the_papers_settings(source):
    tuning = checked_tuning("target-cpt", "paper", [], {"model": "org/model", "adapter": "there"}, source)
    assert tuning.training == TargetCpt()
    assert (tuning.language_model.model, tuning.language_model.adapter) == ("org/model", "there")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("epoch=2", r"'epoch=2': expected NAME=VALUE with one of lora, epochs"),
        ("epochs", r"'epochs': expected NAME=VALUE"),
        ("lora.size=2", "expected NAME=VALUE"),
        ("epochs.more=2", "expected NAME=VALUE"),
        ("epochs=-1", "greater than 0, got -1"),
        ("epochs=many", "valid number"),
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
