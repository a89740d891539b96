from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from tasks.extraction.examples import Relation, Span
from tasks.extraction.matching import lenient_matches, strict_matches

SPAN = st.tuples(st.integers(0, 6), st.integers(1, 4)).map(lambda drawn: Span(drawn[0], sum(drawn)))
RELATIONS = st.frozensets(st.builds(Relation, SPAN, SPAN), max_size=5)
DRUG = Span(0, 5)


def events(*spans: tuple[int, int]) -> set[Relation]:
    return {Relation(DRUG, Span(*span)) for span in spans}


def test_the_first_match_met_may_not_take_what_another_needs():
    # 10-30 overlaps both gold events, 10-14 the first alone: two matches, whichever is met first.
    assert lenient_matches(events((10, 15), (20, 25)), events((10, 30), (10, 14))) == 2
    assert strict_matches(events((10, 15), (20, 25)), events((10, 30), (10, 14))) == 0


def test_each_relation_is_matched_once():
    assert lenient_matches(events((10, 30)), events((10, 14), (15, 20), (21, 30))) == 1
    assert lenient_matches(events((10, 14), (15, 20), (21, 30)), events((10, 30))) == 1


def test_both_the_drugs_and_the_events_must_overlap():
    gold = {Relation(Span(0, 5), Span(10, 15))}
    assert lenient_matches(gold, {Relation(Span(4, 6), Span(14, 20))}) == 1
    assert lenient_matches(gold, {Relation(Span(5, 6), Span(10, 15))}) == 0
    assert lenient_matches(gold, {Relation(Span(0, 5), Span(15, 16))}) == 0
    assert lenient_matches(gold, {Relation(Span(10, 15), Span(0, 5))}) == 0


def test_there_may_be_nothing_to_match():
    assert lenient_matches(set(), set()) == lenient_matches(events((1, 2)), set()) == 0


@given(RELATIONS, RELATIONS)
def test_as_trying_every_assignment(gold, predicted):
    few, many = sorted([list(gold), list(predicted)], key=len)
    assignments = permutations(many, len(few))
    overlapping = (
        sum(a.drug.overlaps(b.drug) and a.event.overlaps(b.event) for a, b in zip(few, chosen, strict=True))
        for chosen in assignments
    )
    assert lenient_matches(gold, predicted) == max(overlapping)
    assert strict_matches(gold, predicted) <= lenient_matches(gold, predicted)
