import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.extraction.counts import count_labels, count_relations, f1_of
from tasks.extraction.examples import (
    ADE_SCHEMA,
    GDA_SCHEMA,
    PHI_SCHEMA,
    LabelledSpan,
    Relation,
    Span,
    ade_example,
    gda_example,
    phi_example,
)
from tasks.extraction.scores import f1_difference, score_entities, score_labels, score_relations, score_spans

FEW = 20
A, B = Span(0, 5), Span(50, 55)


def ade(*sentences: list[Relation], drugs: tuple[Span, ...] = ()) -> pl.DataFrame:
    """One sentence each, "s0" to "s9" of ten PMIDs."""
    rows = [ade_example(f"s{place}", drugs, pairs, pmid=place % 10) for place, pairs in enumerate(sentences)]
    return pl.DataFrame(rows, schema=ADE_SCHEMA)


def gda(*labels: int | None) -> pl.DataFrame:
    return pl.DataFrame([gda_example(f"s{place}", label) for place, label in enumerate(labels)], schema=GDA_SCHEMA)


def phi(*sentences: list[LabelledSpan]) -> pl.DataFrame:
    return pl.DataFrame([phi_example(f"s{place}", spans) for place, spans in enumerate(sentences)], schema=PHI_SCHEMA)


GOLD = ade([Relation(A, Span(10, 15)), Relation(A, Span(20, 25))], [Relation(A, Span(10, 15))], [])
PREDICTED = ade(
    [Relation(A, Span(10, 15)), Relation(A, Span(24, 30)), Relation(A, Span(40, 45))], [], [Relation(B, Span(60, 65))]
)


def test_relations_worked_by_hand():
    strict = score_relations(GOLD, PREDICTED, "strict", resamples=FEW)
    assert (strict.right, strict.predicted, strict.gold) == (1, 4, 3)
    assert (strict.precision.value, strict.recall.value) == (1 / 4, 1 / 3)
    assert strict.f1.value == pytest.approx(2 / 7)
    lenient = score_relations(GOLD, PREDICTED, "lenient", resamples=FEW)
    assert (lenient.right, lenient.precision.value, lenient.recall.value) == (2, 2 / 4, 2 / 3)
    assert lenient.f1.value == pytest.approx(4 / 7)


def test_the_difference_of_two_predictions_worked_by_hand():
    right = f1_difference(GOLD, GOLD, PREDICTED, count_relations, resamples=FEW)
    assert right.value == pytest.approx(1 - 2 / 7)
    assert 0 <= right.low <= right.value <= right.high
    same = f1_difference(GOLD, PREDICTED, PREDICTED, count_relations, resamples=FEW)
    assert (same.value, same.low, same.high) == (0, 0, 0)


def test_counts_are_those_of_each_sentence():
    assert count_relations(GOLD, PREDICTED).tolist() == [[1, 3, 2], [0, 0, 1], [0, 1, 0]]
    assert count_relations(GOLD, PREDICTED, "lenient").tolist() == [[2, 3, 2], [0, 0, 1], [0, 1, 0]]
    labels = count_labels(gda(1, 1, 0, 0), gda(1, None, 1, 0))
    assert labels.tolist() == [[1, 1, 1], [0, 0, 1], [0, 1, 0], [0, 0, 0]]
    assert f1_of(labels) == pytest.approx(2 / 4)
    assert f1_of(count_relations(GOLD.clear(), GOLD.clear())) == 0


def test_entities_worked_by_hand():
    # Gold: A and two events; A and an event; nothing. Predicted: A and three events, one right; nothing; B and one.
    scores = score_entities(GOLD, PREDICTED, resamples=FEW)
    drug, event = scores.by_label["drug"], scores.by_label["event"]
    assert (drug.right, drug.predicted, drug.gold) == (1, 2, 2)
    assert (event.right, event.predicted, event.gold) == (1, 4, 3)
    assert (scores.micro.right, scores.micro.predicted, scores.micro.gold) == (2, 6, 5)
    assert scores.micro.f1.value == pytest.approx(4 / 11)
    assert scores.macro_f1.value == pytest.approx((1 / 2 + 2 / 7) / 2)


def test_a_drug_without_events_is_an_entity_and_no_relation():
    gold, predicted = ade([Relation(A, Span(10, 15))]), ade([Relation(A, Span(10, 15))], drugs=(B,))
    assert score_relations(gold, predicted, "strict", resamples=FEW).f1.value == 1
    assert score_entities(gold, predicted, resamples=FEW).by_label["drug"].precision.value == 1 / 2


def test_a_span_that_is_drug_and_event_counts_as_two():
    gold = ade([Relation(A, A)])
    assert score_entities(gold, gold, resamples=FEW).micro.gold == 2


def test_spans_are_right_with_both_offsets_and_the_label():
    gold = phi([LabelledSpan(0, 3, "AGE"), LabelledSpan(5, 9, "PERSON")], [LabelledSpan(0, 3, "AGE")], [])
    predicted = phi([LabelledSpan(0, 3, "PERSON"), LabelledSpan(5, 9, "PERSON")], [LabelledSpan(0, 4, "AGE")], [])
    scores = score_spans(gold, predicted, resamples=FEW)
    assert (scores.micro.right, scores.micro.predicted, scores.micro.gold) == (1, 3, 3)
    person, age = scores.by_label["PERSON"], scores.by_label["AGE"]
    assert (person.precision.value, person.recall.value) == (1 / 2, 1)
    assert (age.precision.value, age.recall.value) == (0, 0)
    assert scores.macro_f1.value == pytest.approx((2 / 3 + 0) / 2)


def test_without_any_span_every_score_is_0():
    scores = score_spans(phi([], []), phi([], []), resamples=FEW)
    assert (scores.micro.f1.value, scores.by_label, scores.macro_f1.value) == (0, {}, 0)


def test_labels_worked_by_hand():
    scores = score_labels(gda(1, 1, 1, 0, 0), gda(1, 0, None, 1, 0), resamples=FEW)
    assert (scores.sentences, scores.accuracy.value) == (5, 2 / 5)
    assert (scores.positive.right, scores.positive.predicted, scores.positive.gold) == (1, 2, 3)
    assert scores.positive.f1.value == pytest.approx(2 / 5)
    with pytest.raises(ValueError, match="expected the labels 0 and 1, found 2"):
        score_labels(gda(1, 2), gda(1, 1))
    with pytest.raises(ValueError, match="expected the labels 0 and 1, found None"):
        score_labels(gda(1, None), gda(1, 1))


def test_a_sentence_without_a_row_has_no_prediction():
    assert score_relations(GOLD, PREDICTED.head(1), "strict", resamples=FEW).predicted == 3
    assert score_labels(gda(0, 1), gda(0), resamples=FEW).accuracy.value == 1 / 2
    assert score_spans(phi([LabelledSpan(0, 1, "A")]), phi(), resamples=FEW).micro.recall.value == 0


def test_what_can_not_be_scored_is_told():
    with pytest.raises(ValueError, match="1 predicted sentences are not in gold, such as "):
        score_relations(GOLD.tail(2), PREDICTED, "strict")
    with pytest.raises(ValueError, match="a predicted sentence stands there twice"):
        score_relations(GOLD, pl.concat([PREDICTED, PREDICTED]), "strict")
    with pytest.raises(ValueError, match="a gold sentence stands there twice"):
        score_entities(pl.concat([GOLD, GOLD]), PREDICTED)
    with pytest.raises(ValueError, match="there is no sentence to score"):
        score_relations(GOLD.clear(), PREDICTED.clear(), "strict")


SPAN = st.tuples(st.integers(0, 8), st.integers(1, 5)).map(lambda drawn: Span(drawn[0], sum(drawn)))
RELATIONS = st.lists(st.builds(Relation, SPAN, SPAN), max_size=4)
SENTENCES = st.lists(st.tuples(RELATIONS, RELATIONS), min_size=1, max_size=12)


@given(SENTENCES)
def test_perfect_predictions_score_1_and_none_0(sentences):
    gold = ade([Relation(A, B)], *(right for right, _ in sentences))
    for matching in ("strict", "lenient"):
        perfect = score_relations(gold, gold, matching, resamples=FEW)
        assert (perfect.precision.value, perfect.recall.value, perfect.f1.value) == (1, 1, 1)
        empty = score_relations(gold, gold.clear(), matching, resamples=FEW)
        assert (empty.precision.value, empty.recall.value, empty.f1.value) == (0, 0, 0)
    scores = score_entities(gold, gold, resamples=FEW)
    assert (scores.micro.f1.value, scores.macro_f1.value) == (1, 1)
    assert score_entities(gold, gold.clear(), resamples=FEW).macro_f1.value == 0


@given(SENTENCES, st.randoms(use_true_random=False))
def test_no_order_changes_a_score(sentences, dice):
    gold, predicted = (ade(*labels) for labels in zip(*sentences, strict=True))
    mixed = [
        frame.sample(fraction=1, shuffle=True, seed=dice.randrange(100)).with_columns(
            pl.col("drugs", "relations").list.sample(fraction=1, shuffle=True, seed=dice.randrange(100))
        )
        for frame in (gold, predicted)
    ]
    for matching in ("strict", "lenient"):
        assert score_relations(*mixed, matching, resamples=FEW) == score_relations(
            gold, predicted, matching, resamples=FEW
        )
    assert score_entities(*mixed, resamples=FEW) == score_entities(gold, predicted, resamples=FEW)


@given(SENTENCES)
def test_lenient_is_never_below_strict_and_all_lie_between_0_and_1(sentences):
    gold, predicted = (ade(*labels) for labels in zip(*sentences, strict=True))
    strict, lenient = (score_relations(gold, predicted, name, resamples=FEW) for name in ("strict", "lenient"))
    assert strict.right <= lenient.right <= min(lenient.gold, lenient.predicted)
    for interval in (strict.f1, strict.precision, lenient.recall):
        assert 0 <= interval.low <= interval.high <= 1
