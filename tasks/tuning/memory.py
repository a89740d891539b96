"""How much memory a training needs, from the model's configuration alone, and how much there is.

The constants were fitted to peaks of SmolLM2-135M's training processes on a CPU (LoRA r 8 on all linear layers, TRL
1.16, glibc's malloc), in MiB:

| precision | gradient checkpointing | tokens in a pass | peak | estimate |
|---|---|---|---|---|
| float32 | yes | 256 | 1,674 | 1,688 |
| float32 | yes | 2,008 | 5,504 | 5,500 |
| float32 | no | 484 | 3,281 | 3,102 |
| float32 | no | 2,008 | 9,220 | 9,308 |
| bfloat16 | yes | 2,008 | 3,886 | 3,832 |
| bfloat16 | yes | 4,016 | 6,037 | 6,790 |
| bfloat16 | no | 1,000 | 3,697 | 3,803 |

Of 20 peaks (supervised, pairs, packed passages) one was underestimated by 18 %, the others by 5 % at most. The shares
for GPUs follow from the same counts and were not measured.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tasks.errors import DistilleryError
from tasks.tuning.device import rows_per_pass
from tasks.tuning.settings import AnyTraining

MIB, GIB = 2**20, 2**30
VALUE_BYTES = {"float32": 4.0, "bfloat16": 2.0}
FOUR_BIT_BYTES = 0.57
"""Of a weight in nf4 with double quantisation."""
ADAPTER_BYTES = 16
"""Of an adapter weight: value, gradient and Adam's two moments, all float32."""
PROGRAM_BYTES = {"cpu": 580 * MIB, "gpu": 400 * MIB}
"""Python with torch and TRL; workspaces of CUDA's libraries."""
BLOCK_HIDDEN, BLOCK_INTERMEDIATE = 15, 5
"""What a block keeps per token for its backward pass, in hidden and intermediate vectors, beside LoRA's inputs."""
MIXED_SHARE = 0.62
"""Of a float32 block's activations, kept under bfloat16 autocast: the adapter's own part stays float32."""
CHECKPOINTED_SHARE = {"float32": 0.37, "bfloat16": 0.22}
"""Of all blocks' activations, that malloc holds on to when a CPU computes them block by block."""
HEAD_TOKENS, HEAD_WORDS = 4096, 32768
"""TRL's fused output layer works on tiles of so many tokens and words (trl/kernels/chunked_logprob.py)."""
HEAD_TILES = {"cpu": 8.5, "gpu": 1.25}
"""Tiles alive at once: PyTorch makes one per operation, the Triton kernel works in place."""
REQUIRED_FIELDS = ("num_hidden_layers", "hidden_size", "intermediate_size", "num_attention_heads", "vocab_size")
CONFIG_FIELDS = (*REQUIRED_FIELDS, "num_key_value_heads", "head_dim", "tie_word_embeddings")
CGROUP = Path("/sys/fs/cgroup")
MEMINFO = Path("/proc/meminfo")


class MemoryShortageError(DistilleryError):
    """A training does not fit the memory there is; nothing was loaded."""


@dataclass(frozen=True, slots=True)
class ModelShape:
    """What decides the size of a decoder of Llama's kind."""

    layers: int
    hidden: int
    intermediate: int
    heads: int
    key_value_heads: int
    head_size: int
    vocabulary: int
    tied: bool

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> "ModelShape | None":
        """Read the shape out of a ``config.json``; None where the architecture names it otherwise."""
        if any(not isinstance(config.get(name), int) for name in REQUIRED_FIELDS):
            return None
        layers, hidden, intermediate, heads, vocabulary = (config[name] for name in REQUIRED_FIELDS)
        return cls(
            layers=layers,
            hidden=hidden,
            intermediate=intermediate,
            heads=heads,
            key_value_heads=config.get("num_key_value_heads") or heads,
            head_size=config.get("head_dim") or hidden // heads,
            vocabulary=vocabulary,
            tied=bool(config.get("tie_word_embeddings")),
        )

    def linear_layers(self) -> dict[str, tuple[int, int]]:
        """Return the inputs and outputs of each linear layer of a block."""
        queries, keys = self.heads * self.head_size, self.key_value_heads * self.head_size
        return {
            "q_proj": (self.hidden, queries),
            "k_proj": (self.hidden, keys),
            "v_proj": (self.hidden, keys),
            "o_proj": (queries, self.hidden),
            "gate_proj": (self.hidden, self.intermediate),
            "up_proj": (self.hidden, self.intermediate),
            "down_proj": (self.intermediate, self.hidden),
        }

    def block_parameters(self) -> int:
        """Return the weights of all blocks."""
        return self.layers * (
            sum(inputs * outputs for inputs, outputs in self.linear_layers().values()) + 2 * self.hidden
        )

    def other_parameters(self) -> int:
        """Return the weights of the embeddings, the output layer and the last norm."""
        return self.vocabulary * self.hidden * (1 if self.tied else 2) + self.hidden

    def adapter_parameters(self, rank: int, targets: tuple[str, ...]) -> int:
        """Return the weights of a LoRA adapter on the layers named, or on all linear ones of the blocks."""
        shapes = [shape for name, shape in self.linear_layers().items() if not targets or name in targets]
        return self.layers * rank * sum(inputs + outputs for inputs, outputs in shapes)


def read_shape(folder: Path) -> ModelShape | None:
    """Return the shape of a model folder; None where it has no ``config.json`` of a kind known here."""
    try:
        return ModelShape.from_config(json.loads((folder / "config.json").read_text()))
    except (OSError, ValueError):
        return None


@dataclass(frozen=True, slots=True)
class MemoryEstimate:
    """What one process needs, in bytes, by what takes it."""

    weights: float
    adapter: float
    activations: float
    head: float
    program: float

    @property
    def total(self) -> float:
        """All of it."""
        return self.weights + self.adapter + self.activations + self.head + self.program


def estimate_memory(shape: ModelShape, settings: AnyTraining, processes: int, *, on_gpu: bool) -> MemoryEstimate:
    """Return what each of the processes needs at its peak, with sequences as long as ``max_length`` allows.

    Args:
        settings: with a resolved precision.
        on_gpu: whether that is memory of a GPU.
    """
    device = "gpu" if on_gpu else "cpu"
    value = VALUE_BYTES[settings.dtype]
    block_weight = FOUR_BIT_BYTES if settings.four_bit else value
    sequences = rows_per_pass(settings, processes) * (2 if settings.objective == "preference" else 1)
    tokens = sequences * settings.max_length
    return MemoryEstimate(
        weights=shape.block_parameters() * block_weight + shape.other_parameters() * value,
        adapter=ADAPTER_BYTES * shape.adapter_parameters(settings.lora.rank, settings.lora.targets),
        activations=tokens * _activations(shape, settings, on_gpu=on_gpu),
        head=HEAD_TILES[device]
        * min(tokens, HEAD_TOKENS)
        * min(shape.vocabulary, HEAD_WORDS)
        * (value if on_gpu else 4),
        program=PROGRAM_BYTES[device],
    )


def check_memory(estimate: MemoryEstimate, available: float, settings: AnyTraining, model: str) -> None:
    """Compare what is needed with what there is.

    Raises:
        MemoryShortageError: it is more.
    """
    if estimate.total <= available:
        return
    parts = ", ".join(
        f"{name} {size / GIB:.1f}"
        for name, size in (
            ("weights", estimate.weights),
            ("activations", estimate.activations),
            ("output layer", estimate.head),
            ("the rest", estimate.adapter + estimate.program),
        )
    )
    raise MemoryShortageError(
        f"{settings.kind} of {model} needs about {estimate.total / GIB:.1f} GiB ({parts}) and "
        f"{available / GIB:.1f} GiB are free; {_advice(estimate, settings)}"
    )


def available_ram(cgroup: Path = CGROUP, meminfo: Path = MEMINFO) -> float:
    """Return the bytes that this machine, or the container around this process, can still give."""
    lines = (line.split() for line in meminfo.read_text().splitlines())
    free = next(int(line[1]) * 1024 for line in lines if line[0] == "MemAvailable:")
    try:
        limit = (cgroup / "memory.max").read_text().strip()
        used = int((cgroup / "memory.current").read_text())
        counters = dict(line.split() for line in (cgroup / "memory.stat").read_text().splitlines())
    except OSError:
        return float(free)
    if limit == "max":
        return float(free)
    return float(min(free, int(limit) - used + int(counters.get("inactive_file", 0))))


def _activations(shape: ModelShape, settings: AnyTraining, *, on_gpu: bool) -> float:
    """Return the bytes per token that all blocks keep for the backward pass."""
    layers = shape.linear_layers()
    targets = [inputs for name, (inputs, _) in layers.items() if name in (settings.lora.targets or layers)]
    # Each adapter keeps its input and, with dropout, the mask as floats.
    adapters = sum(targets) * (2 if settings.lora.dropout else 1)
    values = adapters + BLOCK_INTERMEDIATE * shape.intermediate + BLOCK_HIDDEN * shape.hidden
    block = values * VALUE_BYTES["float32"] * (MIXED_SHARE if settings.dtype == "bfloat16" else 1)
    if not settings.gradient_checkpointing:
        return shape.layers * block
    if not on_gpu:
        return CHECKPOINTED_SHARE[settings.dtype] * shape.layers * block
    # The input of every block, and one block at a time with its gradients.
    return shape.layers * shape.hidden * VALUE_BYTES[settings.dtype] + 2 * block


def _advice(estimate: MemoryEstimate, settings: AnyTraining) -> str:
    if estimate.weights > estimate.activations + estimate.head:
        return "name a smaller model" + ("" if settings.four_bit else ", or set four_bit where there is a GPU")
    if not settings.gradient_checkpointing:
        return "set gradient_checkpointing"
    if settings.device_batch > 1:
        return f"lower device_batch ({settings.device_batch}) or max_length ({settings.max_length})"
    return f"lower max_length ({settings.max_length})"
