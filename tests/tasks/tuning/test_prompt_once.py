import pytest
import torch
from transformers import (
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    PreTrainedModel,
    Qwen2Config,
    Qwen2ForCausalLM,
    Qwen3Config,
    Qwen3ForCausalLM,
)
from trl.trainer import utils

from tasks.tuning.lm_head import score_completions_only
from tasks.tuning.prompt_once import IGNORED, attends_as_told, read_prompts_once

SMALL = {
    "vocab_size": 50, "hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2,
    "num_key_value_heads": 1,
}  # fmt: skip
LENGTH = 12
PROMPTS, CHOSEN, REJECTED = [5, 7], [3, 5], [6, 2]  # tokens of two pairs


def batch() -> dict[str, torch.Tensor]:
    """Return what TRL gives a model: chosen rows, then rejected ones, padded on the right."""
    torch.manual_seed(1)
    prompts = [torch.randint(1, 50, (length,)) for length in PROMPTS]
    tokens, labels = torch.zeros(4, LENGTH, dtype=torch.long), torch.full((4, LENGTH), IGNORED)
    attended = torch.zeros(4, LENGTH, dtype=torch.long)
    for row, (prompt, length) in enumerate(zip(prompts * 2, CHOSEN + REJECTED, strict=True)):
        completion = torch.randint(1, 50, (length,))
        whole = torch.cat([prompt, completion])
        tokens[row, : len(whole)] = whole
        labels[row, len(prompt) : len(whole)] = completion
        attended[row, : len(whole)] = 1
    return {"input_ids": tokens, "labels": labels, "attention_mask": attended}


@pytest.fixture(autouse=True)
def completions_only(monkeypatch):
    monkeypatch.setattr(utils, "_use_triton", utils._use_triton)  # put back afterwards
    score_completions_only()


def with_head(model: PreTrainedModel) -> PreTrainedModel:
    utils.add_fused_lm_head(model, outputs=("log_probs", "entropy", "mean_logits", "is_top1"))
    return model.eval()


@pytest.mark.parametrize(
    ("config", "model_class"),
    [(LlamaConfig, LlamaForCausalLM), (Qwen2Config, Qwen2ForCausalLM), (Qwen3Config, Qwen3ForCausalLM)],
)
def test_every_figure_and_every_gradient_is_that_of_two_sequences(config, model_class):
    torch.manual_seed(0)
    model = with_head(model_class(config(**SMALL)))
    found, gradients, read = [], [], []
    model.model.embed_tokens.register_forward_hook(lambda _, inputs, __: read.append(inputs[0].numel()))
    for _ in range(2):
        model.zero_grad()
        scored = model(**batch(), fused_lm_head=True)
        sums = scored.log_probs.sum(dim=1)
        torch.nn.functional.logsigmoid(sums[:2] - sums[2:]).sum().backward()
        found.append(scored)
        gradients.append([weight.grad.clone() for weight in model.parameters()])
        read_prompts_once(model)
    assert read == [4 * LENGTH, 2 * (7 + 5 + 2 + 1)]
    for name, values in found[0].items():
        torch.testing.assert_close(found[1][name], values, atol=1e-5, rtol=1e-4, msg=name)
    for one, other in zip(*gradients, strict=True):
        torch.testing.assert_close(one, other, atol=1e-5, rtol=1e-3)


def test_a_completion_does_not_see_the_other():
    torch.manual_seed(0)
    model = with_head(LlamaForCausalLM(LlamaConfig(**SMALL)))
    read_prompts_once(model)
    inputs = batch()
    before = model(**inputs, fused_lm_head=True).log_probs
    inputs["input_ids"][0, PROMPTS[0]] += 1  # the first pair's chosen
    after = model(**inputs, fused_lm_head=True).log_probs
    assert not torch.equal(before[0], after[0])
    assert torch.equal(before[2], after[2])


@pytest.mark.parametrize(
    "model",
    [
        MistralForCausalLM(MistralConfig(**SMALL)),
        LlamaForCausalLM(LlamaConfig(**SMALL, attn_implementation="eager")),
        Qwen2ForCausalLM(Qwen2Config(**SMALL, use_sliding_window=True, sliding_window=4, max_window_layers=0)),
    ],
    ids=["sliding windows", "another kernel", "windows on request"],
)
def test_models_that_see_less_are_left_as_they_are(model):
    plain = with_head(model).forward
    read_prompts_once(model)
    assert not attends_as_told(model)
    assert model.forward == plain
