"""Scores over folds as SpERT publishes them, to compare with."""

from dataclasses import dataclass
from typing import Any

import polars as pl

from tasks.extraction.examples import PHI_SCHEMA, entities
from tasks.extraction.scores import score_relations, score_spans

KEY = ["fold", "example_id"]
APART = (pl.element().struct.field("drug_end") <= pl.element().struct.field("event_start")) | (
    pl.element().struct.field("event_end") <= pl.element().struct.field("drug_start")
)


@dataclass(frozen=True, slots=True)
class FoldScores:
    """Means over folds, and one row per fold: fold, sentences, entity_f1, relation_f1. All are shares of 1."""

    entity_f1: float
    relation_f1: float
    folds: pl.DataFrame


def score_folds(gold: pl.DataFrame, predicted: pl.DataFrame, *, overlapping: bool = False) -> FoldScores:
    """Score drugs and events, and relations between them, strictly: macro over types, then the mean over folds.

    There is one type of relation, so its macro average is its F1. Sentences without relations in gold do not count,
    as they are not in SpERT's files.

    | ``overlapping`` | what counts | SpERT |
    |---|---|---|
    | no | entities that share no character with another, relations whose drug and event share none | 89.25, 79.24 |
    | yes | all | 89.28, 78.84 |

    What overlaps is left out of gold and of predictions alike, as SpERT's ``remove_overlapping`` does.

    Source: Eberts and Ulges (2020), https://arxiv.org/abs/1909.07755, table 1; https://github.com/lavis-nlp/spert

    Args:
        gold: fold, example_id, group, drugs, relations: of each fold, the sentences that it was tested on.
        predicted: fold, example_id, drugs, relations; a sentence without a row has none.

    Raises:
        ValueError: no sentence of ``gold`` has relations, or a predicted one is not in its fold of ``gold`` or stands
            there twice.
    """
    unknown = predicted.join(gold, on=KEY, how="anti")
    if len(unknown):
        fold, example_id = unknown.select(KEY).row(0)
        raise ValueError(f"{len(unknown)} predicted sentences are not in gold, such as {example_id} of fold {fold}")
    related = gold.filter(pl.col("relations").list.len() > 0)
    if related.is_empty():
        raise ValueError("there is no sentence with relations to score")
    counted = predicted.join(related, on=KEY, how="semi")
    right, given = (_with_entities(examples, overlapping) for examples in (related, counted))
    folds = pl.DataFrame([_score(fold, right, given) for fold in right["fold"].unique().sort()])
    entity_f1, relation_f1 = folds.select(pl.mean("entity_f1", "relation_f1")).row(0)
    return FoldScores(entity_f1, relation_f1, folds)


def _score(fold: object, gold: pl.DataFrame, predicted: pl.DataFrame) -> dict[str, Any]:
    right, given = (examples.filter(pl.col("fold") == fold) for examples in (gold, predicted))
    return {
        "fold": fold,
        "sentences": len(right),
        "entity_f1": score_spans(right, given, resamples=1).macro_f1.value,
        "relation_f1": score_relations(right, given, "strict", resamples=1).f1.value,
    }


def _with_entities(examples: pl.DataFrame, overlapping: bool) -> pl.DataFrame:
    """Add ``spans``, drugs and events; without what overlaps, leave out such relations too, but not their entities."""
    spans = [
        _entities(drugs, relations, overlapping)
        for drugs, relations in examples.select("drugs", "relations").iter_rows()
    ]
    counted = pl.col("relations") if overlapping else pl.col("relations").list.eval(pl.element().filter(APART))
    return examples.with_columns(counted, spans=pl.Series(spans, dtype=PHI_SCHEMA["spans"]))


def _entities(drugs: list[dict[str, int]], relations: list[dict[str, int]], overlapping: bool) -> list[dict[str, Any]]:
    named = entities(drugs, relations)
    return [
        entity._asdict()
        for entity in named
        if overlapping or not any(entity.place.overlaps(other.place) for other in named if other != entity)
    ]
