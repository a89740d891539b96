import polars as pl
import pytest
import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from tasks.extraction.examples import ADE_SCHEMA
from tasks.extraction.student.model import Student, StudentConfig
from tasks.extraction.student.settings import StudentSettings
from tests.tasks.extraction.student.toys import toy_sentence

LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789.,-"


def letters_tokenizer() -> PreTrainedTokenizerFast:
    """Return a tokenizer as BERT has it, whose words of more than two letters are cut into letters."""
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *LETTERS, *(f"##{letter}" for letter in LETTERS), "of", "no"]
    inner = Tokenizer(models.WordPiece({piece: place for place, piece in enumerate(pieces)}, unk_token="[UNK]"))
    inner.normalizer = normalizers.BertNormalizer(lowercase=True)
    inner.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    inner.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", pieces.index("[CLS]")), ("[SEP]", pieces.index("[SEP]"))]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=inner, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]"
    )


@pytest.fixture(scope="session")
def tokenizer() -> PreTrainedTokenizerFast:
    return letters_tokenizer()


@pytest.fixture
def new_student(tokenizer):
    """Make a student on a random encoder of two small layers."""

    def make(**config):
        torch.manual_seed(0)
        encoder = BertConfig(
            vocab_size=len(tokenizer), hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64,
            hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
        )  # fmt: skip
        return Student(StudentConfig(encoder=encoder.to_dict(), dropout=0.0, width=16, **config)).eval()

    return make


@pytest.fixture
def settings(tmp_path, tokenizer):
    config = BertConfig(
        vocab_size=len(tokenizer), hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=64
    )
    torch.manual_seed(0)
    BertModel(config).save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    return StudentSettings(
        encoder=str(tmp_path),
        width=32,
        epochs=20,
        patience=20,
        learning_rate=3e-3,
        head_learning_rate=3e-3,
        held_out=0.2,
        dtype="float32",
        averaging=0.9,  # a step is a large share of so short a training
    )


@pytest.fixture
def toys():
    rows = [
        toy_sentence(first, second, filler)
        for filler in ("1", "2", "3", "12", "13", "21", "23", "31", "32", "123", "321", "213")
        for first in range(3)
        for second in range(3)
        if first != second
    ]
    return pl.DataFrame(rows, schema=ADE_SCHEMA)
