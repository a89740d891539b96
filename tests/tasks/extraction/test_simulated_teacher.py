from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.extraction.ade_corpus import read_ade_corpus
from tasks.extraction.examples import ADE_SCHEMA, Relation, Span, ade_example, check_examples, relation_pairs
from tasks.extraction.scores import score_entities, score_relations
from tasks.extraction.simulated_teacher import Mistakes, corrupt, mistakes_for, mistakes_for_f1

SHARED = Path(__file__).parents[4] / "shared" / "data" / "ade"
FEW = 20


def made(sentences: int) -> pl.DataFrame:
    """Sentences of ten words, each of three letters: two thirds with relations, half of those with two drugs."""
    rows = []
    for place in range(sentences):
        words = [f"{place % 7 + part % 10}aa" for part in range(10)]
        spans = [Span(4 * part, 4 * part + 3) for part in range(10)]
        pairs = [Relation(spans[0], spans[3]), Relation(spans[5] if place % 2 else spans[0], spans[7])]
        rows.append(ade_example(f"{' '.join(words)} {place}", [], pairs[: place % 3], pmid=place // 2))
    return pl.DataFrame(rows, schema=ADE_SCHEMA)


GOLD = made(1_500)
MISTAKES = [
    Mistakes(0.3, 0, 0, 0),
    Mistakes(0, 0.3, 0, 0),
    Mistakes(0, 0, 0.2, 0),
    Mistakes(0, 0, 0, 0.5),
    Mistakes(0.1, 0.2, 0.05, 1.2),
]


@pytest.mark.parametrize("mistakes", MISTAKES)
def test_scores_come_out_as_the_mistakes_say(mistakes):
    labelled = corrupt(GOLD, mistakes)
    check_examples(labelled, ADE_SCHEMA)
    scores = score_relations(GOLD, labelled, "strict", resamples=FEW)
    assert scores.precision.value == pytest.approx(mistakes.precision, abs=0.001)
    assert scores.recall.value == pytest.approx(mistakes.recall, abs=0.001)


@pytest.mark.parametrize("f1", [0.95, 0.7, 0.5, 0.3])
def test_an_f1_is_met_within_a_point(f1):
    labelled = corrupt(GOLD, mistakes_for_f1(f1), seed=3)
    assert score_relations(GOLD, labelled, "strict", resamples=FEW).f1.value == pytest.approx(f1, abs=0.01)


@given(st.floats(0.01, 1), st.floats(0.01, 1), st.floats(0, 1), st.floats(0, 1))
def test_mistakes_are_found_for_any_precision_and_recall(precision, recall, damaged, swapped):
    mistakes = mistakes_for(precision, recall, damaged=damaged, swapped=swapped)
    assert (mistakes.precision, mistakes.recall) == pytest.approx((precision, recall))


def test_mistakes_worked_by_hand():
    # Of 100 relations 20 are missed and 20 wrong ones named: 10 are both at once, 2 of them swapped.
    mistakes = mistakes_for_f1(0.8)
    assert (mistakes.drop, mistakes.shift, mistakes.swap, mistakes.spurious) == pytest.approx((0.1, 0.08, 0.02, 0.1))
    assert mistakes_for(1, 0.4) == Mistakes(drop=0.6, shift=0, swap=0, spurious=0)


def pairs(examples: pl.DataFrame) -> list[set[Relation]]:
    return [set(relation_pairs(cell)) for cell in examples["relations"].to_list()]


def test_dropped_relations_leave_their_drugs():
    labelled = corrupt(GOLD, Mistakes(0.5, 0, 0, 0))
    assert labelled["drugs"].equals(GOLD["drugs"])
    assert all(labels <= right for right, labels in zip(pairs(GOLD), pairs(labelled), strict=True))


def test_shifted_relations_differ_by_one_boundary_and_overlap_what_they_were():
    labelled = corrupt(GOLD, Mistakes(0, 0.5, 0, 0))
    assert score_relations(GOLD, labelled, "lenient", resamples=FEW).f1.value == 1
    for right, labels in zip(pairs(GOLD), pairs(labelled), strict=True):
        for relation in labels - right:
            assert min(np.not_equal(relation, list(right)).sum(axis=(1, 2))) == 1


def test_swapped_relations_keep_drugs_and_events():
    labelled = corrupt(GOLD, Mistakes(0, 0, 0.2, 0))
    assert labelled["drugs"].equals(GOLD["drugs"])
    for right, labels in zip(pairs(GOLD), pairs(labelled), strict=True):
        assert {relation.event for relation in labels} <= {relation.event for relation in right}
    assert score_entities(GOLD, labelled, resamples=FEW).by_label["drug"].f1.value == 1


def test_where_no_drug_is_left_to_swap_to_boundaries_are_shifted():
    single = GOLD.filter(pl.col("drugs").list.len() < 2)
    labelled = corrupt(single, Mistakes(0, 0, 0.4, 0))
    strict, lenient = (score_relations(single, labelled, name, resamples=FEW) for name in ("strict", "lenient"))
    assert (strict.recall.value, lenient.recall.value) == (pytest.approx(0.6, abs=0.001), 1)


def test_the_same_seed_makes_the_same_mistakes_whatever_the_order():
    mistakes = mistakes_for_f1(0.7)
    first = corrupt(GOLD, mistakes, seed=1)
    assert corrupt(GOLD.reverse(), mistakes, seed=1).reverse().equals(first)
    assert not corrupt(GOLD, mistakes, seed=2).equals(first)
    assert first.drop("drugs", "relations").equals(GOLD.drop("drugs", "relations"))


def test_no_mistakes_change_nothing():
    assert corrupt(GOLD, mistakes_for_f1(1)).equals(GOLD)
    assert corrupt(GOLD.clear(), mistakes_for_f1(0.5)).is_empty()


@pytest.mark.parametrize("shares", [(-0.1, 0, 0, 0), (0.5, 0.4, 0.2, 0), (0, 0, 0, -1)])
def test_impossible_shares_are_told(shares):
    with pytest.raises(ValueError, match="expected shares of 0 or more, drop, shift and swap together at most 1"):
        Mistakes(*shares)


def test_impossible_scores_are_told():
    for wanted in ((0, 0.5), (0.5, 0), (1.1, 0.5)):
        with pytest.raises(ValueError, match=r"expected precision and recall in \(0, 1\]"):
            mistakes_for(*wanted)
    with pytest.raises(ValueError, match="found no room for "):
        corrupt(GOLD.head(3), Mistakes(0, 0, 0, 1_000))


@pytest.mark.skipif(not SHARED.exists(), reason="the real files are not beside this checkout")
@pytest.mark.parametrize(("precision", "recall"), [(0.7, 0.7), (0.9, 0.6), (0.5, 0.8)])
def test_precision_and_recall_are_met_on_the_real_corpus(precision, recall):
    gold = read_ade_corpus(SHARED).examples
    labelled = corrupt(gold, mistakes_for(precision, recall), seed=5)
    check_examples(labelled, ADE_SCHEMA)
    scores = score_relations(gold, labelled, "strict", resamples=FEW)
    assert (scores.precision.value, scores.recall.value) == pytest.approx((precision, recall), abs=0.001)
