from collections import Counter

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from tasks.kinds import Kind
from tasks.questions.kind_draw import KindDraw, KindShares

SHARES = TypeAdapter(KindShares)
HALVES = {Kind.YES_NO: 1.0, Kind.LIST: 1.0}


def test_kinds_come_in_proportion():
    drawn = Counter(KindDraw({Kind.YES_NO: 7.0, Kind.FACTOID: 3.0}, 0).of(pmid) for pmid in range(20_000))
    assert drawn.keys() == {Kind.YES_NO, Kind.FACTOID}
    assert drawn[Kind.FACTOID] == pytest.approx(6_000, abs=260)  # four standard deviations of 65


def test_one_kind_is_every_articles():
    assert {KindDraw({Kind.YES_NO: 0.0, Kind.EXPLANATION: 0.2}, 0).of(pmid) for pmid in range(50)} == {Kind.EXPLANATION}


def test_the_seed_and_nothing_else_draws_other_articles():
    draws = [[KindDraw(HALVES, seed).of(pmid) for pmid in range(200)] for seed in (0, 0, 1)]
    assert draws[0] == draws[1] != draws[2]
    twice = KindDraw({kind: 2 * share for kind, share in HALVES.items()}, 0)
    assert [twice.of(pmid) for pmid in range(200)] == draws[0]
    assert twice.cache_identity == KindDraw(HALVES, 0).cache_identity != KindDraw(HALVES, 1).cache_identity


def test_a_changed_share_moves_as_many_articles_as_it_has_to():
    before, after = (KindDraw({Kind.YES_NO: 1 - share, Kind.LIST: share}, 0) for share in (0.2, 0.3))
    moved = Counter((before.of(pmid), after.of(pmid)) for pmid in range(10_000))
    assert moved[Kind.LIST, Kind.YES_NO] == 0
    assert moved[Kind.YES_NO, Kind.LIST] == pytest.approx(1_000, abs=120)


@given(st.integers(0, 99_999_999), st.integers(), st.lists(st.floats(0, 1e6), min_size=4, max_size=4).filter(any))
def test_an_article_has_one_kind_and_never_one_without_a_share(pmid, seed, shares):
    draw = KindDraw(dict(zip(Kind, shares, strict=True)), seed)
    assert draw.shares[draw.of(pmid)] > 0


def test_articles_are_divided_among_the_kinds():
    articles, draw = pl.DataFrame({"pmid": range(40), "title": ["T"] * 40}), KindDraw(HALVES, 0)
    parts = [draw.articles(articles, kind) for kind in Kind]
    assert sorted(pl.concat(parts)["pmid"].to_list()) == list(range(40))
    assert [len(part) > 0 for part in parts] == [True, False, True, False]
    assert draw.articles(articles.head(0), Kind.LIST).is_empty()


@pytest.mark.parametrize(
    ("shares", "problem"),
    [
        ({}, "no kind has a share"),
        ({"list": 0}, "no kind has a share"),
        ({"list": -1}, "greater than or equal to 0"),
        ({"list": float("nan")}, "finite"),
        ({"list": float("inf")}, "finite"),
        ({"open": 1}, "Input should be 'yes/no', 'factoid', 'list' or 'explanation'"),
    ],
)
def test_shares_that_are_none_are_refused(shares, problem):
    with pytest.raises(ValidationError, match=problem):
        SHARES.validate_python(shares)


def test_a_form_has_a_field_for_each_kind():
    schema = SHARES.json_schema()
    assert list(schema["properties"]) == ["yes/no", "factoid", "list", "explanation"]
    assert schema["additionalProperties"] is False
