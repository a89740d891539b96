"""What does it save to read the prompt of a preference pair once?

    python -m benchmarks.prompt_once

Times forward and backward passes of the embedded model with a LoRA adapter on two pairs, as TRL's DPO hands them over:
prompts of 400 tokens, completions of 30, as four sequences and as two that hold both completions. Prints both, how far
their log-probabilities are apart (in bfloat16, whose last bit is worth 0.4 % of a value), and one JSON object.
"""

import json
import statistics
import time

import torch
from peft import LoraConfig, get_peft_model
from rich.console import Console
from rich.table import Table
from transformers import AutoModelForCausalLM
from trl.trainer import utils

from tasks.assets.fetch import model_folder
from tasks.serving.model import EMBEDDED_MODEL
from tasks.tuning.lm_head import score_completions_only
from tasks.tuning.prompt_once import IGNORED, read_prompts_once

PAIRS, PROMPT, COMPLETION, TIMES = 2, 400, 30, 5


def main() -> None:
    """Time both and print."""
    model = AutoModelForCausalLM.from_pretrained(str(model_folder(EMBEDDED_MODEL)), dtype=torch.bfloat16)
    score_completions_only()
    utils.add_fused_lm_head(model)
    adapted = get_peft_model(model, LoraConfig(r=8, lora_alpha=16, target_modules="all-linear")).train()
    dice = torch.Generator().manual_seed(0)
    prompts = torch.randint(0, model.config.vocab_size, (PAIRS, PROMPT), generator=dice).repeat(2, 1)
    completions = torch.randint(0, model.config.vocab_size, (2 * PAIRS, COMPLETION), generator=dice)
    tokens = torch.cat([prompts, completions], dim=1)
    labels = torch.cat([torch.full_like(prompts, IGNORED), completions], dim=1)

    def passes() -> tuple[float, torch.Tensor]:
        began = time.perf_counter()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            scored = adapted(
                input_ids=tokens, attention_mask=torch.ones_like(tokens), labels=labels, fused_lm_head=True
            ).log_probs
        scored.sum().backward()
        return time.perf_counter() - began, scored.detach().sum(-1)

    apart = [passes() for _ in range(TIMES)]
    read_prompts_once(model)
    together = [passes() for _ in range(TIMES)]
    seconds = [statistics.median(took for took, _ in runs) for runs in (apart, together)]
    difference = float(((apart[0][1] - together[0][1]) / apart[0][1]).abs().max())
    table = Table("prompts", "s, forward and backward", box=None)
    table.add_row("for each completion", f"{seconds[0]:.2f}")
    table.add_row("once", f"{seconds[1]:.2f}")
    Console().print(table)
    print(
        json.dumps(
            {
                "for_each_s": round(seconds[0], 3),
                "once_s": round(seconds[1], 3),
                "ratio": round(seconds[0] / seconds[1], 2),
                "largest_relative_difference": difference,
            }
        )
    )


if __name__ == "__main__":
    main()
