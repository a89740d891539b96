import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mesh.branch import find_branch
from mesh.sampler import assign_positions, branch_pmids, sample_branch


def make_articles(headings_of: list[list[tuple[str, bool]]]) -> pl.DataFrame:
    rows = [
        {"pmid": 100 + place, "headings": [{"ui": ui, "major": major} for ui, major in headings]}
        for place, headings in enumerate(headings_of)
    ]
    return pl.DataFrame(
        rows, schema={"pmid": pl.Int64, "headings": pl.List(pl.Struct({"ui": pl.String, "major": pl.Boolean}))}
    )


def test_an_article_stands_at_its_major_then_deepest_heading(toy):
    branch = find_branch(toy, "A01")
    articles = make_articles([[("D3", False), ("D6", True)], [("D1", False), ("D3", False)], [("D5", True)]])
    assert assign_positions(articles, toy, branch, seed=0) == {"A01.200": [100], "A01.100.100": [101]}
    assert branch_pmids(articles, toy, branch).to_list() == [100, 101]


def test_the_budget_spreads_over_positions(toy):
    # 90 articles on skin and 10 on organs: shares by square root are 9.5 to 3.2.
    articles = make_articles([[("D6", True)]] * 90 + [[("D2", True)]] * 10)
    drawn = sample_branch(articles, toy, find_branch(toy, "A01"), 8, seed=1)
    assert drawn["stratum"].value_counts().sort("stratum").rows() == [("D2", 2), ("D6", 6)]
    assert drawn.filter(pl.col("stratum") == "D2")["weight"].to_list() == [5.0, 5.0]


@pytest.fixture(scope="module")
def pool():
    return make_articles([[(f"D{1 + place * 7 % 6}", place % 3 == 0)] for place in range(200)])


@settings(max_examples=40, deadline=None)
@given(budget=st.integers(1, 260), seed=st.integers(0, 5), temperature=st.floats(0, 1))
def test_the_budget_is_met_exactly_and_a_larger_one_keeps_the_smaller(toy, pool, budget, seed, temperature):
    branch = find_branch(toy, "A01")
    drawn = sample_branch(pool, toy, branch, budget, seed, temperature)
    there = len(branch_pmids(pool, toy, branch))
    assert len(drawn) == min(budget, there)
    assert drawn["pmid"].is_unique().all()
    larger = sample_branch(pool, toy, branch, budget + 7, seed, temperature)
    assert set(drawn["pmid"]) <= set(larger["pmid"])
    assert drawn.equals(sample_branch(pool.reverse(), toy, branch, budget, seed, temperature))


def test_seeds_draw_different_articles(toy, pool):
    branch = find_branch(toy, "A01")
    first, second = (set(sample_branch(pool, toy, branch, 20, seed)["pmid"]) for seed in (0, 1))
    assert first != second
