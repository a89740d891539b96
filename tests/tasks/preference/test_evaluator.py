import math

import polars as pl
import pytest

from tasks.preference.agreement import agreement
from tasks.preference.calibration import fit_temperature
from tasks.preference.evaluator import Evaluator
from tasks.preference.evaluator_score import EvaluatorScoring, score_by_evaluator, wanted_evaluator_scores
from tasks.preference.key_sentences import KeySentences
from tasks.preference.labels import label_pairs, wanted_labels
from tasks.preference.prefer import prefer, wanted_preferences
from tasks.preference.rule import PreferenceRule
from tasks.preference.verdicts import count_unweighed, read_verdict, verdict_asking, wanted_verdicts
from tasks.serving.ask_rows import ask_rows
from tasks.serving.endpoint import Endpoint
from tasks.serving.reply import Reply
from tests.fake_llm import MODEL, FakeLlm

EVALUATOR = Evaluator(titles=1)
CANDIDATES = pl.DataFrame(
    {
        "question_id": ["a", "b", "c"],
        "pmid": [1, 1, 2],
        "kind": ["yes/no"] * 3,
        "question": ["Near?", "Far?", "Alone?"],
        "copied": [0.0] * 3,
    }
)
CONTEXTS = pl.DataFrame({"question_id": ["a", "b", "c"], "pmids": [[2, 3], [3, 2], [1, 3]]})
ARTICLES = pl.DataFrame(
    {
        "pmid": [1, 2, 3],
        "title": ["One.", "Two.", "Three."],
        "abstract": ["Mice ran. Iron fell.", "Iron rose. Zinc fell.", "Nothing happened."],
    }
)
RULE = PreferenceRule(margin=0.5, spread=0.5)
SCORES = pl.DataFrame({"question_id": ["a", "b", "c"], "score": [0.7, 0.4, 0.5]})


class Judge(FakeLlm):
    """Finds "Near?" better with 0.8 where it is shown first, and with 0.6 where it is shown second."""

    def reply(self, body: dict) -> str:
        return "1" if "Question 1: Near?" in body["messages"][-1]["content"] else "2"

    def tokens(self, body: dict, text: str) -> list[dict]:
        sure = 0.8 if text == "1" else 0.6
        other = "2" if text == "1" else "1"
        ranked = [{"token": token, "logprob": math.log(p)} for token, p in ((text, sure), (other, 1 - sure))]
        return [{"token": text, "logprob": math.log(sure), "top_logprobs": ranked}]


def verdicts() -> pl.DataFrame:
    with Judge() as judge:
        wanted = wanted_verdicts(CANDIDATES, CONTEXTS, ARTICLES, EVALUATOR)
        rows = ask_rows(wanted, verdict_asking(EVALUATOR), Endpoint(judge.url, MODEL)).rows
        assert [request["structured_outputs"] for request in judge.requests] == [{"choice": ["1", "2"]}] * 2
    return rows


def test_questions_are_shown_with_the_articles_that_they_find():
    [pair, turned] = wanted_verdicts(CANDIDATES, CONTEXTS, ARTICLES, EVALUATOR).iter_rows(named=True)
    [_, user] = EVALUATOR.messages(
        pair["article"], (pair["first"], pair["second"]), (pair["first_found"], pair["second_found"])
    )
    assert user["content"] == (
        "Question 1: Near?\n1. Two. Zinc fell.\n\nQuestion 2: Far?\n2. Three. Nothing happened.\n\n"
        "Article: One. Iron fell.\n\nNearer:"
    )
    assert (turned["article"], turned["first_found"]) == (pair["article"], pair["second_found"])


def test_titles_alone_are_shown_where_no_sentences_are_wanted():
    evaluator = Evaluator(titles=2, sentences=KeySentences(count=0))
    [pair, _] = wanted_verdicts(CANDIDATES, CONTEXTS, ARTICLES, evaluator).iter_rows(named=True)
    assert (pair["article"], pair["first_found"]) == ("One.", ["Two.", "Three."])


def test_sentences_of_found_articles_go_by_their_question_and_those_of_the_source_by_both():
    asked = CANDIDATES.with_columns(question=pl.Series(["Iron rose?", "Did mice run, who ran?", "Alone?"]))
    evaluator = Evaluator(sentences=KeySentences(choice="question"))
    pairs = list(wanted_verdicts(asked, CONTEXTS, ARTICLES, evaluator).iter_rows(named=True))
    assert pairs[0]["first_found"] == ["Two. Iron rose.", "Three. Nothing happened."]
    # "mice" and "iron" are one word of four letters each: the later sentence is taken, in both orders.
    assert {pair["article"] for pair in pairs} == {"One. Iron fell."}


def test_questions_of_different_kinds_are_not_compared():
    mixed = CANDIDATES.with_columns(kind=pl.Series(["yes/no", "list", "yes/no"]))
    assert wanted_verdicts(mixed, CONTEXTS, ARTICLES, EVALUATOR).is_empty()
    assert wanted_labels(mixed, CONTEXTS, ARTICLES, SCORES, RULE, EVALUATOR).is_empty()


def test_every_pair_is_judged_in_both_orders():
    rows = verdicts().sort("first_id").select("pmid", "first_id", "second_id", "first_better").rows()
    assert rows == [(1, "a", "b", pytest.approx(0.8)), (1, "b", "a", pytest.approx(0.4))]
    assert count_unweighed(verdicts()) == 0


def scores_of(judged: pl.DataFrame, scoring: EvaluatorScoring = EVALUATOR.scoring) -> pl.DataFrame:
    return score_by_evaluator(wanted_evaluator_scores(CONTEXTS, judged, scoring), scoring).rows


def test_a_score_is_the_mean_of_both_orders_and_one_half_without_a_rival():
    scored = scores_of(verdicts())
    assert dict(scored.select("question_id", "score").iter_rows()) == {
        "a": pytest.approx(0.7),  # (0.8 + 1 - 0.4) / 2
        "b": pytest.approx(0.3),
        "c": 0.5,
    }


def test_a_verdict_in_one_order_alone_does_not_count():
    half = verdicts().filter(first_id="a")
    assert set(scores_of(half)["score"]) == {0.5}


def test_a_temperature_divides_the_log_odds_and_no_verdict_is_asked_for_again():
    hot = Evaluator(titles=1, temperature=2.0)
    scored = dict(scores_of(verdicts(), hot.scoring).select("question_id", "score").iter_rows())
    assert scored["a"] == pytest.approx(1 / (1 + math.sqrt(3 / 7)))  # log-odds of ln(7/3), halved
    assert scored["a"] + scored["b"] == pytest.approx(1)
    assert scored["c"] == 0.5
    assert hot.recipe == EVALUATOR.recipe
    assert hot.scoring.recipe != EVALUATOR.scoring.recipe


def test_replies_without_probabilities_and_replies_that_are_no_verdict():
    assert read_verdict(Reply("2", "stop", 1, 1)) == {"first_better": 0.0, "weighed": False}
    unknown = Reply(" 1", "stop", 1, 1, ((" 1", -0.1),), ((),))
    assert read_verdict(unknown) == {"first_better": 1.0, "weighed": False}
    assert read_verdict(Reply("both", "stop", 1, 1)) == "the reply is none of 1, 2"
    assert read_verdict(Reply("", "stop", 1, 1)) == "the model said nothing"
    spent = Reply("", "length", 1, 2_050, thoughts="1 or 2?")
    assert read_verdict(spent) == "all 2,050 tokens went into thoughts; give it more (thinking_tokens)"


def test_a_verdict_is_weighed_where_its_word_stands():
    sure = (("1", math.log(0.9)), ("2", math.log(0.1)))
    torn = (("2", math.log(0.75)), (" 1", math.log(0.25)))
    thought = Reply(
        "2", "stop", 1, 1, (("1", 0.0), ("</think>", 0.0), ("\n", 0.0), ("2", -0.3)), (sure, (), sure, torn)
    )
    assert read_verdict(thought) == {"first_better": pytest.approx(0.25), "weighed": True}
    marked = Reply("**2**", "stop", 1, 1, (("**", 0.0), ("2", -0.3), ("**", 0.0)), (sure, torn, sure))
    assert read_verdict(marked) == {"first_better": pytest.approx(0.25), "weighed": True}
    elsewhere = Reply("2", "stop", 1, 1, (("so ", 0.0), ("2", -0.3)), (sure, torn))
    assert read_verdict(elsewhere) == {"first_better": 0.0, "weighed": False}


def test_verdicts_by_the_word_alone_are_counted():
    class Silent(Judge):
        def tokens(self, body: dict, text: str) -> list[dict]:
            return []

    with Silent() as judge:
        wanted = wanted_verdicts(CANDIDATES, CONTEXTS, ARTICLES, EVALUATOR)
        rows = ask_rows(wanted, verdict_asking(EVALUATOR), Endpoint(judge.url, MODEL)).rows
    assert rows.sort("first_id")["first_better"].to_list() == [1.0, 0.0]
    assert count_unweighed(rows) == 2


def test_what_is_shown_decides_the_key():
    keys = {
        wanted_verdicts(CANDIDATES, contexts, ARTICLES, evaluator)["row_key"][0]
        for contexts in (CONTEXTS, CONTEXTS.with_columns(pmids=pl.col("pmids").list.reverse()))
        for evaluator in (EVALUATOR, Evaluator(titles=2), Evaluator(titles=1, sentences=KeySentences(count=0)))
    }
    assert len(keys) == 6
    other = ARTICLES.with_columns(abstract=pl.lit("Something else. Zinc fell."))
    again, changed = (
        wanted_verdicts(CANDIDATES, CONTEXTS, each, EVALUATOR)["row_key"][0] for each in (ARTICLES, other)
    )
    assert again != changed


def test_labels_are_the_rules_in_both_orders():
    rows = label_pairs(wanted_labels(CANDIDATES, CONTEXTS, ARTICLES, SCORES, RULE, EVALUATOR), EVALUATOR).rows
    said = [(pmid, first, turns[0]["content"]) for pmid, first, turns in
            rows.select("pmid", "first_id", "completion").iter_rows()]  # fmt: skip
    assert said == [(1, "a", "1"), (1, "b", "2")]
    assert rows["margin"].to_list() == [pytest.approx(0.6)] * 2  # 0.3 in standard deviations of 0.5
    shown = (["Two. Zinc fell."], ["Three. Nothing happened."])
    assert rows["prompt"][0].to_list() == EVALUATOR.messages("One. Iron fell.", ("Near?", "Far?"), shown)


@pytest.mark.parametrize(
    "rule",
    [
        PreferenceRule(margin=0.61, spread=0.5),
        # By their own standard deviation, 0.15, the two differ by two of them.
        PreferenceRule(margin=2.1),
        PreferenceRule(most_copied=0.1, most_copied_more=1),
        PreferenceRule(most_copied=1),
    ],
)
def test_a_pair_that_the_rule_does_not_tell_apart_is_no_label(rule):
    copying = CANDIDATES.with_columns(copied=pl.Series([0.2, 0.1, 0.0]))
    assert wanted_labels(copying, CONTEXTS, ARTICLES, SCORES, rule, EVALUATOR).is_empty()


def test_labels_and_preferences_prefer_the_same():
    rule = PreferenceRule(margin=1.9)
    [pair] = prefer(wanted_preferences(CANDIDATES, CANDIDATES, SCORES, rule), rule).rows.filter(pmid=1)["pairs"][0]
    labels = wanted_labels(CANDIDATES, CONTEXTS, ARTICLES, SCORES, rule, EVALUATOR)
    assert labels.filter("first_preferred").select("first_id", "second_id", "margin").rows() == [
        (pair["chosen_id"], pair["rejected_id"], pair["margin"])
    ]


def test_a_label_that_changes_is_another_row():
    def keys(**scores: float) -> list[str]:
        table = pl.DataFrame({"question_id": list(scores), "score": list(scores.values())})
        return wanted_labels(CANDIDATES, CONTEXTS, ARTICLES, table, RULE, EVALUATOR)["row_key"].to_list()

    first = keys(a=0.7, b=0.4)
    assert not set(first) & set(keys(a=0.4, b=0.7))
    assert not set(first) & set(keys(a=0.8, b=0.4))
    assert keys(a=0.75, b=0.25, c=0.5) == keys(a=0.75, b=0.25)


def test_agreement_counts_pairs_that_the_rule_tells_apart():
    judged = pl.DataFrame(
        {
            "pmid": [1, 1, 2, 2, 3, 3],
            "first_id": ["a", "b", "c", "d", "e", "f"],
            "second_id": ["b", "a", "d", "c", "f", "e"],
            # agrees in both orders; agrees only where the winner is first; the rule can not tell
            "first_better": [0.9, 0.2, 0.6, 0.7, 0.1, 0.1],
        }
    )
    scores = pl.DataFrame({"question_id": ["a", "b", "c", "d", "e", "f"], "score": [0.9, 0.1, 0.8, 0.2, 0.51, 0.5]})
    found = agreement(judged, scores, 0.05)
    assert (found.pairs, found.articles) == (2, 2)
    assert (found.both, found.winner_first, found.winner_second, found.steady) == (0.5, 1.0, 0.5, 0.5)
    assert (found.low, found.high) == (0.0, 1.0)
    assert agreement(judged, scores, 0.9) is None
    # Both orders together: 0.85 for the right one and 0.45; ln(0.85/0.15) = 1.73 and ln(0.45/0.55) = -0.20.
    assert found.temperature == pytest.approx(fit_temperature([0.85, 0.45]))
