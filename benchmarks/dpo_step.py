"""What makes DPO fast on a CPU: scoring completions alone, and reading the prompt of a pair once.

    python -m benchmarks.dpo_step

Times forward and backward passes of the embedded model with a LoRA adapter on two pairs, as TRL's DPO hands them over:
prompts of 400 tokens, completions of 30. As TRL has it on CPUs, every position goes through the output layer; then
those of the completions alone; then the prompt is read once for both completions, too. Prints the three, how far their
log-probabilities are apart (in bfloat16, whose last bit is worth 0.4 % of a value), and one JSON object.
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
    """Time the three and print."""
    model = AutoModelForCausalLM.from_pretrained(str(model_folder(EMBEDDED_MODEL)), dtype=torch.bfloat16)
    utils.add_fused_lm_head(model)
    adapted = get_peft_model(model, LoraConfig(r=8, lora_alpha=16, target_modules="all-linear")).train()
    dice = torch.Generator().manual_seed(0)
    prompts = torch.randint(0, model.config.vocab_size, (PAIRS, PROMPT), generator=dice).repeat(2, 1)
    completions = torch.randint(0, model.config.vocab_size, (2 * PAIRS, COMPLETION), generator=dice)
    tokens = torch.cat([prompts, completions], dim=1)
    inputs = {
        "input_ids": tokens,
        "attention_mask": torch.ones_like(tokens),
        "labels": torch.cat([torch.full_like(prompts, IGNORED), completions], dim=1),
    }

    def timed() -> tuple[float, torch.Tensor]:
        took = []
        for _ in range(TIMES):
            began = time.perf_counter()
            with torch.autocast("cpu", dtype=torch.bfloat16):
                scored = adapted(**inputs, fused_lm_head=True).log_probs.sum(-1)
            scored.sum().backward()
            took.append(time.perf_counter() - began)
        return statistics.median(took), scored.detach()

    everything = timed()
    score_completions_only()
    completions_only = timed()
    read_prompts_once(model)
    prompt_once = timed()
    ways = {"every_position": everything, "completions_only": completions_only, "prompt_once": prompt_once}
    differences = [float(((scored - everything[1]) / everything[1]).abs().max()) for _, scored in ways.values()]
    table = Table("through the model", "s, forward and backward", "largest relative difference", box=None)
    for (name, (seconds, _)), difference in zip(ways.items(), differences, strict=True):
        table.add_row(name.replace("_", " "), f"{seconds:.2f}", f"{difference:.4f}")
    Console().print(table)
    found = {f"{name}_s": round(seconds, 3) for name, (seconds, _) in ways.items()}
    print(json.dumps({**found, "largest_relative_difference": round(max(differences), 5)}))


if __name__ == "__main__":
    main()
