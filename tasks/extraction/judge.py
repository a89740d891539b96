"""Everything that is said about a student's predictions beside gold examples."""

from dataclasses import dataclass

import polars as pl

from tasks.extraction.bootstrap import RESAMPLES
from tasks.extraction.declaration import ExtractionTask
from tasks.extraction.mistakes import Mistake, mistakes
from tasks.extraction.scores import (
    Micro,
    SpanScores,
    f1_difference,
    score_entities,
    score_labels,
    score_relations,
    score_spans,
)
from tasks.interval import Interval

RELATED = "sentences with relations"
"""Alone among gold's, as the ADE corpus marks no drug elsewhere, and as SpERT counts."""


@dataclass(frozen=True, slots=True)
class JudgedExtraction:
    """Scores and mistakes.

    Attributes:
        task: what was extracted.
        gold: the examples that are right.
        predicted: the same sentences as they were predicted.
        scores: by name, the first is what the task goes by.
        accuracy: of sentence labels; None for other tasks.
        mistakes: see ``tasks.extraction.mistakes``.
    """

    task: ExtractionTask
    gold: pl.DataFrame
    predicted: pl.DataFrame
    scores: dict[str, Micro]
    accuracy: Interval | None
    mistakes: pl.DataFrame

    @property
    def mistake_counts(self) -> dict[str, int]:
        """How many mistakes of each kind there are; kinds that did not occur are left out."""
        counted = dict(self.mistakes["mistake"].value_counts().iter_rows())
        return {mistake.value: counted[mistake.value] for mistake in Mistake if mistake.value in counted}


def judge(
    gold: pl.DataFrame, predicted: pl.DataFrame, task: ExtractionTask, resamples: int = RESAMPLES
) -> JudgedExtraction:
    """Score predictions, with 95 % bootstrap intervals over groups of sentences.

    | what is found | scores |
    |---|---|
    | related spans | relations strictly and leniently; of sentences with relations, drugs and events as SpERT counts |
    | spans | spans with their labels, together and each label |
    | a label of the sentence | the label 1 |

    Args:
        gold: rows of the task's schema.
        predicted: the same; a sentence without a row has nothing.

    Raises:
        ValueError: as in ``score_relations``.
    """
    accuracy = None
    if task.anchor is not None:
        scores = {
            "relations, strict": score_relations(gold, predicted, "strict", resamples=resamples),
            "relations, lenient": score_relations(gold, predicted, "lenient", resamples=resamples),
        }
        related = gold.filter(pl.col("relations").list.len() > 0)
        if len(related):
            found = predicted.join(related, on="example_id", how="semi")
            entities = score_entities(related, found, resamples=resamples)
            scores |= {f"{name}, {RELATED}": score for name, score in _entities(entities).items()}
    elif task.span_labels:
        spans = score_spans(gold, predicted, resamples=resamples)
        scores = {"spans": spans.micro, **spans.by_label}
    else:
        labels = score_labels(gold, predicted, resamples=resamples)
        scores, accuracy = {task.sentence_labels[1]: labels.positive}, labels.accuracy
    return JudgedExtraction(task, gold, predicted, scores, accuracy, mistakes(gold, predicted, task))


def _entities(scores: SpanScores) -> dict[str, Micro]:
    return {"entities": scores.micro, **scores.by_label}


@dataclass(frozen=True, slots=True)
class BesideTeacher:
    """A student and its teacher on the same gold sentences, none of which it was trained on.

    Attributes:
        sentences: how many.
        student, teacher: scores by name, as in ``JudgedExtraction``.
        difference: the student's F1 less the teacher's, of the first score.
    """

    sentences: int
    student: dict[str, Micro]
    teacher: dict[str, Micro]
    difference: Interval


def judge_beside_teacher(
    gold: pl.DataFrame, student: pl.DataFrame, teacher: pl.DataFrame, task: ExtractionTask, resamples: int = RESAMPLES
) -> BesideTeacher:
    """Judge both on the sentences of ``gold``; one that the teacher's answers were refused for has nothing.

    Args:
        gold, student, teacher: rows of the task's schema.

    Raises:
        ValueError: as in ``score_relations``.
    """
    own = student.join(gold, on="example_id", how="semi")
    return BesideTeacher(
        sentences=len(gold),
        student=judge(gold, own, task, resamples).scores,
        teacher=judge(gold, teacher, task, resamples).scores,
        difference=f1_difference(gold, own, teacher, task.count, resamples=resamples),
    )
