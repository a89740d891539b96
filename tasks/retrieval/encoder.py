"""Dense encoders: text to vectors of unit length."""

import os
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

from tasks.assets.catalogue import MINILM
from tasks.assets.fetch import asset_revision, model_folder
from tasks.hardware import has_gpu
from tasks.serving.model import weights_digest
from tasks.store.recipe import Recipe

FORWARD_ROWS = 16
"""Texts encoded at once. Every forward pass has this shape, so a vector does not depend on its neighbours."""

Vectors = npt.NDArray[np.float32]


class Encoder(BaseModel):
    """A Hugging Face encoder with mean pooling over the tokens."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str = Field(
        default=MINILM.name, title="Model", description="The embedded MiniLM, a Hugging Face name or a local folder."
    )
    revision: str | None = Field(default=None, title="Revision")
    max_tokens: int = Field(default=96, ge=8, le=8192, title="Tokens read of each text")
    dtype: str = Field(default="bfloat16", title="Precision")

    @property
    def recipe(self) -> Recipe:
        """The embeddings recipe."""
        parameters: dict[str, Any] = self.model_dump(mode="json")
        parameters["revision"] = self.revision or asset_revision(self.model)
        folder = Path(self.model)
        if folder.is_dir():
            parameters.update(model=folder.name, revision=weights_digest(folder))
        return Recipe("embeddings", 1, {**parameters, "pooling": "mean", "text": "title and abstract"})

    def encode(self, texts: list[str]) -> Vectors:
        """Return one unit vector per text: float32, (texts, dimensions)."""
        tokenizer, model = _load(self)
        import torch  # takes seconds to import

        vectors = []
        for start in range(0, len(texts), FORWARD_ROWS):
            chosen = texts[start : start + FORWARD_ROWS]
            filled = chosen + [""] * (FORWARD_ROWS - len(chosen))
            tokens = tokenizer(
                filled, padding="max_length", truncation=True, max_length=self.max_tokens, return_tensors="pt"
            ).to(model.device)
            with torch.inference_mode():
                hidden = model(**tokens).last_hidden_state.float()
            mask = tokens["attention_mask"][..., None].float()
            mean = (hidden * mask).sum(1) / mask.sum(1)
            vectors.append(torch.nn.functional.normalize(mean, dim=1)[: len(chosen)].cpu().numpy())
        return np.concatenate(vectors) if vectors else np.empty((0, 0), np.float32)


@lru_cache(maxsize=1)
def _load(encoder: Encoder) -> tuple[Any, Any]:
    # Threads that wait by spinning halve the speed of whatever else runs, such as the engine starting up.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    import torch
    from transformers import AutoModel, AutoTokenizer
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()
    torch.set_num_threads(os.cpu_count() or 1)
    source = model_folder(encoder.model) or encoder.model
    tokenizer = AutoTokenizer.from_pretrained(source, revision=encoder.revision or "main")
    # Plain attention is a quarter faster than the fused kernel on a CPU at this shape.
    model = AutoModel.from_pretrained(
        source,
        revision=encoder.revision or "main",
        dtype=getattr(torch, encoder.dtype),
        attn_implementation="sdpa" if has_gpu() else "eager",
    ).eval()
    return tokenizer, model.to("cuda" if has_gpu() else "cpu")
