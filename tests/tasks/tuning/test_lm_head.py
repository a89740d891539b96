import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM
from trl.trainer import utils

from tasks.tuning.lm_head import score_completions_only


def test_scores_of_completions_are_those_of_the_plain_model(monkeypatch):
    monkeypatch.setattr(utils, "_use_triton", utils._use_triton)  # put back afterwards
    torch.manual_seed(0)
    model = LlamaForCausalLM(
        LlamaConfig(vocab_size=50, hidden_size=16, intermediate_size=32, num_hidden_layers=2, num_attention_heads=2)
    )
    tokens = torch.randint(0, 50, (2, 12))
    labels = tokens.masked_fill(torch.arange(12) < 8, -100)
    plain = model(tokens).logits.log_softmax(-1)[:, :-1].gather(-1, tokens[:, 1:, None]).squeeze(-1)
    projected = []
    apply = utils._ChunkedLogProbFunction.apply

    def counted(hidden, *others):
        projected.append(len(hidden))
        return apply(hidden, *others)

    monkeypatch.setattr(utils._ChunkedLogProbFunction, "apply", counted)
    score_completions_only()
    utils.add_fused_lm_head(model)
    scored = model(tokens, labels=labels, fused_lm_head=True).log_probs
    assert projected == [2 * 4]  # and not all 22 that have a next token
    assert scored[:, 7:].tolist() == [pytest.approx(row, abs=1e-5) for row in plain[:, 7:].tolist()]
    assert not scored[:, :7].any()
