import polars as pl
import pytest

from tasks.extraction.examples import ADE_SCHEMA, Relation, Span, ade_example
from tasks.extraction.fold_scores import score_folds

A = Span(0, 7)
FIRST, SECOND, THIRD = Span(10, 15), Span(20, 25), Span(24, 30)


def ade(*sentences: tuple[int, str, list[Relation]]) -> pl.DataFrame:
    rows = [ade_example(text, (), relations) for _, text, relations in sentences]
    folds = [fold for fold, _, _ in sentences]
    return pl.DataFrame(rows, schema=ADE_SCHEMA).with_columns(fold=pl.Series(folds, dtype=pl.Int64))


GOLD = ade(
    (0, "s0", [Relation(A, FIRST), Relation(A, SECOND)]),
    (1, "s0", [Relation(A, FIRST)]),
    (1, "s1", [Relation(A, FIRST)]),
    (1, "negative", []),
)
PREDICTED = ade(
    (0, "s0", [Relation(A, FIRST), Relation(A, THIRD)]),
    (1, "s1", [Relation(A, FIRST)]),
    (1, "negative", [Relation(A, FIRST)]),
)


def test_macro_over_types_and_mean_over_folds_worked_by_hand():
    # Fold 0: the drug is right, 1 of 2 events on either side: (1 + 1/2) / 2; 1 of 2 relations.
    # Fold 1: 1 of 2 drugs, events and relations is predicted, and right: 2/3 each. The negative does not count.
    scores = score_folds(GOLD, PREDICTED)
    assert scores.folds.select("fold", "sentences").rows() == [(0, 1), (1, 2)]
    assert scores.folds["entity_f1"].to_list() == pytest.approx([3 / 4, 2 / 3])
    assert scores.folds["relation_f1"].to_list() == pytest.approx([1 / 2, 2 / 3])
    assert (scores.entity_f1, scores.relation_f1) == pytest.approx((17 / 24, 7 / 12))


def test_what_overlaps_worked_by_hand():
    # "Lithium intoxication" is an event, and "Lithium" in it the drug.
    gold = ade((0, "s", [Relation(A, Span(0, 20)), Relation(A, Span(30, 35))]))
    predicted = ade((0, "s", [Relation(A, Span(30, 35))]))
    # All: the drug 1, events 2/3; 1 of 2 relations.
    scores = score_folds(gold, predicted, overlapping=True)
    assert (scores.entity_f1, scores.relation_f1) == pytest.approx((5 / 6, 2 / 3))
    # Without: gold has no drug left, so that the predicted one, which overlaps nothing predicted, is wrong.
    scores = score_folds(gold, predicted)
    assert (scores.entity_f1, scores.relation_f1) == pytest.approx((1 / 2, 1))
    # Gold itself is right either way.
    for overlapping in (False, True):
        scores = score_folds(gold, gold, overlapping=overlapping)
        assert (scores.entity_f1, scores.relation_f1) == (1, 1)


def test_drugs_without_events_are_predictions_too():
    drugs = pl.Series([[{"start": 0, "end": 7}, {"start": 30, "end": 35}]], dtype=ADE_SCHEMA["drugs"])
    gold = ade((0, "s", [Relation(A, FIRST)]))
    scores = score_folds(gold, gold.with_columns(drugs=drugs))
    assert (scores.entity_f1, scores.relation_f1) == pytest.approx(((2 / 3 + 1) / 2, 1))


@pytest.mark.parametrize(
    ("gold", "predicted", "message"),
    [
        (GOLD, ade((0, "s1", [])), "not in gold, such as .* of fold 0"),
        (GOLD, pl.concat([PREDICTED, PREDICTED]), "a predicted sentence stands there twice"),
        (GOLD.tail(1), PREDICTED.tail(1), "there is no sentence with relations to score"),
    ],
)
def test_frames_that_do_not_fit_are_told(gold, predicted, message):
    with pytest.raises(ValueError, match=message):
        score_folds(gold, predicted)
