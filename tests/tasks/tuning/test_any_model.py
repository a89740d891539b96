"""Trainings of models that have no chat template and are not Llamas: the rows are made, and a step is really done."""

from pathlib import Path

import polars as pl
import pytest
from transformers import (
    AutoTokenizer,
    BioGptConfig,
    Gemma2Config,
    GPT2Config,
    LlamaConfig,
    MistralConfig,
    PreTrainedConfig,
)
from trl.trainer import utils

from tasks.serving.model import LanguageModel
from tasks.tokenizer import is_plain, load_tokenizer
from tasks.tuning import launch
from tasks.tuning.base import base_path, with_adapter
from tasks.tuning.finished import read_finished
from tasks.tuning.fit import fit
from tasks.tuning.launch import train_adapter
from tasks.tuning.settings import AnyTraining, EvaluatorSft, GeneratorDpo, GeneratorSft, TargetCpt, TargetSft
from tasks.tuning.split import split_by_pmid
from tasks.tuning.training_rows import fitting_rows
from tests.tasks.tuning.base_models import write_base
from tests.tasks.tuning.words import assistant, user

SMALL = {
    "vocab_size": 258, "hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2,
    "bos_token_id": 0, "eos_token_id": 1,
}  # fmt: skip
BASES: dict[str, PreTrainedConfig] = {
    "llama": LlamaConfig(**SMALL),
    "mistral": MistralConfig(**SMALL, num_key_value_heads=1, sliding_window=64),
    "gemma2": Gemma2Config(**SMALL, num_key_value_heads=1, head_dim=8, sliding_window=64),
    "biogpt": BioGptConfig(**SMALL, max_position_embeddings=192),
    "gpt2": GPT2Config(vocab_size=258, n_embd=16, n_layer=2, n_head=2, n_positions=192, bos_token_id=0, eos_token_id=1),
}
SHORT = {"most_steps": 1, "effective_batch": 2, "device_batch": 2, "held_out": 0.2, "dtype": "float32", "warm_up": 0.0}
TRAININGS: dict[str, AnyTraining] = {
    kind.cpu().kind: kind.cpu().model_copy(update=SHORT)
    for kind in (TargetCpt, TargetSft, GeneratorSft, EvaluatorSft, GeneratorDpo)
}
ROWS = range(12)
SYSTEM = [{"role": "system", "content": "You ask."}]


def rows_for(training: AnyTraining) -> pl.DataFrame:
    """Return rows of a kind; no two alike."""
    keys = {"row_key": [str(row) for row in ROWS], "pmid": [40_000_000 + row for row in ROWS]}
    prompts = [[*SYSTEM, *user(f"We gave it to {row} adults.")] for row in ROWS]
    if training.objective == "text":
        return pl.DataFrame({**keys, "text": [f"Passage {row}. " * (1 + row) for row in ROWS]})
    if training.objective == "completion":
        return pl.DataFrame({**keys, "prompt": prompts, "completion": [assistant(f"Did {row} gain?") for row in ROWS]})
    pairs = {"chosen": [assistant(f"Did {row} gain?") for row in ROWS], "rejected": [assistant("Well?")] * len(ROWS)}
    return pl.DataFrame({**keys, "prompt": prompts, **pairs, "margin": [0.5] * len(ROWS)})


@pytest.fixture
def trained(tmp_path, monkeypatch):
    """Make the rows of a kind for a base model and train on them, in this process."""
    monkeypatch.setattr(utils, "_use_triton", utils._use_triton)  # put back afterwards

    def run(folder, tell):
        fit(folder)
        return read_finished(folder)

    monkeypatch.setattr(launch, "run_job", run)

    def train(training: AnyTraining, model: LanguageModel):
        fitting = fitting_rows(training, model, rows_for(training))
        assert fitting.refused.is_empty()
        return train_adapter(tmp_path, training, model, split_by_pmid(fitting.rows, training.held_out), {}, print)

    return train


def base(folder: Path, architecture: str) -> LanguageModel:
    return LanguageModel(model=str(write_base(folder / architecture, BASES[architecture])))


@pytest.mark.parametrize(
    ("architecture", "kind"),
    [*(("llama", kind) for kind in TRAININGS)]
    + [
        (architecture, kind)
        for architecture in BASES
        if architecture != "llama"
        for kind in ("target-cpt", "target-sft")
    ],
)
def test_a_base_model_is_trained(tmp_path, trained, architecture, kind):
    report = trained(TRAININGS[kind], base(tmp_path, architecture)).report
    assert report.steps == 1
    assert report.trainable_parameters > 0
    assert report.held_out_before.per_token > 0
    assert report.held_out_after.per_token != report.held_out_before.per_token
    if architecture in ("biogpt", "gpt2"):
        assert report.settings.max_length == 192  # where their positions end


@pytest.mark.parametrize("architecture", ["llama", "biogpt", "gpt2"])
def test_what_is_learnt_is_served_with_its_template(tmp_path, trained, monkeypatch, architecture):
    monkeypatch.setenv("DISTILLERY_CACHE", str(tmp_path / "cache"))
    model = base(tmp_path, architecture)
    supervised = with_adapter(model, trained(TRAININGS["generator-sft"], model).path)
    merged = AutoTokenizer.from_pretrained(base_path(supervised))
    assert merged.chat_template == load_tokenizer(model.model).chat_template
    assert is_plain(merged.chat_template)
    # Alignment on top learns from the same template, and the two together are served with it.
    aligned = with_adapter(supervised, trained(TRAININGS["generator-dpo"], supervised).path)
    assert AutoTokenizer.from_pretrained(base_path(aligned)).chat_template == merged.chat_template


@pytest.mark.parametrize("kind", ["target-cpt", "generator-dpo"])
def test_what_did_not_learn_where_answers_end_has_no_template(tmp_path, trained, kind):
    assert not list(trained(TRAININGS[kind], base(tmp_path, "llama")).path.glob("*.jinja"))
