"""Merge a LoRA adapter into its model: on CPUs LoRA requests run several times slower than merged weights."""

import os
import tempfile
import time
from pathlib import Path

from filelock import FileLock, Timeout

from tasks.errors import DistilleryError
from tasks.logger import logger
from tasks.serving.adapter_base import check_bases, check_shapes, read_config
from tasks.serving.model import LanguageModel
from tasks.settings import settings
from tasks.store.recipe import digest

TEMPLATE = "chat_template.jinja"
KEPT = 4
"""Merged models that the cache keeps, of those that were not used for a day: each is as large as its model."""
DAY = 86_400.0
OF_THE_WEIGHTS = ("model", "revision", "adapter", "merged")
"""What of a model's identity its weights depend on."""


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
    weights = {name: value for name, value in model.identity().items() if name in OF_THE_WEIGHTS}
    target = cache / f"merged-{digest(weights)}"
    with FileLock(_lock(target)):
        if not target.exists():
            forget_old(cache)
            logger.info("merging %s into %s (once)", model.adapter, model.model)
            with tempfile.TemporaryDirectory(dir=cache) as folder:
                _merge(base, model, [*model.merged, model.adapter], Path(folder) / "model")
                (Path(folder) / "model").rename(target)
        os.utime(target)
    return target


def _lock(target: Path) -> Path:
    return target.parent / f".{target.name}.lock"


def forget_old(cache: Path) -> None:
    """Remove merged models that were not used for a day, but for the last few; what is being made or taken stays.

    Whoever loads one does so within a day of asking for it, and none is needed again: it can be made anew.
    """
    folders = sorted((path for path in cache.glob("merged-*") if path.is_dir()), key=_used, reverse=True)
    for folder in folders[KEPT:]:
        if time.time() - _used(folder) < DAY:
            continue
        try:
            with FileLock(_lock(folder), timeout=0), tempfile.TemporaryDirectory(dir=cache) as away:
                if time.time() - _used(folder) >= DAY:  # nobody took it meanwhile
                    folder.rename(Path(away) / "model")
                    logger.info("removing %s, which was last used more than a day ago", folder.name)
        except (Timeout, OSError):
            continue


def _used(folder: Path) -> float:
    try:
        return folder.stat().st_mtime
    except OSError:  # another process removed it
        return time.time()


def _merge(base: str, model: LanguageModel, adapters: list[str], target: Path) -> None:
    from peft import PeftModel  # peft and transformers take seconds to import
    from transformers import AutoModelForCausalLM, AutoTokenizer

    try:
        merged = AutoModelForCausalLM.from_pretrained(base, revision=model.revision, dtype="auto")
    except (OSError, ValueError) as error:
        raise DistilleryError(
            f"{base} can not be loaded ({error}); name a model's folder or its Hugging Face name"
        ) from error
    for adapter in adapters:
        if not getattr(merged, "is_quantized", False):  # else weights are packed
            shapes = {name: tuple(weights.shape) for name, weights in merged.state_dict().items()}
            check_shapes(Path(adapter), read_config(Path(adapter)), Path(model.model).name, shapes)
        merged = PeftModel.from_pretrained(merged, adapter).merge_and_unload()
    merged.save_pretrained(target)
    tokenizer = AutoTokenizer.from_pretrained(base, revision=model.revision)
    for template in (Path(adapter) / TEMPLATE for adapter in adapters):
        if template.exists():  # the one that it was trained with, which a base model does not have
            tokenizer.chat_template = template.read_text(encoding="utf-8")
    tokenizer.save_pretrained(target)
