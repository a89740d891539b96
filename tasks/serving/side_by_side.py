"""Which LoRA adapters a vLLM on a GPU serves on top of one copy of their model, and which must be merged into it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tasks.assets.model_files import chat_template, model_config
from tasks.hardware import has_gpu
from tasks.logger import logger
from tasks.serving.adapter_base import WEIGHTS, check_bases, check_shapes, read_config, tensor_shapes
from tasks.serving.conversation import PLAIN_TEMPLATE
from tasks.serving.engine_command import LORA_RANKS
from tasks.serving.model import LanguageModel, weights_digest

LORA_STARTS = ("gaussian", "eva", "orthogonal", "mica", "lora_ga")
"""What PEFT calls starts of a training that leave the model's own weights as they are."""
NOT_SERVED = {
    "modules_to_save": "it holds whole copies of layers",
    "trainable_token_indices": "it holds tokens of its own",
    "use_dora": "it is DoRA",
    "lora_bias": "it has biases",
    "layer_replication": "it repeats layers",
    "alora_invocation_tokens": "it is switched on by tokens",
    "use_bdlora": "its factors are block-diagonal",
    "use_qalora": "it is QA-LoRA",
    "target_parameters": "it changes parameters of experts",
}
"""What of PEFT's configuration vLLM's LoRA does not do, or not for every model."""
EMBEDDINGS = ("lora_embedding_", "embed_tokens", "lm_head", "wte.", "embed_out")


Weights = tuple[Any, ...]
"""What tells models apart that a server serves."""


@dataclass(frozen=True, slots=True)
class Together:
    """Models that one vLLM serves.

    Attributes:
        base: whose weights it loads; an adapter that this has is merged into it.
        adapted: models that are an adapter on top of the base.
    """

    base: LanguageModel
    adapted: tuple[LanguageModel, ...] = ()

    @property
    def name(self) -> str:
        """The base's name in requests."""
        return Path(self.base.model).name

    def names(self) -> dict[Weights, str]:
        """Return the name of each model in requests; adapters go by their weights, since folders share names."""
        return {
            weights_of(self.base): self.name,
            **{weights_of(model): f"{self.name}+{weights_digest(_adapter(model))}" for model in self.adapted},
        }

    def folders(self) -> dict[str, Path]:
        """Return the adapters' folders by their names in requests."""
        names = self.names()
        return {names[weights_of(model)]: _adapter(model).absolute() for model in self.adapted}

    def rank(self) -> int:
        """Return the highest rank of the adapters."""
        return max((_rank(read_config(_adapter(model))) for model in self.adapted), default=0)


def served_together(model: LanguageModel, known: Iterable[LanguageModel], template: str | None) -> Together:
    """Return what one vLLM serves when a model is asked for.

    On a GPU that is its base with, side by side, the adapters of all models of that base. On a CPU, and where vLLM
    does not know the kind of adapter, it is the model alone, its adapter merged.

    Args:
        known: models that may be asked for as well.
        template: the chat template of the model without adapters.

    Raises:
        AdapterError: an adapter is none.
    """
    if not has_gpu():
        return Together(model)
    reason = why_merged(model, template) if model.adapter is not None else None
    if reason is not None:
        logger.info("the adapter %s is merged into %s and not served beside it: %s", model.adapter, model.model, reason)
    base = _below(model) if model.adapter is not None and reason is None else model
    adapted = {
        weights_of(each): each
        for each in (model, *known)
        if each.adapter is not None
        and weights_of(_below(each)) == weights_of(base)
        and why_merged(each, template) is None
    }
    return Together(base, tuple(adapted.values()))


def weights_of(model: LanguageModel) -> Weights:
    """Return what a server of a model depends on; how it is asked does not count."""
    return (model.model, model.revision, model.dtype, model.quantization, model.merged, model.adapter)


def _below(model: LanguageModel) -> LanguageModel:
    """Return what a model's adapter was trained on: its model with the earlier adapters in it."""
    last = model.merged[-1] if model.merged else None
    return model.model_copy(update={"adapter": last, "merged": model.merged[:-1]})


def _adapter(model: LanguageModel) -> Path:
    assert model.adapter is not None
    return Path(model.adapter)


def why_merged(model: LanguageModel, template: str | None) -> str | None:
    """Return why vLLM can not serve a model's adapter beside others; None where it can.

    Args:
        template: the chat template of the model without adapters.

    Raises:
        AdapterError: the adapter is none.
    """
    adapter = _adapter(model)
    config = read_config(adapter)
    if not _is_asked_alike(chat_template(adapter), _template_below(model, template)):
        return "it was trained with a chat template that its model does not have"
    for name, reason in NOT_SERVED.items():
        if config.get(name):
            return reason
    if config.get("bias", "none") != "none":
        return NOT_SERVED["lora_bias"]
    start = config.get("init_lora_weights", True)
    if isinstance(start, str) and start.lower() not in LORA_STARTS:
        return f"its training began by changing the model's own weights ({start})"
    rank = _rank(config)
    if rank > LORA_RANKS[-1]:
        return f"its rank is {rank}, and vLLM takes {LORA_RANKS[-1]}"
    changed = [name for name in tensor_shapes(adapter / WEIGHTS) if any(each in name for each in EMBEDDINGS)]
    return f"it changes the vocabulary ({changed[0]})" if changed else None


def _template_below(model: LanguageModel, template: str | None) -> str | None:
    """Return the chat template of what an adapter is put on: that of the last adapter below which has one."""
    for earlier in model.merged:
        own = chat_template(Path(earlier))
        template = template if own is None else own
    return template


def _is_asked_alike(own: str | None, below: str | None) -> bool:
    """Return whether an adapter is asked as its model is; one trained as plain text is, beside a base model."""
    if own is None or (below is not None and own.strip() == below.strip()):
        return True
    return below is None and PLAIN_TEMPLATE in own


def _rank(config: Mapping[str, Any]) -> int:
    """Return the highest rank that an adapter has in a layer."""
    return max(int(rank) for rank in (config.get("r") or 8, *(config.get("rank_pattern") or {}).values()))


def check_fit(model: LanguageModel, base: Path) -> None:
    """Check that a model's adapter was trained on it, and fits the weights in its folder.

    Raises:
        AdapterError: it was not, or does not.
    """
    check_bases(model)
    if "quantization_config" in model_config(base):  # weights are packed
        return
    shapes = {name: shape for file in base.glob("*.safetensors") for name, shape in tensor_shapes(file).items()}
    adapter = _adapter(model)
    named = {name.removeprefix("base_model.model.").partition(".lora_")[0] for name in tensor_shapes(adapter / WEIGHTS)}
    if any(f"{layer}.weight" in shapes for layer in named):  # else the file calls its layers otherwise
        check_shapes(adapter, read_config(adapter), Path(model.model).name, shapes)
