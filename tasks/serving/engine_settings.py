"""How vLLM is started where a run starts it: named as vLLM names it, and whatever else vLLM takes by a mapping."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

# fmt: off
RUN_SETS = frozenset({
    "allow-credentials", "allowed-headers", "allowed-methods", "allowed-origins", "api-key", "api-server-count",
    "config", "data-parallel-supervisor-port", "grpc", "grpc-port", "headless", "host", "lora-modules",
    "max-cpu-loras", "max-loras", "max-lora-rank", "enable-lora", "middleware", "model", "model-tag", "port",
    "root-path", "served-model-name", "ssl-ca-certs", "ssl-cert-reqs", "ssl-certfile", "ssl-ciphers", "ssl-keyfile",
    "enable-ssl-refresh", "structured-outputs-config", "tokens-only", "uds",
})
# fmt: on
"""What the run says itself: else it would not find its engine, or others would."""
OF_THE_MODEL = {
    "dtype": "dtype",
    "quantization": "quantization",
    "q": "quantization",
    "revision": "revision",
}
"""What the model says of itself, because its answers depend on it."""
# fmt: off
CHANGES_ANSWERS = frozenset({
    "calculate-kv-scales", "chat-template", "chat-template-content-format", "code-revision", "convert",
    "default-chat-template-kwargs", "default-mm-loras", "generation-config", "hf-config-path", "hf-overrides",
    "kv-cache-dtype", "kv-cache-dtype-skip-layers", "load-format", "logits-processors", "logprobs-mode",
    "model-class-overrides", "model-impl", "override-generation-config", "quantization-config",
    "return-tokens-as-token-ids", "runner", "seed", "skip-tokenizer-init", "tokenizer", "tokenizer-mode",
    "tokenizer-revision",
})
# fmt: on
"""What changes what a model says, or what its log-probabilities are, and is in no recipe."""
TOKENS = frozenset({"hf-token"})

DEFAULT_SHARE = 0.85
"""Of a GPU's memory. vLLM's own, 0.92, leaves 1.3 GiB of a card of 16 GiB: the retrieval's encoder, which is on the
same card while the engine starts, takes a CUDA context (about 0.5 GiB), its weights (0.05 GiB of MiniLM, 0.2 of
PubMedBERT, 1.2 of models of 0.6 billion parameters) and room to compute; 0.85 leaves 2.4 GiB there, 3.6 of 24."""


class EngineSettings(BaseModel):
    """How vLLM is started; nothing here changes what a model says, but the longest prompt bounds what it accepts."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    max_model_len: int | None = Field(
        default=None,
        ge=256,
        title="Longest prompt and answer, in tokens",
        description="Empty: the model's own, as far as the GPU's memory goes; on a CPU 4,096 at most.",
    )
    max_num_seqs: int | None = Field(
        default=None,
        ge=1,
        title="Answers under way at once",
        description="Empty: as vLLM thinks fit, 256 or, on a large GPU, 1,024.",
    )
    tensor_parallel_size: int = Field(
        default=1, ge=1, title="GPUs of one copy of the model", description="That share its weights (tensor parallel)."
    )
    data_parallel_size: int = Field(
        default=1,
        ge=1,
        title="Copies of the model",
        description="Each on GPUs of its own (data parallel), behind one address.",
    )
    gpu_memory_utilization: float = Field(
        default=DEFAULT_SHARE,
        gt=0,
        le=1,
        title="Share of the GPU's memory",
        description="For weights and attention together. What is left is the retrieval's encoder's.",
    )
    reasoning_parser: str | None = Field(
        default=None,
        title="Reasoning parser",
        description="Of a model that thinks aloud, as vLLM calls it, such as deepseek_r1 or qwen3. Empty: thoughts are "
        "told by `<think>`.",
    )
    kv_cache_gib: int = Field(default=2, ge=1, title="Cache for attention on a CPU, in GiB")
    startup_seconds: float = Field(
        default=600.0,
        gt=0,
        title="Longest wait for the engine, in seconds",
        description="From its start on: what is fetched, converted or merged before does not count.",
    )
    arguments: dict[str, Any] = Field(
        default={},
        title="Further arguments",
        description="Of vLLM, such as {'enable-expert-parallel': true, 'max-num-batched-tokens': 8192}.",
    )

    @field_validator("arguments")
    @classmethod
    def _undo_nothing(cls, arguments: dict[str, Any]) -> dict[str, Any]:
        named = {argument_name(name): value for name, value in arguments.items()}
        for name in named:
            _check_argument(name)
        return named


def argument_name(name: str) -> str:
    """Return an argument's name as vLLM's help has it, without dashes before: max_num_seqs and --max-num-seqs are one.

    What comes after a point is a key of a JSON object, which stays as it is.
    """
    first, point, key = name.strip().lstrip("-").partition(".")
    return f"{first.replace('_', '-').lower()}{point}{key}"


def _check_argument(name: str) -> None:
    """Refuse an argument that would undo what a run relies on, also by a beginning of its name, which argparse takes.

    Raises:
        ValueError: it would.
    """
    bare = name.partition(".")[0].removeprefix("no-")
    if not bare or not bare.replace("-", "").isalnum():
        raise ValueError(f"{name!r} is no name of an argument; expected one of vLLM's, such as enable-expert-parallel")
    own = {argument_name(field) for field in EngineSettings.model_fields if field != "arguments"}
    if bare in own:
        raise ValueError(f"--{bare} has a setting of its own; give it as {bare.replace('-', '_')}")
    if _is_short_for(bare, TOKENS):
        raise ValueError("--hf-token would be stored with the run; set HF_TOKEN in the environment instead")
    if _is_short_for(bare, OF_THE_MODEL):
        meant = next(field for argument, field in OF_THE_MODEL.items() if argument.startswith(bare))
        raise ValueError(f"--{bare} changes what the model says; give it as the model's {meant}, which recipes count")
    if _is_short_for(bare, RUN_SETS):
        raise ValueError(f"--{bare} is set by the run, which would not find its engine otherwise; leave it out")
    if _is_short_for(bare, CHANGES_ANSWERS):
        raise ValueError(
            f"--{bare} can change what the model says, and answers made without it would be taken for its own; start "
            "a vLLM with it yourself and name that by URL, as a model with a name of its own (--served-model-name)"
        )


def _is_short_for(bare: str, names: frozenset[str] | dict[str, str]) -> bool:
    return any(name.startswith(bare) for name in names)
