"""The command line of vLLM: on a CPU as it always was, on GPUs by settings and with adapters side by side."""

import json
import sys
from pathlib import Path

import pytest

from tasks.serving import engine_command as module
from tasks.serving.engine_command import Served, engine_command, engine_environment
from tasks.serving.engine_settings import EngineSettings


@pytest.fixture
def folder(tmp_path):
    return write_config(tmp_path, max_position_embeddings=8192)


@pytest.fixture
def gpu(monkeypatch):
    monkeypatch.setattr(module, "has_gpu", lambda: True)


@pytest.fixture
def cpu(monkeypatch):
    monkeypatch.setattr(module, "has_gpu", lambda: False)


def write_config(folder: Path, **config: object) -> Path:
    (folder / "config.json").write_text(json.dumps(config))
    return folder


def options(served: Served, settings: EngineSettings) -> dict[str, list[str]]:
    """What the command says, by option."""
    said: dict[str, list[str]] = {}
    for word in engine_command(served, settings, 8123)[3:]:
        if word.startswith("--"):
            said[word] = []
        else:
            said[list(said)[-1]].append(word)
    return said


def test_on_a_cpu_the_defaults_are_the_command_that_was_measured(folder, cpu):
    assert engine_command(Served(folder, "model", dtype="float32"), EngineSettings(), 8123) == [
        *(sys.executable, "-m", "vllm.entrypoints.openai.api_server"),
        *("--model", str(folder), "--served-model-name", "model", "--host", "127.0.0.1", "--port", "8123"),
        *("--dtype", "float32", "--max-model-len", "4096", "--middleware", "tasks.serving.guard.Guard"),
        *("--structured-outputs-config", '{"backend": "xgrammar", "disable_any_whitespace": true}'),
        *("--enforce-eager", "--distributed-executor-backend", "uni"),
    ]


@pytest.mark.parametrize(
    ("config", "longest"),
    [
        ({"max_position_embeddings": 2048}, ["2048"]),  # TinyLlama
        ({"max_position_embeddings": 1024}, ["1024"]),  # BioGPT
        ({"n_positions": 1024}, ["1024"]),  # GPT-2, BioMedLM
        ({"max_position_embeddings": 131072}, ["4096"]),
        ({"text_config": {"max_position_embeddings": 2048}}, ["2048"]),
        ({"model_type": "mamba"}, None),
    ],
)
def test_a_prompt_on_a_cpu_is_as_long_as_the_model_takes_and_4096_tokens_at_most(tmp_path, cpu, config, longest):
    said = options(Served(write_config(tmp_path, **config), "model"), EngineSettings())
    assert said.get("--max-model-len") == longest


def test_a_length_that_is_set_is_passed_on(folder, cpu):
    assert options(Served(folder, "model"), EngineSettings(max_model_len=600))["--max-model-len"] == ["600"]


def test_what_is_of_a_gpu_alone_is_left_out_on_a_cpu_and_told_once(folder, cpu, caplog):
    settings = EngineSettings(tensor_parallel_size=8, gpu_memory_utilization=0.5, max_num_seqs=7)
    with caplog.at_level("INFO", logger="distillery"):
        said = options(Served(folder, "model"), settings)
    assert not {"--tensor-parallel-size", "--data-parallel-size", "--gpu-memory-utilization"} & set(said)
    assert said["--max-num-seqs"] == ["7"]
    assert [record.message for record in caplog.records] == [
        "no GPU here: tensor_parallel_size, gpu_memory_utilization of the engine's settings have no effect"
    ]


def test_on_a_gpu_the_model_s_own_length_as_far_as_memory_goes_and_room_for_the_encoder(folder, gpu):
    said = options(Served(folder, "model"), EngineSettings())
    assert said["--max-model-len"] == ["auto"]
    assert said["--gpu-memory-utilization"] == ["0.85"]
    assert (said["--tensor-parallel-size"], said["--data-parallel-size"]) == (["1"], ["1"])
    assert not {"--enforce-eager", "--enable-lora", "--max-num-seqs", "--quantization", "--reasoning-parser"} & set(
        said
    )


def test_every_setting_reaches_vllm_on_a_gpu(folder, gpu):
    settings = EngineSettings(
        tensor_parallel_size=4,
        data_parallel_size=2,
        gpu_memory_utilization=0.7,
        max_num_seqs=1024,
        max_model_len=8192,
        reasoning_parser="qwen3",
    )
    said = options(Served(folder, "model", quantization="fp8"), settings)
    assert said["--tensor-parallel-size"] == ["4"]
    assert said["--data-parallel-size"] == ["2"]
    assert said["--gpu-memory-utilization"] == ["0.7"]
    assert said["--max-num-seqs"] == ["1024"]
    assert said["--max-model-len"] == ["8192"]
    assert said["--reasoning-parser"] == ["qwen3"]
    assert said["--quantization"] == ["fp8"]


def test_further_arguments_come_as_the_command_line_has_them(folder, gpu):
    further = {
        "enable_expert_parallel": True,
        "enable-prefix-caching": False,
        "max-num-batched-tokens": 8192,
        "speculative-config": {"method": "ngram"},
        "cudagraph-capture-sizes": [1, 2, 4],
        "attention-backend": None,
    }
    said = options(Served(folder, "model"), EngineSettings(arguments=further))
    assert said["--enable-expert-parallel"] == []
    assert said["--no-enable-prefix-caching"] == []
    assert said["--max-num-batched-tokens"] == ["8192"]
    assert said["--speculative-config"] == ['{"method": "ngram"}']
    assert said["--cudagraph-capture-sizes"] == ["1", "2", "4"]
    assert "--attention-backend" not in said


def test_adapters_are_served_side_by_side_with_the_next_rank_that_vllm_takes(folder, gpu):
    served = Served(folder, "model", adapters={"model+a": Path("/a,b=c"), "model+b": Path("/b")}, rank=9)
    said = options(served, EngineSettings())
    assert said["--enable-lora"] == []
    assert (said["--max-loras"], said["--max-cpu-loras"]) == (["2"], ["2"])
    assert said["--max-lora-rank"] == ["16"]
    assert [json.loads(module) for module in said["--lora-modules"]] == [
        {"name": "model+a", "path": "/a,b=c", "base_model_name": "model"},
        {"name": "model+b", "path": "/b", "base_model_name": "model"},
    ]


def test_many_adapters_wait_in_the_host_s_memory(folder, gpu):
    served = Served(folder, "model", adapters={f"model+{number}": Path("/a") for number in range(12)}, rank=8)
    said = options(served, EngineSettings())
    assert (said["--max-loras"], said["--max-cpu-loras"], said["--max-lora-rank"]) == (["8"], ["12"], ["8"])


def test_the_environment_of_a_cpu_is_not_that_of_a_gpu(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    monkeypatch.setattr(module, "has_gpu", lambda: False)
    there = engine_environment(EngineSettings(kv_cache_gib=5), "key")
    assert (there["VLLM_API_KEY"], there["VLLM_CPU_KVCACHE_SPACE"], there["OMP_NUM_THREADS"]) == ("key", "5", "3")
    monkeypatch.setattr(module, "has_gpu", lambda: True)
    assert set(engine_environment(EngineSettings(), "key")) == {"VLLM_API_KEY", "VLLM_NO_USAGE_STATS", "DO_NOT_TRACK"}


@pytest.mark.slow
@pytest.mark.integration
def test_vllm_s_own_parser_takes_every_option_and_value(folder, gpu):
    """Ten seconds of imports: the parser is vLLM's."""
    from vllm.entrypoints.launchers.cli_args import make_arg_parser
    from vllm.utils.argparse_utils import FlexibleArgumentParser

    settings = EngineSettings(
        max_num_seqs=64,
        reasoning_parser="qwen3",
        arguments={"enable-prefix-caching": False, "max-num-batched-tokens": 8192},
    )
    served = Served(folder, "model", "auto", "fp8", adapters={"model+a": Path("/a"), "model+b": Path("/b")}, rank=9)
    parsed = make_arg_parser(FlexibleArgumentParser()).parse_args(engine_command(served, settings, 8123)[3:])
    assert [(lora.name, lora.path, lora.base_model_name) for lora in parsed.lora_modules] == [
        ("model+a", "/a", "model"),
        ("model+b", "/b", "model"),
    ]
    assert (parsed.max_model_len, parsed.max_lora_rank, parsed.gpu_memory_utilization) == (-1, 16, 0.85)
    assert (parsed.quantization, parsed.max_num_seqs, parsed.reasoning_parser) == ("fp8", 64, "qwen3")
    assert parsed.enable_prefix_caching is False
    assert parsed.middleware == ["tasks.serving.guard.Guard"]
