"""What does it cost to put prompts through the output layer, as TRL does on CPUs?

    python -m benchmarks.output_layer

Times forward and backward passes of the embedded model with a LoRA adapter on 4 sequences of 450 tokens, of which the
last 40 are the completion: with every position scored, and with those of the completion alone. Prints both, whether the
log-probabilities are the same, and one JSON object.
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

SEQUENCES, LENGTH, COMPLETION, TIMES = 4, 450, 40, 5


def main() -> None:
    """Time both and print."""
    model = AutoModelForCausalLM.from_pretrained(str(model_folder(EMBEDDED_MODEL)), dtype=torch.bfloat16)
    utils.add_fused_lm_head(model)
    adapted = get_peft_model(model, LoraConfig(r=8, lora_alpha=16, target_modules="all-linear")).train()
    tokens = torch.randint(0, model.config.vocab_size, (SEQUENCES, LENGTH), generator=torch.Generator().manual_seed(0))
    labels = tokens.clone()
    labels[:, :-COMPLETION] = -100

    def passes() -> tuple[float, torch.Tensor]:
        began = time.perf_counter()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            scored = adapted(input_ids=tokens, labels=labels, fused_lm_head=True).log_probs
        scored.sum().backward()
        return time.perf_counter() - began, scored.detach().sum(-1)

    everything = [passes() for _ in range(TIMES)]
    score_completions_only()
    completions = [passes() for _ in range(TIMES)]
    seconds = [statistics.median(took for took, _ in runs) for runs in (everything, completions)]
    difference = float((everything[0][1] - completions[0][1]).abs().max())
    table = Table("scored", "s, forward and backward", box=None)
    table.add_row("every position", f"{seconds[0]:.2f}")
    table.add_row("the completion", f"{seconds[1]:.2f}")
    Console().print(table)
    print(
        json.dumps(
            {
                "every_position_s": round(seconds[0], 3),
                "completion_s": round(seconds[1], 3),
                "ratio": round(seconds[0] / seconds[1], 2),
                "largest_difference": difference,
            }
        )
    )


if __name__ == "__main__":
    main()
