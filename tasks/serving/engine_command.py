"""The command that starts vLLM, and its environment: on a CPU as it was measured, on GPUs by settings.

The arguments: https://docs.vllm.ai/en/latest/cli/serve.html
"""

import json
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tasks.assets.model_files import longest_prompt
from tasks.hardware import has_gpu
from tasks.logger import logger
from tasks.serving.engine_settings import EngineSettings
from tasks.serving.guard import KEY_VARIABLE, Guard

LONGEST_ON_A_CPU = 4096
"""Tokens: the cache for attention is a few GiB there."""
LORA_RANKS = (1, 8, 16, 32, 64, 128, 256, 320, 512)
"""That vLLM's ``--max-lora-rank`` takes."""
MOST_LORAS = 8
"""Adapters in one batch: each takes its memory on the GPU, used or not; what are more wait in the host's."""
ON_A_GPU = ("tensor_parallel_size", "data_parallel_size", "gpu_memory_utilization")


@dataclass(frozen=True, slots=True)
class Served:
    """What one vLLM serves: a model's folder and, side by side, adapters on top of it.

    Attributes:
        name: of the model, in requests.
        adapters: folders, by their names in requests.
        rank: the highest of the adapters.
    """

    folder: Path
    name: str
    dtype: str | None = None
    quantization: str | None = None
    adapters: dict[str, Path] = field(default_factory=dict)
    rank: int = 0


def engine_command(served: Served, settings: EngineSettings, port: int) -> list[str]:
    """Return the command that serves a model on a port of the loopback interface."""
    gpu = has_gpu()
    arguments: dict[str, Any] = {
        "model": str(served.folder),
        "served-model-name": served.name,
        "host": "127.0.0.1",
        "port": port,
        "dtype": served.dtype or "auto",
        "max-model-len": settings.max_model_len or ("auto" if gpu else _longest_on_a_cpu(served.folder)),
        "middleware": f"{Guard.__module__}.{Guard.__name__}",
        "structured-outputs-config": {"backend": "xgrammar", "disable_any_whitespace": True},
        "quantization": served.quantization,
        "max-num-seqs": settings.max_num_seqs,
        "reasoning-parser": settings.reasoning_parser,
    }
    if gpu:
        arguments.update({name.replace("_", "-"): getattr(settings, name) for name in ON_A_GPU})
        arguments.update(_lora(served))
    else:
        arguments.update({"enforce-eager": True, "distributed-executor-backend": "uni"})
        _tell_what_has_no_effect(settings)
    command = [sys.executable, "-m", "vllm.entrypoints.openai.api_server"]
    for name, value in {**arguments, **settings.arguments}.items():
        command += _option(name, value)
    return command


def engine_environment(settings: EngineSettings, key: str) -> dict[str, str]:
    """Return the variables of vLLM's process beside this one's own; ``key`` is what it asks its callers for."""
    always = {KEY_VARIABLE: key, "VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1"}
    if has_gpu():
        return always
    # Spinning OpenMP threads collapse when anything else runs, and the first request for
    # log-probabilities would compile code (and need a compiler).
    cpu = {
        "VLLM_CPU_KVCACHE_SPACE": str(settings.kv_cache_gib),
        "VLLM_CPU_OMP_THREADS_BIND": "nobind",
        "OMP_NUM_THREADS": str(os.cpu_count() or 1),
        "OMP_WAIT_POLICY": "PASSIVE",
        "TORCHDYNAMO_DISABLE": "1",
    }
    return {**always, **{name: os.environ.get(name, value) for name, value in cpu.items()}}


def _longest_on_a_cpu(folder: Path) -> int | None:
    """Return it; None where only vLLM can tell, by the defaults of the model's kind."""
    own = longest_prompt(folder)
    return None if own is None else min(own, LONGEST_ON_A_CPU)


def _lora(served: Served) -> dict[str, Any]:
    """Return what serves the adapters: as many in one batch as there are, so that none waits, up to a few."""
    if not served.adapters:
        return {}
    modules = [
        json.dumps({"name": name, "path": str(path), "base_model_name": served.name})
        for name, path in served.adapters.items()
    ]
    return {
        "enable-lora": True,
        "max-loras": min(len(modules), MOST_LORAS),
        "max-cpu-loras": len(modules),
        "max-lora-rank": next(rank for rank in LORA_RANKS if rank >= served.rank),
        "lora-modules": modules,
    }


def _option(name: str, value: Any) -> list[str]:  # noqa: ANN401 - any JSON value
    """Return an argument as the command line has it; switches are named with ``no-`` before where they are off."""
    if value is None:
        return []
    if isinstance(value, bool):
        return [f"--{name}" if value else f"--no-{name}"]
    if isinstance(value, list) and all(isinstance(each, str | int | float) for each in value):
        return [f"--{name}", *map(str, value)]
    return [f"--{name}", value if isinstance(value, str) else json.dumps(value)]


def _tell_what_has_no_effect(settings: EngineSettings) -> None:
    defaults = EngineSettings()
    changed = [name for name in ON_A_GPU if getattr(settings, name) != getattr(defaults, name)]
    if changed:
        logger.info("no GPU here: %s of the engine's settings have no effect", ", ".join(changed))
