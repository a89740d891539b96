import os
import time

import pytest
import torch
from filelock import FileLock

from tasks.assets.fetch import model_folder
from tasks.errors import DistilleryError
from tasks.serving.adapter_base import AdapterError
from tasks.serving.merge import DAY, KEPT, forget_old, merged_folder
from tasks.serving.model import EMBEDDED_MODEL, LanguageModel
from tests.tasks.serving.test_adapter_base import write_adapter, write_model

pytestmark = pytest.mark.integration


def test_an_adapter_is_merged_once_and_changes_the_identity(tmp_path):
    from peft import LoraConfig, get_peft_model
    from safetensors.torch import load_file
    from transformers import AutoModelForCausalLM

    base = str(model_folder(EMBEDDED_MODEL))
    config = LoraConfig(r=2, lora_alpha=4, target_modules=["q_proj"], init_lora_weights=False)
    torch.manual_seed(0)
    tuned = get_peft_model(AutoModelForCausalLM.from_pretrained(base, dtype=torch.bfloat16), config)
    layer = tuned.base_model.model.model.layers[0].self_attn.q_proj
    delta = 2.0 * (layer.lora_B["default"].weight.float() @ layer.lora_A["default"].weight.float())
    expected = layer.base_layer.weight.float() + delta
    tuned.save_pretrained(tmp_path / "adapter")

    model = LanguageModel(adapter=str(tmp_path / "adapter"))
    assert model.identity() != LanguageModel().identity()
    folder = merged_folder(base, model)
    merged = load_file(folder / "model.safetensors")["model.layers.0.self_attn.q_proj.weight"].float()
    assert torch.allclose(merged, expected, atol=2e-2)
    assert not torch.allclose(merged, layer.base_layer.weight.float(), atol=2e-2)
    assert (folder / "tokenizer.json").exists()
    written = (folder / "model.safetensors").stat().st_mtime_ns
    assert (merged_folder(base, model) / "model.safetensors").stat().st_mtime_ns == written


def test_an_adapter_of_another_shape_is_told_in_a_sentence(tmp_path):
    from peft import LoraConfig, get_peft_model
    from transformers import LlamaConfig, LlamaForCausalLM

    def tiny(hidden: int, layers: int) -> LlamaForCausalLM:
        sizes = {"hidden_size": hidden, "intermediate_size": 16, "num_hidden_layers": layers, "vocab_size": 20}
        return LlamaForCausalLM(LlamaConfig(**sizes, num_attention_heads=2))

    get_peft_model(tiny(8, 2), LoraConfig(r=2, target_modules=["q_proj"])).save_pretrained(tmp_path / "adapter")
    for name, hidden, layers in (("wide", 12, 2), ("deep", 8, 3)):
        tiny(hidden, layers).save_pretrained(tmp_path / name)
        model = LanguageModel(model=str(tmp_path / name), adapter=str(tmp_path / "adapter"))
        with pytest.raises(AdapterError, match=f"trained on a model that it does not name, does not fit {name}: "):
            merged_folder(str(tmp_path / name), model)


def test_a_model_that_is_not_there_is_told_in_a_sentence(tmp_path):
    model = LanguageModel(model=str(write_model(tmp_path / "m")), adapter=str(write_adapter(tmp_path / "a", "m")))
    with pytest.raises(DistilleryError, match="m can not be loaded"):
        merged_folder(str(tmp_path / "m"), model)


def test_merged_models_that_were_not_used_for_a_day_go_but_for_the_last_few(tmp_path):
    now = time.time()
    ages = {"a": 0.1, "b": 1.5, "c": 2, "d": 3, "e": 4, "f": 5, "g": 6}  # days
    for name, days in ages.items():
        (tmp_path / f"merged-{name}").mkdir()
        os.utime(tmp_path / f"merged-{name}", (now, now - days * DAY))
    with FileLock(tmp_path / ".merged-f.lock"):  # someone makes or takes it
        forget_old(tmp_path)
    assert KEPT == 4
    assert {path.name for path in tmp_path.glob("merged-*")} == {f"merged-{name}" for name in "abcdf"}


def test_merged_models_of_today_stay_however_many_there_are(tmp_path):
    for number in range(9):
        (tmp_path / f"merged-{number}").mkdir()
    forget_old(tmp_path)
    assert len(list(tmp_path.glob("merged-*"))) == 9
