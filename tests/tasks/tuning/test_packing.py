import polars as pl
import pytest
import torch
from transformers import AutoModelForCausalLM, BioGptConfig, BloomConfig, GPT2Config, LlamaConfig, PreTrainedConfig

from tasks.tuning.packing import in_pieces, keeps_passages_apart
from tests.tasks.tuning.base_models import base_tokenizer

SMALL = {"vocab_size": 50, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2}


@pytest.mark.parametrize(
    ("config", "apart"),
    [
        (LlamaConfig(**SMALL, intermediate_size=32), True),
        (GPT2Config(**SMALL), True),
        (BioGptConfig(**SMALL, intermediate_size=32), False),  # hands no positions on to its mask
        (BloomConfig(**SMALL), False),  # takes none
    ],
    ids=lambda value: getattr(value, "model_type", value),
)
def test_whether_passages_see_each_other_is_found_out_by_trying(config: PreTrainedConfig, apart):
    torch.manual_seed(0)
    assert keeps_passages_apart(AutoModelForCausalLM.from_config(config).eval()) is apart


def test_a_passage_is_a_sequence_and_a_long_one_several():
    tokenizer = base_tokenizer()
    pieces = in_pieces(pl.DataFrame({"text": ["abc", "abcdefg"]}), tokenizer, 5)["input_ids"]
    assert [tokenizer.decode(ids) for ids in pieces] == ["<s>abc</s>", "<s>abcd", "efg</s>"]
