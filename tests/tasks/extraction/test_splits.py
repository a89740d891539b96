import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.errors import DistilleryError
from tasks.extraction.splits import divide, fold_of, with_fold

PMIDS = st.lists(st.integers(1, 500), max_size=60)


def examples(pmids: list[int]) -> pl.DataFrame:
    return pl.DataFrame(
        {"pmid": pmids, "group": [f"pmid {pmid}" for pmid in pmids]}, schema_overrides={"pmid": pl.Int64}
    )


@given(PMIDS, PMIDS, st.integers(2, 12))
def test_an_article_is_in_one_fold_whatever_else_is_there(pmids, others, folds):
    split = with_fold(examples(pmids), folds)
    assert split["pmid"].to_list() == pmids
    assert split["fold"].is_between(0, folds - 1).all()
    again = with_fold(examples(others + pmids), folds)
    assert again.group_by("pmid").agg(pl.col("fold").n_unique()).filter(pl.col("fold") > 1).is_empty()
    assert again["fold"].to_list()[len(others) :] == split["fold"].to_list()


def test_folds_are_of_like_size():
    sizes = with_fold(examples(list(range(10_000))), 10)["fold"].value_counts()["count"]
    assert (len(sizes), sizes.sum()) == (10, 10_000)
    assert 900 < sizes.min() <= sizes.max() < 1_100


def test_folds_never_change():
    assert [fold_of(f"pmid {pmid}", 10) for pmid in range(1, 9)] == [1, 3, 7, 0, 0, 1, 5, 7]


def test_what_is_left_of_folds_divides_as_everything_does():
    rest = with_fold(examples(list(range(10_000))), 5).filter(pl.col("fold") > 0)
    train, held_out = divide(rest, 0.1)
    assert 700 < len(held_out) < 900
    assert len(train) + len(held_out) == len(rest)
    assert sorted(held_out["fold"].unique()) == [1, 2, 3, 4]


def test_a_group_is_on_one_side():
    train, held_out = divide(examples([*range(200), *range(200)]), 0.3)
    assert train.join(held_out, on="group", how="semi").is_empty()


def test_one_group_at_least_is_on_either_side():
    two = examples([1, 1, 2])
    for share in (0.001, 0.999):
        train, held_out = divide(two, share)
        assert {train["group"].n_unique(), held_out["group"].n_unique()} == {1}
    with pytest.raises(DistilleryError, match="the 3 sentences are of 1 articles; expected at least 2"):
        divide(examples([7, 7, 7]), 0.1)


def test_what_is_held_out_for_one_purpose_says_nothing_of_another():
    many = examples(list(range(1_000)))
    sides = [set(divide(many, 0.3, purpose)[1]["group"]) for purpose in ("held out", "judged")]
    assert 50 < len(sides[0] & sides[1]) < 130  # 90 are expected


@pytest.mark.parametrize("folds", [1, 0, -3])
def test_there_are_two_folds_at_least(folds):
    with pytest.raises(ValueError, match=f"expected at least 2 folds, found {folds}"):
        with_fold(examples([1]), folds)
