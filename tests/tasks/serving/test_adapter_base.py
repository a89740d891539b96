import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from tasks.serving.adapter_base import AdapterError, check_bases, check_shapes, read_config
from tasks.serving.model import EMBEDDED_MODEL, LanguageModel, weights_digest

LAYERS = [f"model.layers.{number}.self_attn.q_proj" for number in range(2)]
SHAPES = {**{f"{layer}.weight": (8, 6) for layer in LAYERS}, "model.norm.weight": (6,), "lm_head.weight": (20, 6)}


def write_adapter(folder: Path, base: str | None, layers=LAYERS, inner=6, outer=8, **config: object) -> Path:
    folder.mkdir(parents=True)
    settings = {"base_model_name_or_path": base, "peft_type": "LORA", "target_modules": ["q_proj"], **config}
    (folder / "adapter_config.json").write_text(json.dumps(settings))
    factors = {"lora_A": np.zeros((2, inner), np.float32), "lora_B": np.zeros((outer, 2), np.float32)}
    tensors = {f"base_model.model.{layer}.{name}.weight": each for layer in layers for name, each in factors.items()}
    save_file(tensors, folder / "adapter_model.safetensors")
    return folder


def write_model(folder: Path, value: float = 0.0) -> Path:
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    save_file({"lm_head.weight": np.full((20, 6), value, np.float32)}, folder / "model.safetensors")
    return folder


def write_trained(root: Path, model: LanguageModel) -> Path:
    """Write an adapter as a training leaves it: with a report that names what it was trained on."""
    adapter = write_adapter(root / "finished" / "adapter", Path(model.model).name)
    identity = {name: value for name, value in model.identity().items() if name != "dtype"}
    report = {"recipe": {"stage": "adapters", "parameters": {"model": identity}}}
    (adapter.parent / "training.json").write_text(json.dumps(report))
    return adapter


def asked(model: str | Path, adapter: Path, **more: object) -> LanguageModel:
    return LanguageModel(model=str(model), adapter=str(adapter), **more)


@pytest.mark.parametrize(
    ("base", "model"),
    [
        ("org/model", "org/model"),
        ("/home/someone/model", "org/model"),
        ("models/org/model/", "org/model"),
        (f"/cache/{EMBEDDED_MODEL}-safetensors", EMBEDDED_MODEL),
        (f"{EMBEDDED_MODEL}-safetensors", EMBEDDED_MODEL),
        ("model", "org/model"),
    ],
)
def test_an_adapter_of_the_model_by_another_spelling_is_taken(tmp_path, base, model):
    check_bases(asked(model, write_adapter(tmp_path / "a", base)))


@pytest.mark.parametrize(
    ("base", "model"),
    [("org/model", "org/model-instruct"), ("org/model", "other/model"), ("org/model", EMBEDDED_MODEL)],
)
def test_an_adapter_of_another_model_is_told_with_both_names(tmp_path, base, model):
    adapter = write_adapter(tmp_path / "a", base)
    with pytest.raises(AdapterError, match=rf"a was trained on {base}, not on {model}.*: name the model that it was"):
        check_bases(asked(model, adapter))


def test_a_revision_that_peft_names_is_compared(tmp_path):
    adapter = write_adapter(tmp_path / "a", "org/model", revision="v1")
    check_bases(asked("org/model", adapter, revision="v1"))
    check_bases(asked("org/model", adapter))
    with pytest.raises(AdapterError, match="was trained on org/model@v1, not on org/model@v2"):
        check_bases(asked("org/model", adapter, revision="v2"))


def test_a_path_that_says_nothing_is_taken_with_a_word(tmp_path, caplog):
    check_bases(asked("org/model", write_adapter(tmp_path / "a", "/tmp/checkpoint-50")))
    assert "names its base model by a path, /tmp/checkpoint-50; it is taken to be org/model" in caplog.text
    check_bases(asked("org/model", write_adapter(tmp_path / "b", None)))
    assert "(none)" in caplog.text


def test_folders_that_are_both_here_are_compared_by_their_weights(tmp_path):
    base, same, other = (
        write_model(tmp_path / name / "model", value) for name, value in (("a", 0), ("b", 0), ("c", 1))
    )
    adapter = write_adapter(tmp_path / "adapter", str(base))
    check_bases(asked(same, adapter))
    with pytest.raises(AdapterError, match=r"was trained on .*a/model, not on .*c/model"):
        check_bases(asked(other, adapter))


def test_an_adapter_trained_here_knows_its_weights(tmp_path):
    base, other = write_model(tmp_path / "a" / "model"), write_model(tmp_path / "b" / "model", 1)
    adapter = write_trained(tmp_path / "trained", LanguageModel(model=str(base)))
    check_bases(asked(base, adapter))
    moved = base.rename(tmp_path / "moved")
    check_bases(asked(moved, adapter))
    with pytest.raises(AdapterError, match=f"trained on model@{weights_digest(moved)}, not on model@"):
        check_bases(asked(other, adapter))


def test_an_adapter_on_top_of_another_needs_that_below(tmp_path):
    base = write_model(tmp_path / "model")
    first = write_trained(tmp_path / "one", LanguageModel(model=str(base)))
    second = write_trained(tmp_path / "two", asked(base, first))
    check_bases(asked(base, second, merged=(str(first),)))
    with pytest.raises(AdapterError, match=r"trained on model@\w+ with the adapters \w+ in it, not on model@\w+:"):
        check_bases(asked(base, second))
    with pytest.raises(AdapterError, match=r"trained on model@\w+, not on model@\w+ with the adapters"):
        check_bases(asked(base, first, merged=(str(first),)))


@pytest.mark.parametrize("content", ["[]", "{", '{"base_model_name_or_path": 7}', "[" * 200_000])
def test_a_folder_without_a_configuration_is_no_adapter(tmp_path, content):
    (tmp_path / "adapter_config.json").write_text(content)
    with pytest.raises(AdapterError, match="is not a PEFT adapter"):
        read_config(tmp_path)


def test_only_lora_can_be_merged(tmp_path):
    adapter = write_adapter(tmp_path / "a", "org/model", peft_type="PROMPT_TUNING")
    with pytest.raises(AdapterError, match="of the kind PROMPT_TUNING; only LoRA"):
        read_config(adapter)


def check(adapter: Path, **shapes: tuple[int, ...]) -> None:
    check_shapes(adapter, read_config(adapter), "model", {**SHAPES, **shapes})


def test_an_adapter_that_fits_layer_by_layer_is_taken(tmp_path):
    check(write_adapter(tmp_path / "a", "org/model"))
    check(write_adapter(tmp_path / "b", "org/model", layers=LAYERS[:1], layers_to_transform=[0]))


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"inner": 5}, r"its lora_A of model.layers.0.self_attn.q_proj is 2 x 5, and the model has 8 x 6"),
        ({"outer": 9}, r"its lora_B of model.layers.0.self_attn.q_proj is 9 x 2, and the model has 8 x 6"),
        (
            {"layers": [*LAYERS, "model.layers.2.self_attn.q_proj"]},
            r"layers.2.self_attn.q_proj .* model has nothing",
        ),
        ({"layers": LAYERS[:1]}, r"the model has 1 layers more, such as model.layers.1.self_attn.q_proj"),
        ({"layers": ["transformer.h.0.attn"]}, r"transformer.h.0.attn is 2 x 6, and the model has nothing"),
    ],
)
def test_an_adapter_of_another_shape_is_told(tmp_path, changes, problem):
    adapter = write_adapter(tmp_path / "a", "org/other", **changes)
    with pytest.raises(AdapterError, match=problem) as raised:
        check(adapter)
    assert "trained on org/other, does not fit model" in str(raised.value)


def test_weights_that_are_cut_off_are_told(tmp_path):
    adapter = write_adapter(tmp_path / "a", "org/model")
    (adapter / "adapter_model.safetensors").write_bytes(b"\x08")
    with pytest.raises(AdapterError, match="can not be read"):
        check(adapter)
