import math

import polars as pl
import pytest

from tasks.answers.answer import answer_asking, wanted_answers
from tasks.answers.answerer import Answerer
from tasks.answers.calibration import Calibration
from tasks.answers.decide import (
    DECISION_SCHEMA,
    calibrated,
    decision_asking,
    decisions_recipe,
    read_decided,
    wanted_decisions,
)
from tasks.serving.ask_rows import ask_rows
from tasks.serving.endpoint import Endpoint
from tasks.serving.reply import Reply
from tests.fake_llm import MODEL
from tests.tasks.answers.test_answer import ARTICLES, CONTEXTS, preferences


def decisions(*rows: tuple) -> pl.DataFrame:
    return pl.DataFrame([("key", name, 11, *rest) for name, *rest in rows], schema=DECISION_SCHEMA, orient="row")


def test_decisions_are_asked_for_with_the_conversation_of_answers_and_of_yes_no_questions_alone(llm):
    answerer = Answerer()
    wanted = wanted_decisions(preferences(), CONTEXTS, ARTICLES, answerer)
    asking = decision_asking(answerer)
    [row] = wanted.iter_rows(named=True)
    [answer] = wanted_answers(preferences(), CONTEXTS, ARTICLES, answerer).iter_rows(named=True)
    assert asking.request(row).conversation == answer_asking(answerer).request(answer).conversation
    assert wanted_decisions(preferences("factoid"), CONTEXTS, ARTICLES, answerer).is_empty()
    [said] = ask_rows(wanted, asking, Endpoint(llm.url, MODEL)).rows.iter_rows(named=True)
    assert said["decision"] in ("yes", "no", "maybe")
    assert said["logprob"] == pytest.approx(-0.5 * len(said["decision"]))
    assert said["p_yes"] is None  # the server sends no alternatives


def test_a_reply_is_read_with_its_probabilities():
    beside = tuple((token, math.log(share)) for token, share in {"yes": 0.3, "no": 0.5, "m": 0.2}.items())
    tokens = (('{"decision":"', -1.0), ("no", -0.5), ('"}', 0.0))
    found = read_decided(Reply('{"decision":"no"}', "stop", 1, 1, tokens, ((), beside, ())))
    assert found == pytest.approx({"decision": "no", "logprob": -0.5, "p_yes": 0.3, "p_no": 0.5, "p_maybe": 0.2})
    assert read_decided(Reply('{"decision":"perhaps"}', "stop", 1, 1)) == "not a complete answer"
    assert read_decided(Reply("", "stop", 1, 1)) == "the model said nothing"


def test_maybe_is_reached_where_the_calibration_makes_it_the_likeliest():
    said = decisions(("q1", "yes", -0.1, 0.6, 0.1, 0.3), ("q2", "no", -0.2, 0.05, 0.94, 0.01))
    # Three times the weight of maybe: 0.6, 0.1, 0.9 of 1.6, and 0.05, 0.94, 0.03 of 1.02.
    found = calibrated(said, Calibration(maybe=math.log(3)))
    assert found["decided"].to_list() == ["maybe", "no"]
    assert found["decided_probability"].to_list() == pytest.approx([0.9 / 1.6, 0.94 / 1.02], abs=1e-6)
    assert found["decided_logprob"].to_list() == [None, -0.2]  # that of another decision is not known


def test_a_decision_whose_probabilities_are_not_known_stands():
    found = calibrated(decisions(("q1", "yes", -0.1, None, None, None)), Calibration(no=9))
    assert found.rows() == [("q1", "yes", -0.1, None)]


def test_a_changed_calibration_asks_for_no_decision_anew():
    assert decisions_recipe(Answerer()).digest == decisions_recipe(Answerer(calibration={"no": 1})).digest
    assert decisions_recipe(Answerer()).digest != decisions_recipe(Answerer(context_words=1)).digest
