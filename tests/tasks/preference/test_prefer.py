from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tasks.kinds import Kind
from tasks.preference.pairs import Candidate, best_pairs, is_preferred, lost_by_refusal
from tasks.preference.prefer import prefer, wanted_preferences
from tasks.preference.rule import REMOVED, PreferenceRule
from tasks.preference.score import Measure
from tasks.store.outcome import Outcome

RAW = {"spread": 1.0, "margin": 0.0}
"""Settings that take scores as they are."""
CANDIDATES = pl.DataFrame(
    {
        "question_id": ["a1", "b1", "a2", "b2", "a3"],
        "pmid": [1, 1, 2, 2, 3],
        "kind": ["yes/no"] * 5,
        "generator": ["a", "b", "a", "b", "a"],
        "question": ["Good one?", "Bad one?", "Same?", "same?", "Only one?"],
        "copied": [0.0] * 5,
    }
)
REFUSED = pl.DataFrame(
    {"question_id": ["z3", "c3"], "pmid": [3, 3], "kind": ["yes/no"] * 2, "question": ["Is it so", "Only one"]}
)
SCORES = pl.DataFrame({"question_id": ["a1", "b1", "a2", "b2", "a3"], "score": [0.7, 0.4, 0.9, 0.1, 0.5]})
# Of a1, b1, a2 and b2, which have a rival: their mean is 0.525, the root of (0.0306 + 0.0156 + 0.1406 + 0.1806) / 4.
SPREAD = 0.30


def wanted(rule: PreferenceRule, candidates: pl.DataFrame = CANDIDATES, scores: pl.DataFrame = SCORES) -> pl.DataFrame:
    asked = pl.concat([candidates.select("question_id", "pmid", "kind", "question"), REFUSED])
    return wanted_preferences(asked, candidates, scores, rule)


def outcome(rule: PreferenceRule, candidates: pl.DataFrame = CANDIDATES, scores: pl.DataFrame = SCORES) -> Outcome:
    return prefer(wanted(rule, candidates, scores), rule)


def preferences(rule: PreferenceRule, candidates: pl.DataFrame = CANDIDATES) -> dict[int, dict]:
    return {row["pmid"]: row for row in outcome(rule, candidates).rows.iter_rows(named=True)}


def copying(**copied: float) -> pl.DataFrame:
    return CANDIDATES.with_columns(copied=pl.col("question_id").replace_strict(copied, default=0.0))


def paired(row: dict) -> list[tuple[str, str]]:
    return [(pair["chosen"], pair["rejected"]) for pair in row["pairs"]]


def test_the_higher_score_is_chosen_and_the_margin_makes_the_pair():
    rows = preferences(PreferenceRule(margin=0.99))
    assert (rows[1]["chosen"], rows[1]["rejected"]) == ("Good one?", "Bad one?")
    assert paired(rows[1]) == [("Good one?", "Bad one?")]
    assert rows[1]["margin"] == rows[1]["pairs"][0]["margin"] == pytest.approx(0.3 / SPREAD)
    assert not preferences(PreferenceRule(margin=1.01))[1]["pairs"]


def test_scores_stay_in_the_units_of_the_measure():
    row = preferences(PreferenceRule())[1]
    assert (row["chosen_score"], row["rejected_score"]) == (0.7, 0.4)


@pytest.mark.parametrize(("factor", "shift"), [(0.1, 0.0), (0.1, 0.5), (1.0, -0.1)])
def test_pairs_do_not_depend_on_the_scale_of_a_measure(factor, shift):
    scaled = SCORES.with_columns(score=pl.col("score") * factor + shift)
    plain, other = (outcome(PreferenceRule(margin=1.5), scores=scores).rows.sort("pmid") for scores in (SCORES, scaled))
    assert plain["chosen_id"].to_list() == other["chosen_id"].to_list()
    assert [paired(row) for row in plain.filter(pl.col("pmid") < 3).iter_rows(named=True)] == [
        paired(row) for row in other.filter(pl.col("pmid") < 3).iter_rows(named=True)
    ]
    assert plain["margin"].to_list() == [pytest.approx(margin) for margin in other["margin"]]


def test_the_same_question_twice_is_no_pair():
    assert not preferences(PreferenceRule(margin=0.0))[2]["pairs"]


def test_an_article_with_one_candidate_still_has_a_best_question():
    row = preferences(PreferenceRule())[3]
    assert (row["chosen"], row["rejected"], row["margin"]) == ("Only one?", None, None)


def test_a_refused_question_loses_against_the_best_one():
    # "Only one" is refused too, but says the same.
    [pair] = preferences(PreferenceRule(margin=9))[3]["pairs"]
    assert (pair["chosen"], pair["rejected"], pair["rejected_score"]) == ("Only one?", "Is it so", 0.0)
    assert pair["margin"] == pytest.approx(0.5 / SPREAD)
    assert not preferences(PreferenceRule(most_refused=0))[3]["pairs"]


def test_what_repeats_a_candidate_is_no_worse_than_it():
    first, second = (Candidate(text[:1], text, 0.5, 0.0) for text in ("Is ferritin high?", "Do mice sleep?"))
    rule = PreferenceRule()
    assert lost_by_refusal([first, second], [("z", "Do mice sleep?")], rule) == []
    below, refused = replace(first, score=-0.1), [("y", "Do mice sleep?"), ("z", "Iron")]
    [(best, lost)] = lost_by_refusal([below, second], refused, rule)
    assert (best.question_id, lost.question_id, lost.score) == ("I", "z", -0.1)


def test_what_is_far_too_long_to_be_a_question_loses_to_none():
    best = Candidate("i", "Is iron low?", 0.5, 0.0)
    refused = [("x", "iron " * 150_000), ("y", "Nothing at all")]
    assert [lost.question_id for _, lost in lost_by_refusal([best], refused, PreferenceRule())] == ["y"]


def test_what_is_preferred_to_a_refused_question_copies_nothing():
    first, second = Candidate("i", "Is iron low?", 0.5, 0.1), Candidate("d", "Do mice?", 0.5, 0.0)
    refused = [("z", "Nothing at all")]
    assert [best.question for best, _ in lost_by_refusal([first, second], refused, PreferenceRule())] == ["Do mice?"]
    assert lost_by_refusal([first], refused, PreferenceRule()) == []
    [(best, _)] = lost_by_refusal([first, second], refused, PreferenceRule(most_copied_more=0.1))
    assert best.question == "Is iron low?"


def test_no_preferred_question_copies_more_than_the_other():
    row = preferences(PreferenceRule(), copying(a1=0.2, b1=0.1))[1]
    assert (row["chosen"], row["pairs"]) == ("Good one?", [])
    assert paired(preferences(PreferenceRule(), copying(a1=0.1, b1=0.1))[1]) == [("Good one?", "Bad one?")]
    assert paired(preferences(PreferenceRule(most_copied_more=0.1), copying(a1=0.2, b1=0.1))[1])


def test_a_question_that_copies_too_much_is_not_chosen():
    row = preferences(PreferenceRule(), copying(a1=0.51, b1=0.5))[1]
    assert (row["chosen"], row["rejected"], row["margin"], row["pairs"]) == ("Bad one?", None, None, [])
    assert preferences(PreferenceRule(most_copied=0.51), copying(a1=0.51))[1]["chosen"] == "Good one?"
    # Nor does it win a pair over one that copies more still.
    assert not preferences(PreferenceRule(), copying(a1=0.6, b1=0.7)).get(1)
    assert paired(preferences(PreferenceRule(most_copied=1.0), copying(a1=0.6, b1=0.7))[1])


def test_an_article_all_of_whose_questions_copy_is_refused_with_the_reason():
    found = outcome(PreferenceRule(), copying(a1=0.6, b1=0.7))
    assert 1 not in found.rows["pmid"]
    assert found.refused.select("key", "reason").rows() == [("PMID 1", "every question copies more than 50%")]


@pytest.mark.parametrize("lost", [float("nan"), float("inf"), None])
def test_a_score_that_is_no_number_wins_nothing(lost):
    scores = SCORES.with_columns(score=pl.when(question_id="b1").then(pl.lit(lost, pl.Float64)).otherwise("score"))
    rows = {row["pmid"]: row for row in outcome(PreferenceRule(), scores=scores).rows.iter_rows(named=True)}
    assert (rows[1]["chosen"], rows[1]["rejected"]) == ("Good one?", None)
    none = SCORES.with_columns(score=pl.when(pl.col("question_id").is_in(["a1", "b1"])).then(lost).otherwise("score"))
    found = outcome(PreferenceRule(), scores=none.cast({"score": pl.Float64}))
    assert found.refused.select("key", "reason").rows() == [("PMID 1", "no score of its questions is a number")]


def test_questions_of_different_kinds_do_not_compete():
    mixed = CANDIDATES.with_columns(kind=pl.when(question_id="b1").then(pl.lit(Kind.LIST.value)).otherwise("kind"))
    rows = outcome(PreferenceRule(**RAW), mixed).rows.filter(pmid=1).sort("chosen_id")
    assert rows.select("kind", "chosen_id", "rejected_id").rows() == [("yes/no", "a1", None), ("list", "b1", None)]
    assert rows["pairs"].list.len().to_list() == [0, 0]


def test_a_row_is_another_one_only_where_it_differs():
    def keys(rows: pl.DataFrame) -> dict[int, str]:
        return dict(rows.select("pmid", "row_key").iter_rows())

    rule = PreferenceRule()
    plain = keys(wanted(rule))
    more = CANDIDATES.vstack(CANDIDATES.filter(pmid=1).with_columns(question_id="question", pmid=pl.lit(4, pl.Int64)))

    def beside(*scores: float) -> dict[int, str]:
        added = pl.DataFrame({"question_id": ["Good one?", "Bad one?"], "score": scores})
        return keys(wanted(rule, more, SCORES.vstack(added)))

    near, far = beside(0.835, 0.225), beside(1.0, 0.0)  # with a spread of 0.30 again, and of 0.38
    assert {near[pmid] == plain[pmid] for pmid in (1, 2, 3)} == {True}
    assert {far[pmid] == plain[pmid] for pmid in (1, 2, 3)} == {False}
    alone = REFUSED.clear()
    single = [
        wanted_preferences(alone, CANDIDATES, scores, rule).filter(pmid=3)["row_key"][0]
        for scores in (SCORES, SCORES.with_columns(score=pl.when(question_id="a1").then(0.9).otherwise("score")))
    ]
    assert single[0] == single[1]
    fixed = PreferenceRule(spread=0.3)
    assert keys(wanted(fixed, more, SCORES)) == keys(wanted(fixed))


def test_what_can_change_a_row_is_in_the_recipe():
    changes = [
        {}, {"measure": Measure.RELEASED}, {"margin": 1.0}, {"spread": 0.1}, {"most_copied": 1.0},
        {"most_copied_more": 1.0}, {"most_pairs": 1}, {"most_refused": 0},
    ]  # fmt: skip
    assert len({PreferenceRule(**change).recipe.digest for change in changes}) == len(changes)
    assert {*PreferenceRule().recipe.parameters, "major_weight"} == set(PreferenceRule.model_fields)


def test_settings_that_there_were_are_refused_with_what_took_their_place():
    for name, said in REMOVED.items():
        with pytest.raises(ValidationError, match=said):
            PreferenceRule(**{name: 0.25})
    for margin in (0.02, 0.05, 0.0999):
        with pytest.raises(ValidationError, match="standard deviations of the scores, and no difference"):
            PreferenceRule(margin=margin)
    assert (PreferenceRule(margin=0).margin, PreferenceRule(margin=0.1).margin) == (0, 0.1)


def test_pairs_are_the_widest_and_no_question_stands_in_two():
    scores = {"a": 0.9, "b": 0.8, "c": 0.5, "d": 0.3, "e": 0.1}
    texts = ["What is ferritin?", "Is iron low?", "Does aspirin help?", "How long do mice live?", "Who was ill?"]
    candidates = [Candidate(*one, copied=0.0) for one in zip(scores, texts, scores.values(), strict=True)]

    def ids(candidates: list[Candidate], margin: float, most: int) -> list[tuple[str, str]]:
        pairs = best_pairs(candidates, PreferenceRule(margin=margin, most_pairs=most), 1.0)
        return [(first.question_id, second.question_id) for first, second in pairs]

    assert ids(candidates, margin=0.2, most=5) == [("a", "e"), ("b", "d")]
    assert ids(candidates, margin=0.2, most=1) == [("a", "e")]
    assert ids(candidates, margin=0.2, most=0) == []
    # Where the best copies, the next one takes its place.
    assert ids([replace(candidates[0], copied=0.3), *candidates[1:]], margin=0.3, most=5) == [("b", "e")]


SHARES = st.floats(0, 1)


@given(st.lists(st.tuples(st.floats(-2, 2), SHARES), min_size=1, max_size=6), SHARES, SHARES)
def test_bounds_hold_for_every_pair(values, most_copied, most_copied_more):
    rule = PreferenceRule(most_copied=most_copied, most_copied_more=most_copied_more, most_pairs=9)
    texts = ["What is ferritin?", "Is iron low?", "Does aspirin help?", "How long do mice live?", "Who?", "Why not so?"]
    candidates = [Candidate(text, text, *value) for text, value in zip(texts, values, strict=False)]
    refused = [("z", "Nothing at all")]
    for first, second in [*best_pairs(candidates, rule, 0.5), *lost_by_refusal(candidates, refused, rule)]:
        assert first.copied <= most_copied
        assert first.copied <= second.copied + most_copied_more
        assert first.score >= second.score
        assert not is_preferred(second, first, rule, 0.5)
