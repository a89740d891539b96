import math

import polars as pl
import pytest

from tasks.preference.agreement import agreement
from tasks.preference.evaluator import Evaluator
from tasks.preference.evaluator_score import score_by_evaluator, wanted_evaluator_scores
from tasks.preference.labels import label_pairs, wanted_labels
from tasks.preference.verdicts import count_unweighed, read_verdict, verdict_asking, wanted_verdicts
from tasks.serving.ask_rows import ask_rows
from tasks.serving.endpoint import Endpoint
from tasks.serving.reply import Reply
from tests.fake_llm import MODEL, FakeLlm

EVALUATOR = Evaluator(titles=1)
CANDIDATES = pl.DataFrame({"question_id": ["a", "b", "c"], "pmid": [1, 1, 2], "question": ["Near?", "Far?", "Alone?"]})
CONTEXTS = pl.DataFrame({"question_id": ["a", "b", "c"], "pmids": [[2, 3], [3, 2], [1, 3]]})
TITLES = pl.DataFrame({"pmid": [1, 2, 3], "title": ["One", "Two", "Three"]})
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
        wanted = wanted_verdicts(CANDIDATES, CONTEXTS, TITLES, EVALUATOR)
        rows = ask_rows(wanted, verdict_asking(EVALUATOR), Endpoint(judge.url, MODEL)).rows
        assert [request["structured_outputs"] for request in judge.requests] == [{"choice": ["1", "2"]}] * 2
    return rows


def test_questions_are_shown_with_the_titles_that_they_find():
    [_, user] = EVALUATOR.messages("One", ("Near?", "Far?"), (["Two", "Three"], ["Three", "Two"]))
    assert user["content"] == "Question 1: Near?\n1. Two\n\nQuestion 2: Far?\n2. Three\n\nArticle: One\n\nNearer:"


def test_every_pair_is_judged_in_both_orders():
    rows = verdicts().sort("first_id").select("pmid", "first_id", "second_id", "first_better").rows()
    assert rows == [(1, "a", "b", pytest.approx(0.8)), (1, "b", "a", pytest.approx(0.4))]
    assert count_unweighed(verdicts()) == 0


def test_a_score_is_the_mean_of_both_orders_and_one_half_without_a_rival():
    scored = score_by_evaluator(wanted_evaluator_scores(CONTEXTS, verdicts())).rows
    assert dict(scored.select("question_id", "score").iter_rows()) == {
        "a": pytest.approx(0.7),  # (0.8 + 1 - 0.4) / 2
        "b": pytest.approx(0.3),
        "c": 0.5,
    }


def test_a_verdict_in_one_order_alone_does_not_count():
    half = verdicts().filter(first_id="a")
    scored = score_by_evaluator(wanted_evaluator_scores(CONTEXTS, half)).rows
    assert set(scored["score"]) == {0.5}


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
        wanted = wanted_verdicts(CANDIDATES, CONTEXTS, TITLES, EVALUATOR)
        rows = ask_rows(wanted, verdict_asking(EVALUATOR), Endpoint(judge.url, MODEL)).rows
    assert rows.sort("first_id")["first_better"].to_list() == [1.0, 0.0]
    assert count_unweighed(rows) == 2


def test_what_is_shown_decides_the_key():
    keys = {
        wanted_verdicts(CANDIDATES, contexts, TITLES, evaluator)["row_key"][0]
        for contexts in (CONTEXTS, CONTEXTS.with_columns(pmids=pl.col("pmids").list.reverse()))
        for evaluator in (EVALUATOR, Evaluator(titles=2))
    }
    assert len(keys) == 4


def test_labels_are_the_rules_in_both_orders():
    rows = label_pairs(wanted_labels(CANDIDATES, CONTEXTS, TITLES, SCORES, 0.29, EVALUATOR), EVALUATOR).rows
    said = [(pmid, first, turns[0]["content"]) for pmid, first, turns in
            rows.select("pmid", "first_id", "completion").iter_rows()]  # fmt: skip
    assert said == [(1, "a", "1"), (1, "b", "2")]
    assert rows["prompt"][0].to_list() == EVALUATOR.messages("One", ("Near?", "Far?"), (["Two"], ["Three"]))
    assert wanted_labels(CANDIDATES, CONTEXTS, TITLES, SCORES, 0.31, EVALUATOR).is_empty()


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
    found = agreement(judged, scores, margin=0.05)
    assert (found.pairs, found.articles) == (2, 2)
    assert (found.both, found.winner_first, found.winner_second, found.steady) == (0.5, 1.0, 0.5, 0.5)
    assert (found.low, found.high) == (0.0, 1.0)
    assert agreement(judged, scores, margin=0.9) is None
