"""Dense encoders: text to vectors of unit length."""

import os
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

from tasks.assets.catalogue import MINILM
from tasks.assets.fetch import asset_revision, model_folder
from tasks.hardware import computes_bfloat16, has_gpu
from tasks.serving.model import weights_digest
from tasks.stopping import check_stop
from tasks.store.recipe import Recipe

FORWARD_ROWS = 16
"""Texts encoded at once: every forward pass has as many, so that a vector does not depend on its neighbours."""

LENGTH_STEP = 32
"""Texts are padded to a multiple of so many tokens, each to its own: a question need not be as long as an abstract."""

Vectors = npt.NDArray[np.float32]


class Encoder(BaseModel):
    """A Hugging Face encoder with mean pooling over the tokens."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str = Field(
        default=MINILM.name, title="Model", description="The embedded MiniLM, a Hugging Face name or a local folder."
    )
    revision: str | None = Field(default=None, title="Revision")
    max_tokens: int = Field(default=96, ge=8, le=8192, title="Tokens read of each text")
    dtype: Literal["auto", "bfloat16", "float32"] = Field(
        default="auto", title="Precision", description="Auto: bfloat16 where GPU or CPU computes in it."
    )

    def resolved(self) -> "Encoder":
        """Return the encoder with the precision that "auto" comes to on this machine."""
        if self.dtype != "auto":
            return self
        return self.model_copy(update={"dtype": "bfloat16" if computes_bfloat16() else "float32"})

    @property
    def recipe(self) -> Recipe:
        """The embeddings recipe, with the precision that counts."""
        parameters: dict[str, Any] = self.resolved().model_dump(mode="json")
        parameters["revision"] = self.revision or asset_revision(self.model)
        folder = Path(self.model)
        if folder.is_dir():
            parameters.update(model=folder.name, revision=weights_digest(folder))
        return Recipe("embeddings", 2, {**parameters, "pooling": "mean", "text": "title and abstract"})

    def encode(self, texts: list[str]) -> Vectors:
        """Return one unit vector per text: float32, (texts, dimensions).

        Raises:
            Stopped: the run was asked to stop.
        """
        tokenizer, model = _load(self.resolved())
        import torch  # takes seconds to import

        tokens = tokenizer(texts, truncation=True, max_length=self.max_tokens)["input_ids"] if texts else []
        vectors = np.empty((len(texts), model.config.hidden_size if texts else 0), np.float32)
        for length, places in _shapes([len(ids) for ids in tokens], self.max_tokens):
            check_stop()
            chosen = [{"input_ids": tokens[place]} for place in places]
            filled = chosen + [{"input_ids": tokens[places[0]]}] * (FORWARD_ROWS - len(chosen))
            padded = tokenizer.pad(filled, padding="max_length", max_length=length, return_tensors="pt")
            with torch.inference_mode():
                padded = padded.to(model.device)
                hidden = model(**padded).last_hidden_state.float()
                mask = padded["attention_mask"][..., None].float()
                mean = (hidden * mask).sum(1) / mask.sum(1)
                vectors[places] = torch.nn.functional.normalize(mean, dim=1)[: len(places)].cpu().numpy()
        return vectors


def _shapes(lengths: Sequence[int], longest: int) -> Iterator[tuple[int, list[int]]]:
    """Yield forward passes: their length in tokens, and the places of up to ``FORWARD_ROWS`` texts padded to it."""
    padded = [min(longest, -(-length // LENGTH_STEP) * LENGTH_STEP) for length in lengths]
    for shape in sorted(set(padded)):
        places = [place for place, length in enumerate(padded) if length == shape]
        for start in range(0, len(places), FORWARD_ROWS):
            yield shape, places[start : start + FORWARD_ROWS]


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
