"""Passages of text, several to a sequence, for models that keep them apart; one to a sequence for the others."""

from typing import Any

import polars as pl
import torch
from datasets import Dataset

PROBED = 4
"""Tokens of each passage in the trial."""


def keeps_passages_apart(model: Any) -> bool:  # noqa: ANN401 - transformers is not typed
    """Return whether nothing that a model reads in a passage changes what it reads in the next one: found by trying.

    transformers tells packed passages by positions that start again, and only for models that hand these on to their
    attention mask: Llama's kind does, BioGPT does not, and recurrent ones can not.
    """
    positions = torch.arange(PROBED, device=model.device).repeat(2)[None]
    second = torch.full((1, PROBED), 3, device=model.device)
    found = []
    with torch.no_grad():
        for token in (1, 2):
            tokens = torch.cat([torch.full_like(second, token), second], dim=1)
            try:
                said = model(input_ids=tokens, position_ids=positions, use_cache=False).logits
            except TypeError:  # it takes no positions
                return False
            found.append(said[:, PROBED:])
    return bool(torch.equal(*found))


def in_pieces(rows: pl.DataFrame, tokenizer: Any, max_length: int) -> Dataset:  # noqa: ANN401
    """Return each passage as a sequence of its own, ended by the token that ends a text, and a long one as several.

    Args:
        rows: text.
        tokenizer: of the model that is trained.
        max_length: tokens of a sequence.
    """
    texts = [text + tokenizer.eos_token for text in rows["text"].to_list()]
    passages = tokenizer(texts)["input_ids"]
    pieces = [ids[start : start + max_length] for ids in passages for start in range(0, len(ids), max_length)]
    return Dataset.from_dict({"input_ids": pieces})
