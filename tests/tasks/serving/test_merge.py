import pytest
import torch

from tasks.assets.fetch import model_folder
from tasks.serving.merge import merged_folder
from tasks.serving.model import EMBEDDED_MODEL, LanguageModel

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
