"""Scores of predicted examples: relations, entities and other spans, and sentence labels.

Precision, recall and F1 are micro averages: counted over all sentences. Where nothing was predicted, or nothing is
right, they are 0. Intervals hold 95 %: bootstrap over groups of sentences, which are articles where there are any.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from tasks.extraction.bootstrap import RESAMPLES, Counts, Floats, intervals
from tasks.extraction.counts import Count, Matching, cells, count_labels, count_relations, count_spans
from tasks.extraction.examples import PHI_SCHEMA, entities, labelled_spans
from tasks.interval import Interval


@dataclass(frozen=True, slots=True)
class Micro:
    """``right`` of the ``predicted`` are among the ``gold`` ones."""

    right: int
    predicted: int
    gold: int
    precision: Interval
    recall: Interval
    f1: Interval


@dataclass(frozen=True, slots=True)
class SpanScores:
    """Over all spans, for each label that occurs in gold or predictions, and the mean F1 of these labels."""

    micro: Micro
    by_label: dict[str, Micro]
    macro_f1: Interval


@dataclass(frozen=True, slots=True)
class LabelScores:
    """Share of sentences labelled right, and precision, recall and F1 of the label 1."""

    sentences: int
    accuracy: Interval
    positive: Micro


def score_relations(
    gold: pl.DataFrame, predicted: pl.DataFrame, matching: Matching, *, resamples: int = RESAMPLES, seed: int = 0
) -> Micro:
    """Score relations between drugs and events.

    ``strict``: both spans are equal; this is SpERT's strict relation F1, for a drug and an event have one type each and
    there is one type of relation. ``lenient``: the drugs overlap and the events overlap, matched one to one.

    Args:
        gold: example_id, group, relations.
        predicted: example_id, relations; a sentence without a row has none.

    Raises:
        ValueError: there is no sentence, or a predicted one is not in ``gold`` or stands there twice.
    """
    return _micros(count_relations(gold, predicted, matching), _groups(gold), resamples, seed)[0][0]


def score_entities(
    gold: pl.DataFrame, predicted: pl.DataFrame, *, resamples: int = RESAMPLES, seed: int = 0
) -> SpanScores:
    """Score drugs and events as typed spans: SpERT's strict entity F1 (both offsets and the type).

    Events are those of relations, drugs all that are given. SpERT's published 89.25 and 79.24 on this corpus are macro
    averages over types and ten folds, on sentences with relations alone, less those whose drug and event overlap.

    Source: Eberts and Ulges (2020), https://arxiv.org/abs/1909.07755

    Args:
        gold: example_id, group, drugs, relations.
        predicted: example_id, drugs, relations; a sentence without a row has none.

    Raises:
        ValueError: as in ``score_relations``.
    """
    return score_spans(_with_entities(gold), _with_entities(predicted), resamples=resamples, seed=seed)


def score_spans(
    gold: pl.DataFrame, predicted: pl.DataFrame, *, resamples: int = RESAMPLES, seed: int = 0
) -> SpanScores:
    """Score labelled spans, right where both offsets and the label are.

    Args:
        gold: example_id, group, spans.
        predicted: example_id, spans; a sentence without a row has none.

    Raises:
        ValueError: as in ``score_relations``.
    """
    pairs = [
        (set(labelled_spans(right)), set(labelled_spans(given or ())))
        for right, given in cells(gold, predicted, "spans")
    ]
    labels = sorted({span.label for pair in pairs for spans in pair for span in spans})
    rows = []
    for right, given in pairs:
        counted = [Counter(span.label for span in spans) for spans in (right & given, given, right)]
        rows.append([count[label] for label in labels for count in counted])
    by_label, macro_f1 = _micros(np.array(rows, dtype=np.int64), _groups(gold), resamples, seed)
    micro = _micros(count_spans(gold, predicted), _groups(gold), resamples, seed)[0][0]
    return SpanScores(micro, dict(zip(labels, by_label, strict=True)), macro_f1)


def score_labels(
    gold: pl.DataFrame, predicted: pl.DataFrame, *, resamples: int = RESAMPLES, seed: int = 0
) -> LabelScores:
    """Score sentence labels; one that is missing or null is wrong, and not the label 1.

    Args:
        gold: example_id, group, label (0 or 1).
        predicted: example_id, label.

    Raises:
        ValueError: as in ``score_relations``, or a label is none of 0 and 1.
    """
    labelled = cells(gold, predicted, "label")
    unknown = {right for right, _ in labelled} - {0, 1} | {given for _, given in labelled} - {0, 1, None}
    if unknown:
        raise ValueError(f"expected the labels 0 and 1, found {next(iter(unknown))}")
    positive = _micros(count_labels(gold, predicted), _groups(gold), resamples, seed)[0][0]
    hits = np.array([(right == given, 1) for right, given in labelled], dtype=np.int64)
    [accuracy] = intervals(hits, _groups(gold), _share, resamples=resamples, seed=seed)
    return LabelScores(len(labelled), accuracy, positive)


def f1_difference(
    gold: pl.DataFrame,
    one: pl.DataFrame,
    other: pl.DataFrame,
    count: Count,
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Interval:
    """Return by how much the F1 of one prediction exceeds another's on the same sentences (paired bootstrap).

    Args:
        gold: as ``count`` takes it, with group.
        one, other: as ``count`` takes them.

    Raises:
        ValueError: as in ``score_relations``.
    """
    counts = np.concatenate([count(gold, one), count(gold, other)], axis=1)
    return intervals(counts, _groups(gold), _f1_difference, resamples=resamples, seed=seed)[0]


def _f1_difference(sums: Floats) -> Floats:
    right, predicted, gold = np.moveaxis(sums.reshape(*sums.shape[:-1], 2, 3), -1, 0)
    f1: Floats = 2 * right / np.maximum(predicted + gold, 1)
    return f1[..., :1] - f1[..., 1:]


def _micros(counts: Counts, groups: Sequence[str], resamples: int, seed: int) -> tuple[list[Micro], Interval]:
    """Return the score of each three columns (right, predicted, gold), and the mean of their F1."""
    measured = intervals(counts, groups, _measures, resamples=resamples, seed=seed)
    sums = counts.sum(axis=0).reshape(-1, 3).tolist()
    micros = [Micro(*sums[place], *measured[3 * place : 3 * place + 3]) for place in range(len(sums))]
    return micros, measured[-1]


def _measures(sums: Floats) -> Floats:
    """Return precision, recall and F1 of each three columns, then the mean F1: (…, 3 n) to (…, 3 n + 1)."""
    right, predicted, gold = np.moveaxis(sums.reshape(*sums.shape[:-1], -1, 3), -1, 0)
    f1 = 2 * right / np.maximum(predicted + gold, 1)
    each = np.stack([right / np.maximum(predicted, 1), right / np.maximum(gold, 1), f1], axis=-1)
    mean = f1.sum(axis=-1, keepdims=True) / max(f1.shape[-1], 1)
    return np.concatenate([each.reshape(*each.shape[:-2], -1), mean], axis=-1)


def _share(sums: Floats) -> Floats:
    return sums[..., :1] / sums[..., 1:]


def _groups(gold: pl.DataFrame) -> list[str]:
    return gold["group"].to_list()


def _with_entities(examples: pl.DataFrame) -> pl.DataFrame:
    spans = [
        [entity._asdict() for entity in entities(drugs, relations)]
        for drugs, relations in examples.select("drugs", "relations").iter_rows()
    ]
    return examples.with_columns(spans=pl.Series(spans, dtype=PHI_SCHEMA["spans"]))
