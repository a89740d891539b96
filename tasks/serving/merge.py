"""Merge a LoRA adapter into its model: on CPUs LoRA requests run several times slower than merged weights."""

import tempfile
from pathlib import Path

from filelock import FileLock

from tasks.logger import logger
from tasks.serving.model import LanguageModel
from tasks.settings import settings
from tasks.store.recipe import digest


def merged_folder(base: str, model: LanguageModel) -> Path:
    """Return a folder with ``model``'s adapters merged into ``base``, making it where the cache has none."""
    assert model.adapter is not None
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

    merged = AutoModelForCausalLM.from_pretrained(base, revision=revision, dtype="auto")
    for adapter in adapters:
        merged = PeftModel.from_pretrained(merged, adapter).merge_and_unload()
    merged.save_pretrained(target)
    AutoTokenizer.from_pretrained(base, revision=revision).save_pretrained(target)
