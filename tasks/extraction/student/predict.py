"""What a student finds in sentences."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import polars as pl
import torch
from torch import Tensor

from tasks.extraction.declaration import ExtractionTask
from tasks.extraction.examples import LabelledSpan, Relation, Span
from tasks.extraction.student.at_work import StudentAtWork
from tasks.extraction.student.batches import EVENT, anchors_of, inputs_of, places_of
from tasks.extraction.student.found import Found
from tasks.extraction.student.model import Encoded
from tasks.extraction.student.tags import best_tags, spans_of
from tasks.extraction.student.words import Window, windows
from tasks.stopping import check_stop


def find(
    student: StudentAtWork,
    tokenizer: Any,  # noqa: ANN401 - transformers is not typed
    texts: Sequence[str],
    *,
    batch_tokens: int = 8192,
    half: bool = False,
    told: Callable[[int], None] = lambda windows: None,
) -> list[Found]:
    """Return what a student finds in each text, however long.

    Windows of like length are encoded together, once; everything found in them is related in one operation.

    Args:
        batch_tokens: most tokens of a batch, padding among them.
        half: compute in bfloat16; what is found then depends, rarely, on the other texts of a batch.
        told: called with the number of windows that another batch had.

    Raises:
        Stopped: the run was asked to stop.
    """
    config = student.config
    cut = windows(texts, tokenizer, config.window, config.overlap)
    found = [Found({}, {}, None, None) for _ in texts]
    votes: dict[int, list[Tensor]] = {}
    student.eval()
    with torch.inference_mode(), torch.autocast(student.device.type, torch.bfloat16, enabled=half):
        for batch in _batches(cut, batch_tokens):
            check_stop()
            read = {
                name: values.to(student.device) for name, values in inputs_of(batch, tokenizer.pad_token_id).items()
            }
            encoded = student.encode(**read)
            _find_spans(student, batch, encoded, found)
            if config.sentence_labels:
                for window, logits in zip(batch, encoded.sentence, strict=True):
                    votes.setdefault(window.example, []).append(logits.float().softmax(-1))
            told(len(batch))
    for example, each in votes.items():
        probability, label = torch.stack(each).mean(0).max(-1)
        found[example] = Found(found[example].spans, found[example].relations, int(label), float(probability))
    return found


def predict(examples: pl.DataFrame, task: ExtractionTask, student: StudentAtWork, tokenizer: Any) -> pl.DataFrame:  # noqa: ANN401
    """Return the examples with what a student finds in place of their labels."""
    found = find(student, tokenizer, examples["text"].to_list())
    rows = [task.form.write(row, each.targets) for row, each in zip(examples.iter_rows(named=True), found, strict=True)]
    return pl.DataFrame(rows, schema=task.form.schema)


def _batches(cut: Sequence[Window], batch_tokens: int) -> Iterator[list[Window]]:
    ordered = sorted(cut, key=lambda window: len(window.token_ids), reverse=True)
    while ordered:
        rows = max(1, batch_tokens // len(ordered[0].token_ids))
        yield ordered[:rows]
        ordered = ordered[rows:]


def _find_spans(student: StudentAtWork, batch: Sequence[Window], encoded: Encoded, found: Sequence[Found]) -> None:
    """Add the spans of a batch of windows, and what is related to them."""
    config = student.config
    scores = encoded.tags.float().log_softmax(-1).cpu()
    anchors: list[list[LabelledSpan]] = []
    for window, each in zip(batch, scores, strict=True):
        spans = _decoded(window, each, tuple(config.span_labels))
        owned = {span: sure for span, sure in spans.items() if _owns(window, span.place)}
        found[window.example].spans.update(owned)
        anchors.append([span for span in owned if span.label == config.anchor])
    if not any(anchors):
        return
    places = [[places_of(span.place, window) for span in each] for window, each in zip(batch, anchors, strict=True)]
    weights = anchors_of(places, encoded.hidden.shape[1]).to(encoded.hidden.device)
    scores = student.relate(encoded.hidden, weights).float().log_softmax(-1).cpu()
    for window, of_window, rows in zip(batch, anchors, scores, strict=True):
        into = found[window.example]
        for span, row in zip(of_window, rows, strict=False):
            for event, probability in _decoded(window, row, EVENT).items():
                into.relations[Relation(span.place, event.place)] = into.spans[span] * probability


def _decoded(window: Window, scores: Tensor, labels: Sequence[str]) -> dict[LabelledSpan, float]:
    """Return the spans of a window with their probabilities; ``scores``: (tokens, tags), log-probabilities."""
    by_word = scores[[place.start for place in window.places]].numpy()
    tags = best_tags(by_word)
    sure = np.exp(by_word[range(len(tags)), tags]).tolist()
    return {span: _mean(sure, window, span.place) for span in spans_of(tags, window.words, labels)}


def _mean(by_word: Sequence[float], window: Window, span: Span) -> float:
    covered = [sure for sure, word in zip(by_word, window.words, strict=True) if word.overlaps(span)]
    return sum(covered) / len(covered)


def _owns(window: Window, span: Span) -> bool:
    return next(owned for owned, word in zip(window.owned, window.words, strict=True) if word.overlaps(span))
