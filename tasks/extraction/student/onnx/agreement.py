"""How far two students that should be the same one differ."""

from typing import Any

import torch
from torch import Tensor

from tasks.extraction.student.at_work import StudentAtWork
from tasks.extraction.student.batches import anchors_of, inputs_of
from tasks.extraction.student.words import windows

SENTENCE = "Two patients developed acute hepatitis after amiodarone, and one a rash after phenytoin."
SAMPLE = (" ".join([SENTENCE] * 40), SENTENCE, "Rash.", "")
WINDOWS = 5
"""Of the sample, the last: whole ones of the long text, its end, and the short texts."""
ANCHORS = 3


def largest_difference(student: StudentAtWork, other: StudentAtWork, tokenizer: Any) -> float:  # noqa: ANN401
    """Return the largest difference of any logit of a sample batch, from texts to event tags; NaN where one is NaN.

    What stands at padding is never read, so it does not count.
    """
    cut = windows(SAMPLE, tokenizer, student.config.window, student.config.overlap)[-WINDOWS:]
    read = inputs_of(cut, tokenizer.pad_token_id)
    places = [[[place] for place in window.places[:ANCHORS]] for window in cut]
    anchors = anchors_of(places, read["input_ids"].shape[1])
    with torch.inference_mode():
        logits, others = (_logits(each, read, anchors) for each in (student, other))
    return float((logits - others).abs().max())


def _logits(student: StudentAtWork, read: dict[str, Tensor], anchors: Tensor) -> Tensor:
    """Return all logits of a batch in one row."""
    attended = read["attention_mask"].bool()
    encoded = student.encode(**read)
    found = [encoded.tags[attended], encoded.sentence]
    if student.config.anchor is not None:
        found.append(student.relate(encoded.hidden, anchors).transpose(1, 2)[attended])
    return torch.cat([each.flatten() for each in found])
