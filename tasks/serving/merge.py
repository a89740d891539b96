"""Merge a LoRA adapter into its model: on CPUs LoRA requests run several times slower than merged weights."""

import tempfile
from pathlib import Path

from filelock import FileLock

from tasks.errors import DistilleryError
from tasks.logger import logger
from tasks.serving.adapter_base import check_bases, check_shapes, read_config
from tasks.serving.model import LanguageModel
from tasks.settings import settings
from tasks.store.recipe import digest

TEMPLATE = "chat_template.jinja"


def merged_folder(base: str, model: LanguageModel) -> Path:
    """Return a folder with ``model``'s adapters merged into ``base``, making it where the cache has none.

    Raises:
        AdapterError: an adapter is of another model.
        DistilleryError: the model can not be loaded.
    """
    assert model.adapter is not None
    check_bases(model)
    cache = settings().cache
    cache.mkdir(parents=True, exist_ok=True)
    target = cache / f"merged-{digest(model.identity())}"
    with FileLock(cache / f".{target.name}.lock"):
        if not target.exists():
            logger.info("merging %s into %s (once)", model.adapter, model.model)
            with tempfile.TemporaryDirectory(dir=cache) as folder:
                _merge(base, model.revision, [*model.merged, model.adapter], Path(folder) / "model")
                (Path(folder) / "model").rename(target)
    return target


def _merge(base: str, revision: str | None, adapters: list[str], target: Path) -> None:
    from peft import PeftModel  # peft and transformers take seconds to import
    from transformers import AutoModelForCausalLM, AutoTokenizer

    try:
        merged = AutoModelForCausalLM.from_pretrained(base, revision=revision, dtype="auto")
    except (OSError, ValueError) as error:
        raise DistilleryError(
            f"{base} can not be loaded ({error}); name a model's folder or its Hugging Face name"
        ) from error
    for adapter in adapters:
        if not getattr(merged, "is_quantized", False):  # else weights are packed
            shapes = {name: tuple(weights.shape) for name, weights in merged.state_dict().items()}
            check_shapes(Path(adapter), read_config(Path(adapter)), Path(base).name, shapes)
        merged = PeftModel.from_pretrained(merged, adapter).merge_and_unload()
    merged.save_pretrained(target)
    tokenizer = AutoTokenizer.from_pretrained(base, revision=revision)
    for template in (Path(adapter) / TEMPLATE for adapter in adapters):
        if template.exists():  # the one that it was trained with, which a base model does not have
            tokenizer.chat_template = template.read_text(encoding="utf-8")
    tokenizer.save_pretrained(target)
