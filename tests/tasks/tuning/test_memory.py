import json

import polars as pl
import pytest

from tasks.serving.model import LanguageModel
from tasks.tuning import launch
from tasks.tuning.memory import (
    GIB,
    MIB,
    MemoryShortageError,
    ModelShape,
    available_ram,
    check_memory,
    estimate_memory,
    read_shape,
)
from tasks.tuning.settings import LLAMA_LAYERS, GeneratorDpo, GeneratorSft
from tasks.tuning.split import Split

SMOLLM2 = ModelShape(
    layers=30, hidden=576, intermediate=1536, heads=9, key_value_heads=3, head_size=64, vocabulary=49152, tied=True
)
LLAMA_7B = {
    "hidden_size": 4096, "intermediate_size": 11008, "num_hidden_layers": 32, "num_attention_heads": 32,
    "vocab_size": 32000, "tie_word_embeddings": False,
}  # fmt: skip


def test_parameters_are_counted_from_the_configuration():
    llama = ModelShape.from_config(LLAMA_7B)
    assert llama.block_parameters() + llama.other_parameters() == 6_738_415_616  # Touvron et al. 2023
    assert SMOLLM2.block_parameters() + SMOLLM2.other_parameters() == 134_515_008
    assert SMOLLM2.adapter_parameters(8, ()) == SMOLLM2.adapter_parameters(8, LLAMA_LAYERS) == 2_442_240
    # q_proj: 576 in and 576 out, 30 layers, rank 4.
    assert SMOLLM2.adapter_parameters(4, ("q_proj",)) == 30 * 4 * (576 + 576)


# Peaks of SmolLM2's training processes on a CPU, in MB: see tasks/tuning/memory.py.
@pytest.mark.parametrize(
    ("kind", "dtype", "checkpointing", "rows", "length", "peak"),
    [
        (GeneratorSft, "float32", True, 1, 256, 1674),
        (GeneratorSft, "float32", True, 4, 502, 5504),
        (GeneratorSft, "float32", False, 4, 121, 3281),
        (GeneratorSft, "float32", False, 4, 502, 9220),
        (GeneratorSft, "bfloat16", True, 4, 250, 2245),
        (GeneratorSft, "bfloat16", False, 4, 250, 3697),
        (GeneratorDpo, "float32", True, 1, 250, 2183),
        (GeneratorDpo, "float32", True, 2, 502, 5440),
        (GeneratorDpo, "float32", False, 2, 250, 5231),
    ],
)
def test_the_estimate_is_near_measured_peaks(kind, dtype, checkpointing, rows, length, peak):
    settings = kind(
        dtype=dtype, gradient_checkpointing=checkpointing, device_batch=rows, effective_batch=rows, max_length=length
    )
    estimate = estimate_memory(SMOLLM2, settings, 1, on_gpu=False)
    assert estimate.total / MIB == pytest.approx(peak, rel=0.2)


def test_a_shortage_says_what_is_needed_what_there_is_and_what_to_do():
    settings = GeneratorDpo(dtype="bfloat16")
    estimate = estimate_memory(ModelShape.from_config(LLAMA_7B), settings, 1, on_gpu=True)
    check_memory(estimate, 40 * GIB, settings, "llama")
    with pytest.raises(
        MemoryShortageError, match=r"generator-dpo of llama needs about .* GiB \(weights 12\.6"
    ) as caught:
        check_memory(estimate, 10 * GIB, settings, "llama")
    assert str(caught.value).endswith(
        "and 10.0 GiB are free; name a smaller model, or set four_bit where there is a GPU"
    )


@pytest.mark.parametrize(
    ("settings", "advice"),
    [
        ({"gradient_checkpointing": False}, "set gradient_checkpointing"),
        ({"device_batch": 4}, "lower device_batch (4) or max_length (1024)"),
        ({"device_batch": 1}, "lower max_length (1024)"),
    ],
)
def test_the_advice_is_what_helps(settings, advice):
    dpo = GeneratorDpo(dtype="float32", **settings)
    with pytest.raises(MemoryShortageError) as caught:
        check_memory(estimate_memory(SMOLLM2, dpo, 1, on_gpu=False), GIB, dpo, "smollm2")
    assert str(caught.value).endswith(advice)


def test_four_bits_and_several_processes_need_less():
    llama = ModelShape.from_config(LLAMA_7B)
    whole = estimate_memory(llama, GeneratorDpo(dtype="bfloat16"), 1, on_gpu=True)
    quarter = estimate_memory(llama, GeneratorDpo(dtype="bfloat16", four_bit=True), 1, on_gpu=True)
    assert quarter.weights < 0.35 * whole.weights
    small = GeneratorSft(dtype="float32", effective_batch=4)
    alone, together = (estimate_memory(SMOLLM2, small, count, on_gpu=False) for count in (1, 4))
    assert together.activations == alone.activations / 4


def test_an_unknown_architecture_has_no_shape(tmp_path):
    assert ModelShape.from_config({"n_embd": 768}) is None
    assert read_shape(tmp_path) is None
    (tmp_path / "config.json").write_text(json.dumps(LLAMA_7B))
    assert read_shape(tmp_path).head_size == 128


def test_a_container_has_what_its_limit_leaves(tmp_path):
    meminfo = tmp_path / "meminfo"
    meminfo.write_text("MemTotal: 16000000 kB\nMemAvailable:    8388608 kB\n")
    assert available_ram(tmp_path / "none", meminfo) == 8 * GIB
    for name, text in (("memory.max", "max"), ("memory.current", str(3 * GIB)), ("memory.stat", "inactive_file 0\n")):
        (tmp_path / name).write_text(text)
    assert available_ram(tmp_path, meminfo) == 8 * GIB
    (tmp_path / "memory.max").write_text(str(6 * GIB))
    (tmp_path / "memory.stat").write_text(f"anon 1\ninactive_file {GIB}\n")
    assert available_ram(tmp_path, meminfo) == 4 * GIB


def test_nothing_is_started_for_a_model_that_does_not_fit(tmp_path, monkeypatch):
    model = tmp_path / "llama"
    model.mkdir()
    (model / "config.json").write_text(json.dumps(LLAMA_7B))
    (model / "model.safetensors").write_bytes(b"no weights")
    monkeypatch.setattr(launch, "has_gpu", lambda: False)
    monkeypatch.setattr(launch, "available_ram", lambda: 16.0 * GIB)
    rows = pl.DataFrame({"pmid": [1], "content": ["c"]})
    with pytest.raises(MemoryShortageError, match=r"of llama needs about .* and 16\.0 GiB are free"):
        launch.train_adapter(
            tmp_path,
            GeneratorSft(dtype="float32"),
            LanguageModel(model=str(model)),
            Split(rows, rows.clear()),
            {},
            print,
        )
    assert not list(tmp_path.glob("adapters/*/job.json"))


def test_no_rows_are_told_with_their_reasons(tmp_path):
    none = pl.DataFrame(schema={"pmid": pl.Int64, "content": pl.String})
    with pytest.raises(launch.TrainingError, match=r"no rows to train on \(7 longer than 1024 tokens\)"):
        launch.train_adapter(
            tmp_path, GeneratorSft(), LanguageModel(), Split(none, none), {"longer than 1024 tokens": 7}, print
        )
