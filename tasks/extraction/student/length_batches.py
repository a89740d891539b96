"""Batches of rows of like length, so that little of a step is spent on padding."""

from collections.abc import Iterator, Sequence

import torch
from torch.utils.data import Sampler

BATCHES_SORTED_TOGETHER = 20
"""So many batches that their rows are of like length, and so few that a row meets others in each epoch."""


class LengthBatches(Sampler[int]):
    """The places of rows in an order of which every ``batch`` are of like length; another order each time."""

    def __init__(self, lengths: Sequence[int], batch: int) -> None:
        self._lengths, self._batch = lengths, batch

    def __len__(self) -> int:
        """Return how many rows there are."""
        return len(self._lengths)

    def __iter__(self) -> Iterator[int]:
        """Yield the places: shuffled, sorted within chunks, cut into batches, these shuffled; the short one last."""
        shuffled = torch.randperm(len(self._lengths)).tolist()
        pool = BATCHES_SORTED_TOGETHER * self._batch
        ordered = [
            place
            for start in range(0, len(shuffled), pool)
            for place in sorted(shuffled[start : start + pool], key=self._lengths.__getitem__)
        ]
        batches = [ordered[start : start + self._batch] for start in range(0, len(ordered), self._batch)]
        whole = len(ordered) // self._batch
        for number in [*torch.randperm(whole).tolist(), *range(whole, len(batches))]:
            yield from batches[number]
