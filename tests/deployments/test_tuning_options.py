import pytest
from upath import UPath

from flows.tuning_parameters import training_of
from tasks.questions.generator import default_generators
from tasks.questions.named_generators import save_generator
from tasks.tuning.settings import GeneratorDpo, TargetCpt
from tests.tasks.serving.test_adapter_base import write_adapter


@pytest.fixture
def train(command, asked, tmp_path):
    """Runs a training of a source that is there; returns its parameters, or status and sentence."""

    def run(*options: str):
        words = ["align"] if options[0] == "align" else ["train", options[0]]
        status, said = command(*words, str(tmp_path), "--root", str(tmp_path), "--json", *options[1:])
        return asked.pop()[1] if asked else (status, said)

    return run


def test_a_preset_with_changes(train):
    tuning = train("align", "--preset", "cpu", "--set", "epochs=2", "--set", "lora.rank=16", "--set", "dtype=float32")
    plain = GeneratorDpo.cpu()
    expected = {"epochs": 2.0, "dtype": "float32", "lora": plain.lora.model_copy(update={"rank": 16})}
    assert training_of(tuning) == plain.model_copy(update=expected)
    assert tuning.language_model.model == "smollm2-135m-instruct"


def test_an_adapter_of_another_model_is_told_before_anything_starts(train, tmp_path):
    adapter = str(write_adapter(tmp_path / "adapter", "org/model"))
    status, said = train("target-sft", "--model", "org/other", "--adapter", adapter)
    assert status == 1
    assert "was trained on org/model, not on org/other" in said


def test_the_papers_settings(train, tmp_path):
    adapter = str(write_adapter(tmp_path / "adapter", "org/model"))
    tuning = train("target-cpt", "--preset", "paper", "--model", "org/model", "--adapter", adapter)
    assert training_of(tuning) == TargetCpt()
    assert (tuning.language_model.model, tuning.language_model.adapter) == ("org/model", adapter)


def test_the_preset_goes_by_the_machine(train, monkeypatch):
    for gpu, expected in ((False, GeneratorDpo.cpu()), (True, GeneratorDpo())):
        monkeypatch.setattr("flows.tuning_parameters.has_gpu", lambda gpu=gpu: gpu)
        assert training_of(train("align")) == expected


def test_generators_are_named_for_generators_alone(train, tmp_path):
    mine = default_generators()[0].model_copy(update={"name": "mine"})
    save_generator(UPath(tmp_path), mine)
    for options, told in [
        (["align", "--generator", "none"], "--generator: there is no generator 'none'"),
        (
            ["target-cpt", "--save-as", "mine"],
            "--save-as: Continued pre-training of a target model has no setting save_as",
        ),
        (
            ["generator", "--model", "org/model", "--generator", "researcher"],
            "either the generator researcher or a model",
        ),
        (
            ["generator", "--generator", "mine", "--save-as", "researcher"],
            "a generator researcher that this one is not to",
        ),
        (["generator", "--generator", "mine", "--save-as", "mine"], "a generator mine that this one is not to replace"),
        (["generator", "--save-as", "Not a name"], "should match pattern"),
    ]:
        status, said = train(*options)
        assert status == 2, said
        assert told in said


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("epoch=2", "there is no setting 'epoch'; did you mean epochs?"),
        ("sorce=2", "there is no setting 'sorce'; did you mean source?"),
        ("epochs", "'epochs': expected NAME=VALUE"),
        ("lora.size=2", "there is no setting 'size' below settings.lora; there are rank, alpha"),
        ("epochs.more=2", "settings.epochs is one value"),
        ("epochs=-1", "greater than 0, got -1"),
        ("epochs=many", "valid number"),
        ("kind=target-cpt", "there is no setting 'kind'"),
        ("most_steps=null", "'most_steps=null': expected a value; leave it out for the preset's"),
        ("lora.rank=null", "'lora.rank=null': expected a value"),
        ("warm_up_steps=3", "there is no setting 'warm_up_steps'; did you mean"),
    ],
)
def test_a_setting_that_is_none_is_told(train, change, reason):
    status, said = train("align", "--preset", "cpu", "--set", change)
    assert status == 2
    assert reason in said


def test_sources_have_to_be_there(command, asked):
    status, said = command("train", "target-sft", "/nowhere")
    assert status == 2
    assert "SOURCE: there is no /nowhere" in said
    status, said = command("train", "target-sft")
    assert status == 2
    assert "SOURCE: it is missing" in said
    assert command("train", "target-sft", ".", "--leakage", "maybe")[0] == 2
    assert not asked
