"""Turn a GGUF file into a folder of safetensors that vLLM, transformers and PEFT all load.

python -m tasks.assets.gguf_model MODEL.gguf FOLDER
"""

import sys
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer


def convert(gguf: Path, target: Path) -> None:
    """Write config, tokenizer, chat template and bfloat16 weights to ``target``.

    transformers refuses to save a model that it loaded from GGUF, so the weights move into a fresh one.
    """
    loaded = AutoModelForCausalLM.from_pretrained(gguf.parent, gguf_file=gguf.name, dtype=torch.bfloat16)
    tokenizer = AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name)
    config = type(loaded.config)(
        **{
            name: value
            for name, value in loaded.config.to_dict().items()
            if name not in ("quantization_config", "_name_or_path", "dtype")
        }
    )
    fresh = AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16)
    fresh.load_state_dict(loaded.state_dict())
    fresh.generation_config.eos_token_id = tokenizer.eos_token_id
    fresh.save_pretrained(target)
    tokenizer.save_pretrained(target)


if __name__ == "__main__":
    convert(Path(sys.argv[1]), Path(sys.argv[2]))
