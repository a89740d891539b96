"""Whether an adapter belongs to the model that it is asked for with: LoRA of one model merges into any of its shape."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tasks.errors import DistilleryError
from tasks.logger import logger
from tasks.serving.model import EMBEDDED_MODEL, LanguageModel, weights_digest
from tasks.text_files import read_json

CONFIG = "adapter_config.json"
WEIGHTS = "adapter_model.safetensors"
EMBEDDED_NAMES = (EMBEDDED_MODEL, f"{EMBEDDED_MODEL}-safetensors")
"""The embedded model's name and that of its folder."""
LORA_FACTORS = {"lora_A": 1, "lora_B": 0, "lora_embedding_A": 1, "lora_embedding_B": 0}
"""The side of a factor that is as long as a side of its layer's weights; the other is the rank."""

Shapes = Mapping[str, tuple[int, ...]]


class AdapterError(DistilleryError):
    """A folder is no LoRA adapter, or one of another model; the message names both and says what to do."""


@dataclass(frozen=True, slots=True)
class _Base:
    """What is known of a model: its name (the last part of a folder's), a hash or revision, adapters merged into it."""

    name: str
    revision: str | None
    adapters: tuple[str, ...] = ()

    @classmethod
    def of(cls, identity: Mapping[str, Any]) -> "_Base":
        """Return what an identity says; see ``LanguageModel.identity``."""
        adapters = (*identity.get("merged", ()), *([identity["adapter"]] if identity["adapter"] else ()))
        return cls(identity["model"], identity["revision"], tuple(each.rpartition("@")[2] for each in adapters))

    def __str__(self) -> str:
        revision = f"@{self.revision}" if self.revision else ""
        merged = f" with the adapters {', '.join(self.adapters)} in it" if self.adapters else ""
        return f"{self.name}{revision}{merged}"


def check_bases(model: LanguageModel) -> None:
    """Check that each adapter of a model was trained on what it is merged into, as far as names and hashes tell.

    An adapter that was trained here names model, weights and earlier adapters in the report beside it; one from
    elsewhere names its model in PEFT's configuration, by which a path that is not here can not be judged.

    Raises:
        AdapterError: an adapter is of another model, or none.
        ModelFolderError: a folder holds no weights.
    """
    adapters = (*model.merged, *([model.adapter] if model.adapter else ()))
    for place, adapter in enumerate(adapters):
        before = adapters[:place]
        below = {"merged": before[:-1], "adapter": before[-1] if before else None}
        _check_base(Path(adapter), model.model_copy(update=below))


def read_config(adapter: Path) -> dict[str, Any]:
    """Return PEFT's configuration of a LoRA adapter.

    Raises:
        AdapterError: the folder is none of one.
    """
    problem = AdapterError(
        f"{adapter} is not a PEFT adapter; expected a folder with {CONFIG} that names its base model, such as a "
        "training's finished/adapter"
    )
    try:
        config = read_json(adapter / CONFIG, AdapterError)
    except AdapterError as error:
        raise problem from error
    if not isinstance(config, dict) or not isinstance(config.get("base_model_name_or_path"), str | None):
        raise problem
    kind = config.get("peft_type", "LORA")
    if kind != "LORA":
        raise AdapterError(f"{adapter} is a PEFT adapter of the kind {kind}; only LoRA adapters can be merged")
    return config


def check_shapes(adapter: Path, config: Mapping[str, Any], model: str, shapes: Shapes) -> None:
    """Check that an adapter has factors for the layers of a model, of their sizes, and for all that it is to change.

    Args:
        config: PEFT's, of the adapter.
        model: its name, for the message.
        shapes: of the model's weights, by name; (out, in) of a linear layer's.

    Raises:
        AdapterError: it does not fit.
    """
    if config.get("target_parameters"):
        return  # of layers that hold several matrices as one
    changed = set()
    for name, shape in tensor_shapes(adapter / WEIGHTS).items():
        layer, factor = _layer_and_factor(name)
        weights = shapes.get(f"{layer}.weight" if factor else layer)
        if not _fits(factor, shape, weights):
            there = "nothing" if weights is None else " x ".join(map(str, weights))
            problem = f"its {factor or 'copy'} of {layer} is {' x '.join(map(str, shape))}, and the model has {there}"
            raise _misfit(adapter, config, model, problem)
        if factor:
            changed.add(layer)
    left = _targets(config, shapes) - changed
    if left:
        raise _misfit(adapter, config, model, f"the model has {len(left)} layers more, such as {min(left)}")


def _check_base(adapter: Path, model: LanguageModel) -> None:
    config, asked = read_config(adapter), _Base.of(model.identity())
    trained = _recorded(adapter)
    if trained is not None:
        if not _is_same(trained, asked):
            raise _other_base(adapter, str(trained), str(asked))
        return
    named = config.get("base_model_name_or_path") or ""
    revision = config.get("revision")
    here = bool(named) and any(Path(named).glob("*.safetensors"))
    if here and Path(model.model).is_dir() and not asked.adapters:
        if weights_digest(Path(named)) != asked.revision:
            raise _other_base(adapter, named, model.model)
    elif _is_path(named) and not _is_same(_Base(Path(named).name, None, asked.adapters), asked):
        logger.warning("%s names its base model by a path, %s; it is taken to be %s", adapter, named or "(none)", asked)
    elif not _is_path(named) and not _is_same(_Base(named, revision), asked):
        remedy = f" (if both are the same weights, write {model.model} into its {CONFIG})"
        raise _other_base(adapter, str(_Base(named, revision)), str(asked), remedy)


def _recorded(adapter: Path) -> _Base | None:
    """Return the model that the report beside an adapter names; None where there is none."""
    try:
        report = json.loads((adapter.parent / "training.json").read_text(encoding="utf-8"))
        return _Base.of(report["recipe"]["parameters"]["model"])
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None


def _is_same(trained: _Base, asked: _Base) -> bool:
    """Return whether two models are one, as far as that is known."""
    if trained.adapters != asked.adapters:
        return False
    if trained.name == asked.name:
        return None in (trained.revision, asked.revision) or trained.revision == asked.revision
    if trained.revision is not None and trained.revision == asked.revision:
        return True
    return _is_spelling(trained.name, asked.name) or _is_spelling(asked.name, trained.name)


def _is_spelling(folder: str, name: str) -> bool:
    """Return whether a folder's name is a model's without its organisation; the embedded model's folder is its own."""
    return folder == name.rpartition("/")[2] or {folder, name} <= set(EMBEDDED_NAMES)


def _is_path(name: str) -> bool:
    return not name or name.startswith((".", "/", "~")) or name.count("/") > 1 or "\\" in name


def _layer_and_factor(name: str) -> tuple[str, str]:
    """Return the layer that a tensor of an adapter changes and what it is of that; a whole copy has its own name."""
    parts = name.removeprefix("base_model.model.").split(".")
    place = next((place for place, part in enumerate(parts) if part.startswith("lora_")), None)
    return (".".join(parts), "") if place is None else (".".join(parts[:place]), parts[place])


def _fits(factor: str, shape: tuple[int, ...], weights: tuple[int, ...] | None) -> bool:
    if factor in LORA_FACTORS:
        return weights is not None and shape[LORA_FACTORS[factor]] in weights[:2]
    return bool(factor) or weights in (None, shape)


def _targets(config: Mapping[str, Any], shapes: Shapes) -> set[str]:
    """Return the layers of a model that an adapter is to change, where its configuration names them by their ends."""
    targets = config.get("target_modules")
    if not isinstance(targets, list) or config.get("layers_to_transform") or config.get("exclude_modules"):
        return set()
    layers = {name.removesuffix(".weight") for name, shape in shapes.items() if len(shape) > 1}
    return {layer for layer in layers if any(layer == each or layer.endswith(f".{each}") for each in targets)}


def tensor_shapes(weights: Path) -> dict[str, tuple[int, ...]]:
    """Return the shape of every tensor of a safetensors file.

    Raises:
        AdapterError: it can not be read.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(weights, framework="numpy") as file:
            return {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118 - no mapping
    except (OSError, SafetensorError) as error:
        raise AdapterError(f"{weights} can not be read ({error}); train or fetch the adapter again") from error


def _other_base(adapter: Path, trained: str, asked: str, remedy: str = "") -> AdapterError:
    return AdapterError(
        f"the adapter {adapter} was trained on {trained}, not on {asked}: name the model that it was trained on, or an "
        f"adapter of this one{remedy}"
    )


def _misfit(adapter: Path, config: Mapping[str, Any], model: str, problem: str) -> AdapterError:
    named = config.get("base_model_name_or_path") or "a model that it does not name"
    return AdapterError(
        f"the adapter {adapter}, trained on {named}, does not fit {model}: {problem}; name the model that it was "
        "trained on"
    )
