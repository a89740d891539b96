import polars as pl
import pytest

from tasks.tuning.split import place_of, split_by_pmid


def rows(pmids) -> pl.DataFrame:
    return pl.DataFrame({"pmid": pmids, "content": [f"{place:05}" for place in range(len(pmids))]})


def test_no_article_is_on_both_sides_and_none_is_lost():
    whole = rows([pmid for pmid in range(1000) for _ in range(3)])
    split = split_by_pmid(whole, 0.2)
    assert not set(split.train["pmid"]) & set(split.held_out["pmid"])
    assert pl.concat([split.train, split.held_out]).sort("content").equals(whole)
    assert len(split.held_out) / len(whole) == pytest.approx(0.2, abs=0.04)


def test_an_article_stays_where_it_is_when_others_come():
    few, many = split_by_pmid(rows(range(100)), 0.3), split_by_pmid(rows(range(1000)), 0.3)
    assert set(few.held_out["pmid"]) == {pmid for pmid in many.held_out["pmid"] if pmid < 100}
    smaller = split_by_pmid(rows(range(1000)), 0.1)
    assert set(smaller.held_out["pmid"]) < set(many.held_out["pmid"])


def test_places_stay_what_they_are():
    # Taken with `printf 'held-out 1' | b2sum -l 64`: a place that changes mixes the sides of old runs.
    assert place_of(1) == 0x508D5F0E644C236F / 2**64
    assert 0 <= min(map(place_of, range(1000))) < max(map(place_of, range(1000))) < 1


def test_nothing_held_out():
    split = split_by_pmid(rows(range(10)), 0.0)
    assert (len(split.train), len(split.held_out)) == (10, 0)


def test_fingerprints_are_those_of_the_content_in_any_order():
    whole = rows(range(50))
    assert split_by_pmid(whole, 0.3).fingerprints == split_by_pmid(whole.reverse(), 0.3).fingerprints
    train, held_out = split_by_pmid(whole, 0.3).fingerprints
    other_train, other_held_out = split_by_pmid(whole.head(49), 0.3).fingerprints
    assert (train != other_train) != (held_out != other_held_out)
