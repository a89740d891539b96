import polars as pl
import pytest

from tasks.preference.prefer import PreferenceRule, prefer, wanted_preferences
from tasks.preference.score import Measure, headings_by_pmid, score_questions, wanted_scores

CANDIDATES = pl.DataFrame(
    {
        "question_id": ["a1", "b1", "a2", "b2", "a3"],
        "pmid": [1, 1, 2, 2, 3],
        "generator": ["a", "b", "a", "b", "a"],
        "question": ["Good one?", "Bad one?", "Same?", "same?", "Only one?"],
    }
)
SCORES = pl.DataFrame({"question_id": ["a1", "b1", "a2", "b2", "a3"], "score": [0.7, 0.4, 0.9, 0.1, 0.5]})


def preferences(rule: PreferenceRule) -> dict[int, dict]:
    rows = prefer(wanted_preferences(CANDIDATES, SCORES, rule), rule).rows
    return {row["pmid"]: row for row in rows.iter_rows(named=True)}


def test_the_higher_score_is_chosen_and_the_margin_makes_the_pair():
    rows = preferences(PreferenceRule(margin=0.29))
    assert (rows[1]["chosen"], rows[1]["rejected"], rows[1]["is_pair"]) == ("Good one?", "Bad one?", True)
    assert rows[1]["margin"] == pytest.approx(0.3)
    assert not preferences(PreferenceRule(margin=0.31))[1]["is_pair"]


def test_the_same_question_twice_is_no_pair():
    assert not preferences(PreferenceRule(margin=0.0))[2]["is_pair"]


def test_an_article_with_one_candidate_still_has_a_best_question():
    row = preferences(PreferenceRule())[3]
    assert (row["chosen"], row["rejected"], row["is_pair"]) == ("Only one?", None, False)


def test_scores_are_the_mean_over_contexts_without_check_tags(toy):
    # D3 is a leaf in two places; D6 and D2 share Body with each other only.
    headings = {1: ["D6"], 2: ["D6"], 3: ["D5"], 4: ["D2"]}
    contexts = pl.DataFrame({"question_id": ["a1"], "pmids": [[2, 3]]})
    wanted = wanted_scores(contexts, CANDIDATES, Measure.LIN_BMA, "collection")
    [score] = score_questions(wanted, Measure.LIN_BMA, toy, headings).rows["score"]
    assert score == pytest.approx((1 + 0) / 2)


def test_check_tags_do_not_count(hierarchy):
    breast, lung, humans = "D001943", "D008175", "D006801"
    headings = {1: [breast, humans], 2: [lung, humans], 3: [humans], 4: [breast]}
    contexts = pl.DataFrame({"question_id": ["a1", "a2"], "pmids": [[2], [3]]})
    wanted = wanted_scores(contexts, CANDIDATES.with_columns(pmid=pl.lit(1)), Measure.SIMGIC, "collection")
    outcome = score_questions(wanted, Measure.SIMGIC, hierarchy, headings)
    assert outcome.rows["question_id"].to_list() == ["a1"]
    assert outcome.rows["score"][0] < 0.9
    assert outcome.refused["reason"].to_list() == ["no headings to compare beside check tags"]


def test_all_measures_score_what_is_identical_highest(hierarchy):
    headings = {1: ["D001943", "D000970"], 2: ["D001943", "D000970"], 3: ["D008175"], 4: ["D013601"]}
    contexts = pl.DataFrame({"question_id": ["a1", "b1"], "pmids": [[2], [4]]})
    for measure in Measure:
        wanted = wanted_scores(contexts, CANDIDATES, measure, "collection")
        rows = score_questions(wanted, measure, hierarchy, headings).rows
        scores = dict(rows.select("question_id", "score").iter_rows())
        assert scores["a1"] > scores["b1"], measure


def test_unknown_headings_are_left_out(hierarchy):
    articles = pl.DataFrame({"pmid": [1], "headings": [[{"ui": "D001943"}, {"ui": "D99"}, {"ui": "D001943"}]]})
    assert headings_by_pmid(articles, hierarchy) == {1: ["D001943"]}


def test_a_score_depends_on_contexts_and_collection():
    def key(pmids: list[int], collection: str) -> str:
        contexts = pl.DataFrame({"question_id": ["a1"], "pmids": [pmids]})
        return wanted_scores(contexts, CANDIDATES, Measure.SIMGIC, collection)["row_key"][0]

    assert len({key([1, 2], "x"), key([1, 3], "x"), key([1, 2], "y"), key([1, 2], "x")}) == 3
