import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mesh import sampler
from mesh.branch import find_branch
from mesh.placement import Placement
from mesh.sampler import sample_branch


def make_articles(headings_of: list[list[tuple[str, bool]]], first: int = 100) -> pl.DataFrame:
    rows = [
        {"pmid": first + place, "headings": [{"ui": ui, "major": major} for ui, major in headings], "title": str(place)}
        for place, headings in enumerate(headings_of)
    ]
    headings = pl.List(pl.Struct({"ui": pl.String, "major": pl.Boolean}))
    return pl.DataFrame(rows, schema={"pmid": pl.Int64, "headings": headings, "title": pl.String})


def test_an_article_stands_at_its_major_then_deepest_heading(toy):
    articles = make_articles([[("D3", False), ("D6", True)], [("D1", False), ("D3", False)], [("D5", True)], []])
    placed = Placement(toy, find_branch(toy, "A01"), seed=0).place(articles)
    assert placed.select("pmid", "position", "title").rows() == [(100, "A01.200", "0"), (101, "A01.100.100", "1")]


def test_a_descriptor_with_two_positions_is_counted_once(toy):
    branch = find_branch(toy, "Graft")  # A01.100.100 and B01.200
    placed = Placement(toy, branch, seed=0).place(make_articles([[("D3", True)]] * 200))
    # Of the two positions A01.100.100 is deeper; B01.200.300, Patch, deeper still by its own right.
    assert placed["position"].unique().to_list() == ["A01.100.100"]
    assert placed["pmid"].is_unique().all()


def test_hashes_are_the_same_on_any_machine(toy):
    # Worked out with Python's integers: blake2b of "7" and SplitMix64's finaliser.
    placed = Placement(toy, find_branch(toy, "A01"), seed=7).place(make_articles([[("D6", True)]], first=12345678))
    assert placed["draw"].to_list() == [7805437087107018320]


def test_the_budget_spreads_over_positions(toy):
    # 90 articles on skin and 10 on organs: weights (n ** 0.6) ** 0.6 are 5.1 and 2.3, shares of 8 are 5.5 and 2.5.
    articles = make_articles([[("D6", True)]] * 90 + [[("D2", True)]] * 10)
    sample = sample_branch([articles], toy, find_branch(toy, "A01"), 8, seed=1)
    assert sample.drawn["stratum"].value_counts().sort("stratum").rows() == [("D2", 2), ("D6", 6)]
    assert sample.drawn.filter(pl.col("stratum") == "D2")["weight"].to_list() == [5.0, 5.0]
    assert sample.population == {"A01.200": 90, "A01.100": 10}
    assert sample.shortage == 0


@pytest.fixture(scope="module")
def pool():
    return make_articles([[(f"D{1 + place * 7 % 6}", place % 3 == 0)] for place in range(200)])


@settings(max_examples=40, deadline=None)
@given(budget=st.integers(1, 260), seed=st.integers(0, 5), temperature=st.floats(0, 1))
def test_the_budget_is_met_exactly_and_a_larger_one_keeps_the_smaller(toy, pool, budget, seed, temperature):
    branch = find_branch(toy, "A01")
    sample = sample_branch([pool], toy, branch, budget, seed, temperature)
    there = sum(sample.population.values())
    assert len(sample.drawn) == min(budget, there)
    assert sample.shortage == max(0, budget - there)
    assert sample.drawn["pmid"].is_unique().all()
    larger = sample_branch([pool], toy, branch, budget + 7, seed, temperature)
    assert set(sample.drawn["pmid"]) <= set(larger.drawn["pmid"])
    slices = [pool.reverse()[start : start + 30] for start in range(0, 200, 30)]
    assert sample.drawn.equals(sample_branch(slices, toy, branch, budget, seed, temperature).drawn)


def test_what_can_not_be_drawn_any_more_is_let_go_of(toy, pool, monkeypatch):
    branch = find_branch(toy, "A01")
    whole = sample_branch([pool], toy, branch, 12, seed=3)
    monkeypatch.setattr(sampler, "KEPT_ROWS", 20)
    slices = [pool[start : start + 10] for start in range(0, 200, 10)]
    assert sample_branch(slices, toy, branch, 12, seed=3).drawn.equals(whole.drawn)


def test_seeds_draw_different_articles(toy, pool):
    branch = find_branch(toy, "A01")
    first, second = (set(sample_branch([pool], toy, branch, 20, seed).drawn["pmid"]) for seed in (0, 1))
    assert first != second


def test_articles_that_are_added_displace_few(toy, pool):
    branch = find_branch(toy, "A01")
    before = set(sample_branch([pool], toy, branch, 60, seed=2).drawn["pmid"])
    added = make_articles([[(f"D{1 + place % 6}", False)] for place in range(10)], first=5_000)
    after = set(sample_branch([pool, added], toy, branch, 60, seed=2).drawn["pmid"])
    assert len(before - after) <= 6


def test_no_articles(toy):
    sample = sample_branch([], toy, find_branch(toy, "A01"), 5, seed=0)
    assert (len(sample.drawn), sample.shortage) == (0, 5)
