import numpy as np
import polars as pl
import pytest

from mesh.check_tags import CHECK_TAGS
from mesh.document_frequency import corpus_information_content
from mesh.similarity import Similarity
from tasks.preference.score import Measure, Scoring, score_questions, wanted_scores
from tasks.vocabulary.vocabulary import Vocabulary, find_vocabulary

HEADINGS = pl.List(pl.Struct({"ui": pl.String, "major": pl.Boolean}))
CANDIDATES = pl.DataFrame({"question_id": ["a1", "b1", "a2", "b2", "a3"], "pmid": [1, 1, 2, 2, 3]})


def articles(headings: dict[int, list[str]], major: tuple[str, ...] = ()) -> pl.DataFrame:
    structs = [[{"ui": ui, "major": ui in major} for ui in uis] for uis in headings.values()]
    return pl.DataFrame({"pmid": list(headings), "headings": structs}, schema_overrides={"headings": HEADINGS})


def score(hierarchy, scoring: Scoring, contexts: dict[str, list[int]], collection: pl.DataFrame):
    asked = pl.DataFrame({"question_id": list(contexts), "pmids": list(contexts.values())})
    wanted = wanted_scores(asked, CANDIDATES.with_columns(pmid=pl.lit(1)), scoring, "collection")
    return score_questions(wanted, scoring, hierarchy, collection)


def test_scores_are_the_mean_over_contexts(toy):
    # D3 is a leaf in two places; D6 and D2 share Body with each other only.
    collection = articles({1: ["D6"], 2: ["D6"], 3: ["D5"], 4: ["D2"]})
    outcome = score(toy, Scoring(measure=Measure.LIN_BMA), {"a1": [2, 3]}, collection)
    assert outcome.rows.select("question_id", "measure", "score").rows() == [("a1", "lin-bma", pytest.approx(0.5))]


def test_scores_are_those_of_the_pair_at_a_time(hierarchy):
    uis = hierarchy.descriptors["ui"].to_list()
    headings = {pmid: uis[pmid * 97 : pmid * 97 + 5 * (1 + pmid % 3) : 3] for pmid in range(1, 40)}
    collection = articles(headings, major=tuple(uis[::5]))
    contexts = {"a1": [2, 3, 9], "b1": [4], "a2": [30, 31]}
    content = corpus_information_content(hierarchy, pl.Series(headings.values()))
    compare = Similarity(hierarchy, content)
    kept = {pmid: [ui for ui in own if ui not in CHECK_TAGS] for pmid, own in headings.items()}
    weights = {pmid: {ui: 3.0 if ui in uis[::5] else 1.0 for ui in own} for pmid, own in kept.items()}
    for measure, single in ((Measure.LIN_BMA, compare.best_match_average), (Measure.SIMGIC, compare.simgic)):
        found = score(hierarchy, Scoring(measure=measure, major_weight=3.0), contexts, collection).rows
        for question, value in found.select("question_id", "score").iter_rows():
            values = [single(kept[1], kept[pmid], (weights[1], weights[pmid])) for pmid in contexts[question]]
            assert value == pytest.approx(sum(values) / len(values), abs=1e-9)


@pytest.mark.parametrize("measure", Measure)
def test_a_score_does_not_depend_on_what_is_scored_beside_it(hierarchy, measure):
    dice = np.random.default_rng(0)
    uis = hierarchy.descriptors["ui"].to_list()
    collection = articles({pmid: [uis[place] for place in dice.integers(0, len(uis), 8)] for pmid in range(1, 300)})
    asked = pl.DataFrame(
        {
            "row_key": [f"{place:03}" for place in range(300)],
            "question_id": [f"{place:03}" for place in range(300)],
            "source": dice.integers(1, 300, 300),
            "pmids": dice.integers(1, 300, (300, 4)).tolist(),
        }
    )
    scoring = Scoring(measure=measure)
    whole = score_questions(asked, scoring, hierarchy, collection).rows
    parts = [score_questions(part, scoring, hierarchy, collection).rows for part in asked.iter_slices(37)]
    assert whole.sort("question_id").equals(pl.concat(parts).sort("question_id"))


def test_check_tags_do_not_count(hierarchy):
    breast, lung, humans = "D001943", "D008175", "D006801"
    collection = articles({1: [breast, humans], 2: [lung, humans], 3: [humans], 4: [breast]})
    outcome = score(hierarchy, Scoring(measure=Measure.SIMGIC), {"a1": [2, 3], "a2": [3]}, collection)
    assert outcome.rows["question_id"].to_list() == ["a1"]  # a context without any other heading is passed over
    assert outcome.rows["score"][0] < 0.9
    assert outcome.refused.select("key", "reason").rows() == [("PMID 1", "no headings to compare beside check tags")]


def test_all_measures_score_what_is_identical_highest(hierarchy):
    collection = articles({1: ["D001943", "D000970"], 2: ["D001943", "D000970"], 3: ["D008175"], 4: ["D013601"]})
    for measure in Measure:
        rows = score(hierarchy, Scoring(measure=measure), {"a1": [2], "b1": [4]}, collection).rows
        scores = dict(rows.select("question_id", "score").iter_rows())
        assert scores["a1"] > scores["b1"], measure


@pytest.mark.parametrize("measure", Measure)
def test_headings_of_another_year_are_told_and_do_not_count(hierarchy, measure, caplog):
    known = {1: ["D001943"], 2: ["D008175"], 3: ["D001943", "D000970"]}
    mixed = {1: ["D001943", "D999999"], 2: ["D999998", "D008175"], 3: ["D001943", "D000970"]}
    plain, with_unknown = (
        score(hierarchy, Scoring(measure=measure), {"a1": [2, 3]}, articles(headings)).rows["score"][0]
        for headings in (known, mixed)
    )
    assert plain == pytest.approx(with_unknown)
    assert "headings that MeSH 2024 does not know and that do not count: 2" in caplog.text


def test_a_score_depends_on_contexts_and_collection():
    def key(pmids: list[int], collection: str) -> str:
        contexts = pl.DataFrame({"question_id": ["a1"], "pmids": [pmids]})
        return wanted_scores(contexts, CANDIDATES, Scoring(measure=Measure.SIMGIC), collection)["row_key"][0]

    assert len({key([1, 2], "x"), key([1, 3], "x"), key([1, 2], "y"), key([1, 2], "x")}) == 3


def test_what_can_change_a_score_is_in_its_recipe():
    plain = Scoring(measure=Measure.SIMGIC)
    heavy, other_year = (plain.model_copy(update=change) for change in
                         ({"major_weight": 2.0}, {"vocabulary": Vocabulary(year=2026, md5="x")}))  # fmt: skip
    assert len({scoring.recipe.digest for scoring in (plain, heavy, other_year, Scoring(measure=Measure.LIN_BMA))}) == 4
    released = Scoring(measure=Measure.RELEASED)
    assert released.recipe == released.model_copy(update={"major_weight": 2.0}).recipe


def test_a_question_without_contexts_goes_to_quarantine(hierarchy):
    schema = {"row_key": pl.String, "question_id": pl.String, "source": pl.Int64, "pmids": pl.List(pl.Int64)}
    alone = pl.DataFrame([("key", "q1", 1, [])], schema=schema, orient="row")
    articles = pl.DataFrame({"pmid": [1], "headings": [[{"ui": "D001943", "name": "Breast Neoplasms", "major": True}]]})
    scoring = Scoring(measure=Measure.SIMGIC, major_weight=2.0, vocabulary=find_vocabulary(None))
    outcome = score_questions(alone, scoring, hierarchy, articles)
    assert outcome.rows.is_empty()
    assert outcome.refused.rows() == [("key", "PMID 1", "no headings to compare beside check tags")]
