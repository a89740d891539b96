"""Small models with random weights, as base models are published: a tokenizer without a chat template."""

from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
from transformers import AutoModelForCausalLM, PreTrainedConfig, PreTrainedTokenizerFast

SPECIAL = ["<s>", "</s>"]


def base_tokenizer(**named: str) -> PreTrainedTokenizerFast:
    """Return a tokenizer of one token per byte, which puts <s> before every text and names no token for padding."""
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    inner = Tokenizer(models.BPE({piece: place for place, piece in enumerate([*SPECIAL, *letters])}, merges=[]))
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    inner.add_special_tokens(SPECIAL)
    inner.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 0)])
    return PreTrainedTokenizerFast(tokenizer_object=inner, **{"bos_token": "<s>", "eos_token": "</s>", **named})


def write_base(folder: Path, config: PreTrainedConfig, **named: str) -> Path:
    """Save a model of this configuration with random weights, and its tokenizer."""
    torch.manual_seed(0)
    AutoModelForCausalLM.from_config(config).save_pretrained(folder)
    base_tokenizer(**named).save_pretrained(folder)
    return folder
