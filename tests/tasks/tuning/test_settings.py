import pytest
from pydantic import TypeAdapter, ValidationError

from tasks.errors import DistilleryError
from tasks.serving.model import LanguageModel
from tasks.tuning.settings import (
    LLAMA_LAYERS,
    NOT_IN_RECIPE,
    AnyTraining,
    GeneratorDpo,
    GeneratorSft,
    Lora,
    TargetCpt,
    TargetSft,
)

KINDS = (GeneratorSft, GeneratorDpo, TargetCpt, TargetSft)
MODEL = LanguageModel()


def recipe(settings, rows="rows", held_out="held out", model=MODEL):
    fixed = settings if settings.dtype != "auto" else settings.model_copy(update={"dtype": "float32"})
    return fixed.recipe(model, rows, held_out).digest


def test_the_papers_values():
    dpo, cpt = GeneratorDpo(), TargetCpt()
    assert (dpo.beta, dpo.learning_rate, dpo.schedule, dpo.warm_up) == (0.1, 5e-4, "cosine", 100)
    assert (dpo.effective_batch, dpo.max_length) == (128, 1024)
    assert dpo.lora == Lora(rank=8, alpha=16, dropout=0.05)
    assert (cpt.learning_rate, cpt.schedule, cpt.warm_up, cpt.max_length) == (2e-5, "cosine", 0.1, 8192)
    assert (cpt.effective_batch, cpt.lora.rank, cpt.lora.alpha) == (16, 16, 32)
    assert cpt.lora.targets == LLAMA_LAYERS
    assert GeneratorSft().epochs == 6


@pytest.mark.parametrize("kind", KINDS)
def test_settings_travel_as_json(kind):
    for settings in (kind(learning_rate=1e-3), kind.cpu()):
        assert TypeAdapter(AnyTraining).validate_json(settings.model_dump_json()) == settings


@pytest.mark.parametrize("kind", KINDS)
def test_the_cpu_preset_is_small(kind):
    preset = kind.cpu()
    assert preset.most_steps <= 60
    assert preset.effective_batch <= 8
    assert preset.max_length <= 2048
    assert preset.objective == kind.objective
    assert not preset.four_bit


@pytest.mark.parametrize(
    "wrong", [{"epochs": 0}, {"learning_rate": 0}, {"held_out": 1}, {"lora": {"rank": 0}}, {"unknown": 1}]
)
def test_wrong_settings_are_refused(wrong):
    with pytest.raises(ValidationError):
        GeneratorSft(**wrong)


def test_what_changes_an_adapter_changes_its_recipe():
    changes = {
        "lora": Lora(rank=4), "epochs": 2.0, "most_steps": 5, "learning_rate": 1e-3, "schedule": "linear",
        "warm_up": 5, "weight_decay": 0.1, "effective_batch": 64, "max_length": 512, "seed": 1, "dtype": "bfloat16",
        "four_bit": True, "beta": 0.2,
    }  # fmt: skip
    assert set(changes) | NOT_IN_RECIPE | {"kind"} == set(GeneratorDpo.model_fields)
    digests = {recipe(GeneratorDpo(**{name: value})) for name, value in changes.items()}
    assert len(digests | {recipe(GeneratorDpo())}) == len(changes) + 1


def test_what_changes_no_adapter_does_not():
    same = {
        "device_batch": 1, "gradient_checkpointing": False, "checkpoint_every": 7, "processes": 4, "held_out": 0.2,
        "least_margin": 0.1,
    }  # fmt: skip
    assert set(same) == NOT_IN_RECIPE
    assert {recipe(GeneratorDpo(**{name: value})) for name, value in same.items()} == {recipe(GeneratorDpo())}
    served = MODEL.model_copy(update={"dtype": "bfloat16"})
    assert recipe(GeneratorDpo(), model=served) == recipe(GeneratorDpo())


def test_rows_and_kind_are_part_of_the_recipe():
    digests = {recipe(kind()) for kind in KINDS} | {recipe(GeneratorSft(), rows="others")}
    assert len(digests | {recipe(GeneratorSft(), held_out="others")}) == 6


def test_a_model_behind_a_url_can_not_be_trained():
    with pytest.raises(DistilleryError, match="can not be trained; name its folder"):
        recipe(GeneratorSft(), model=LanguageModel(model="m", url="http://127.0.0.1:1"))


def test_an_open_precision_has_no_recipe():
    with pytest.raises(ValueError, match="still open"):
        GeneratorSft().recipe(MODEL, "rows", "held out")
