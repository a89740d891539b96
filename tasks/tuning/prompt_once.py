"""Preference pairs with one pass over the prompt that both completions follow."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from transformers import PreTrainedModel

IGNORED = -100
FAMILIES = frozenset({"llama", "qwen2", "qwen3"})
"""Model types whose layers all attend to whatever the mask allows, however far away."""
PROMPT, CHOSEN, REJECTED, PADDING = range(4)


@dataclass(frozen=True, slots=True)
class _Pair:
    """Where the parts of pair ``row`` stand; ``start`` is the last token of the prompt, ends are exclusive."""

    row: int
    start: int
    chosen_end: int
    rejected_end: int

    @property
    def length(self) -> int:
        return self.chosen_end + self.rejected_end - self.start


def read_prompts_once(model: PreTrainedModel) -> None:
    """Make TRL's DPO put every pair through a model as prompt, chosen, rejected instead of as two sequences.

    The two completions have the positions that they have alone and do not see each other, so log-probabilities are the
    same up to rounding (Wang & Hegde 2024, arXiv 2410.20305). A pair with a prompt of 400 tokens and questions of 30
    takes half of the time. Each completion starts with a copy of the prompt's last token, which predicts its first.

    Left as it was is a model whose attention takes no mask of this kind: of a family that is not in ``FAMILIES``, with
    sliding windows, or with another kernel than PyTorch's.

    Args:
        model: with TRL's fused head, without the adapter around it.
    """
    if not attends_as_told(model):
        return
    scored_apart = model.forward

    def scored_together(*args: Any, fused_lm_head: bool = False, **inputs: Any) -> Any:  # noqa: ANN401
        if not fused_lm_head or "input_ids" not in inputs:
            return scored_apart(*args, fused_lm_head=fused_lm_head, **inputs)
        tokens, labels, attended = (inputs.pop(name) for name in ("input_ids", "labels", "attention_mask"))
        pairs = list(_pairs(labels, attended))
        scored = scored_apart(*args, fused_lm_head=True, **inputs, **_joined(tokens, pairs))
        shape = (len(tokens), tokens.shape[1] - 1)
        for name, values in scored.items():
            if isinstance(values, torch.Tensor) and values.dim() == len(shape):
                scored[name] = _taken_apart(values, pairs, shape)
        return scored

    model.forward = scored_together


def attends_as_told(model: PreTrainedModel) -> bool:
    """Return whether a model's attention follows any mask that it is given."""
    config = model.config
    kinds = set(getattr(config, "layer_types", None) or ["full_attention"])
    return config.model_type in FAMILIES and config._attn_implementation == "sdpa" and kinds == {"full_attention"}


def _pairs(labels: torch.Tensor, attended: torch.Tensor) -> Iterator[_Pair]:
    """Say where the parts of each pair stand: the first half of the rows are chosen, the second rejected."""
    starts = (labels != IGNORED).int().argmax(dim=1).tolist()
    ends = attended.sum(dim=1).tolist()
    half = len(labels) // 2
    for row in range(half):
        yield _Pair(row, starts[row] - 1, ends[row], ends[row + half])


def _joined(tokens: torch.Tensor, pairs: list[_Pair]) -> dict[str, torch.Tensor]:
    """Return input of one row for each pair, padded on the right."""
    shape = (len(pairs), max(pair.length for pair in pairs))
    joined, positions = (tokens.new_zeros(shape) for _ in range(2))
    labels, parts = tokens.new_full(shape, IGNORED), tokens.new_full(shape, PADDING)
    for pair in pairs:
        row, start, end = pair.row, pair.start, pair.chosen_end
        for place, source, part in (
            (slice(0, start), tokens[row, :start], PROMPT),
            (slice(start, end), tokens[row, start:end], CHOSEN),
            (slice(end, pair.length), tokens[row + len(pairs), start : pair.rejected_end], REJECTED),
        ):
            joined[row, place], parts[row, place] = source, part
            first = 0 if part == PROMPT else start
            positions[row, place] = torch.arange(first, first + len(source), device=tokens.device)
            if part != PROMPT:
                labels[row, place.start + 1 : place.stop] = source[1:]
    earlier = torch.ones(shape[1], shape[1], dtype=torch.bool, device=tokens.device).tril()
    together = (parts[:, None, :] == PROMPT) | (parts[:, None, :] == parts[:, :, None])
    return {
        "input_ids": joined,
        "position_ids": positions,
        "labels": labels,
        "attention_mask": (earlier & together)[:, None],
    }


def _taken_apart(values: torch.Tensor, pairs: list[_Pair], shape: tuple[int, int]) -> torch.Tensor:
    """Return a value for each next token of the two sequences from those of the joined ones; 0 in the prompt."""
    apart = values.new_zeros(shape)
    for pair in pairs:
        start, end = pair.start, pair.chosen_end
        apart[pair.row, start : end - 1] = values[pair.row, start : end - 1]
        apart[pair.row + len(pairs), start : pair.rejected_end - 1] = values[pair.row, end : pair.length - 1]
    return apart
