import json
from math import exp, log

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.evaluation.ask import REPLY_COLUMNS, choice_asking, read_chosen, read_text, text_asking, weigh
from tasks.evaluation.evaluation_prompt import FINE_TUNED, PromptStyle, prompt_for
from tasks.serving.ask_rows import ask_rows
from tasks.serving.endpoint import Endpoint, EndpointError
from tasks.serving.reply import Reply
from tests.fake_examinee import FakeExaminee
from tests.fake_llm import MODEL

ITEMS = pl.DataFrame(
    {
        "row_key": ["a", "b"],
        "name": ["PubMedQA 11", "PubMedQA 22"],
        "item": ["11", "22"],
        "question": ["Do bees sleep?", "Do ants?"],
        "contexts": [["C1.", "C2."], []],
    }
)
WORDS = ("yes", "no", "maybe")
PROBABILITIES = ["probability_yes", "probability_no", "probability_maybe"]
TOO_LONG = (400, json.dumps({"error": {"message": "prompt too long"}}))


def reply(text: str, finish_reason: str = "stop") -> str:
    """Return a reply's body without log-probabilities."""
    choice = {"message": {"content": text}, "finish_reason": finish_reason}
    return json.dumps({"choices": [choice], "usage": {"prompt_tokens": 1, "completion_tokens": 1}})


@pytest.fixture(scope="module")
def server():
    with FakeExaminee() as running:
        yield running


@pytest.fixture
def examinee(server):
    """The module's one server, as if new: each takes half a second to stop."""
    server.requests, server.faults = [], []
    return server


def test_a_choice_with_the_probability_of_each_word(examinee):
    outcome = ask_rows(ITEMS, choice_asking("reasoning-required"), Endpoint(examinee.url, MODEL))
    assert outcome.rows.schema == pl.Schema(dict.fromkeys(["row_key", "name", "item"], pl.String) | REPLY_COLUMNS)
    assert outcome.rows["item"].to_list() == ["11", "22"]
    assert (outcome.usage.requests, len(examinee.requests)) == (2, 2)
    for request in examinee.requests:
        assert request["structured_outputs"] == {"choice": ["yes", "no", "maybe"]}
        assert (request["logprobs"], request["top_logprobs"], request["temperature"]) == (True, 20, 0)
    for row in outcome.rows.iter_rows(named=True):
        shares = {word: row[f"probability_{word}"] for word in WORDS}
        assert sum(shares.values()) == pytest.approx(1)
        assert row["prediction"] == max(shares, key=shares.__getitem__)


def test_a_words_probability_is_that_of_all_its_first_tokens():
    weights = {"yes": 4, "ye": 1, "y": 1, "no": 5, "n": 0.5, "may": 1, "The": 50, "nothing": 9, "": 7}
    alternatives = tuple((token, log(weight)) for token, weight in weights.items())
    assert weigh(alternatives, WORDS) == pytest.approx({"yes": 6, "no": 5.5, "maybe": 1})
    # "no" is the likeliest token, "yes" the likeliest word.
    row = read_chosen(Reply("no", "stop", 1, 1, (("no", log(5)),), (alternatives, ())), WORDS)
    assert row["prediction"] == "yes"
    assert [row[column] for column in PROBABILITIES] == pytest.approx([6 / 12.5, 5.5 / 12.5, 1 / 12.5])


def test_tokens_that_were_struck_out_have_no_share():
    alternatives = (("yes", 0.0), ("no", -9999.0), ("maybe", float("-inf")))
    row = read_chosen(Reply("yes", "stop", 1, 1, (("yes", 0.0),), (alternatives,)), WORDS)
    assert [row[column] for column in PROBABILITIES] == [1, 0, 0]


@given(st.lists(st.tuples(st.sampled_from([*WORDS, "y", "n", "m", "x"]), st.floats(-20, 0)), max_size=8))
def test_probabilities_add_up_to_one_or_are_unknown(alternatives):
    row = read_chosen(Reply("maybe", "stop", 1, 1, (("maybe", 0.0),), (tuple(alternatives),)), WORDS)
    shares = [row[column] for column in PROBABILITIES]
    if any(token != "x" for token, _ in alternatives):
        assert sum(shares) == pytest.approx(1)
        assert all(0 <= share <= 1 + exp(-30) for share in shares)
    else:
        assert (row["prediction"], shares) == ("maybe", [None] * 3)


def test_contexts_are_sent_in_one_setting_alone(examinee):
    endpoint = Endpoint(examinee.url, MODEL)
    ask_rows(ITEMS.head(1), choice_asking("reasoning-required"), endpoint)
    ask_rows(ITEMS.head(1), choice_asking("question-only"), endpoint)
    sent = ["C1." in request["messages"][-1]["content"] for request in examinee.requests]
    assert sent == [True, False]


def test_capitalised_words_are_the_same_decisions(examinee):
    asked = ask_rows(
        ITEMS.head(1), choice_asking("question-only", prompt=FINE_TUNED), Endpoint(examinee.url, MODEL)
    ).rows
    assert examinee.requests[0]["structured_outputs"] == {"choice": ["Yes", "No", "Maybe"]}
    assert asked["prediction"][0] in WORDS
    assert asked["text"][0] in ("Yes", "No", "Maybe")
    assert asked.select(pl.sum_horizontal(PROBABILITIES)).item() == pytest.approx(1)


def test_without_maybe_there_are_two_words(examinee):
    prompt = prompt_for(PromptStyle.INSTRUCTED, ("yes", "no"))
    assert prompt.system.startswith("You answer a biomedical question with yes or no.")
    asked = ask_rows(ITEMS, choice_asking("question-only", prompt=prompt), Endpoint(examinee.url, MODEL)).rows
    assert examinee.requests[0]["structured_outputs"] == {"choice": ["yes", "no"]}
    assert asked["probability_maybe"].to_list() == [None, None]
    examinee.faults = [(200, reply("Maybe."))]
    asked = ask_rows(ITEMS.head(1), text_asking("question-only", prompt=prompt), Endpoint(examinee.url, MODEL)).rows
    assert asked.select("prediction", "reason").row(0) == (None, "the decision is none of yes, no")


@pytest.mark.parametrize("asking", [choice_asking, text_asking])
def test_a_refused_item_goes_to_quarantine(examinee, asking):
    examinee.faults = [TOO_LONG]
    outcome = ask_rows(ITEMS, asking("question-only"), Endpoint(examinee.url, MODEL))
    assert len(outcome.rows) == 1
    [(key, name, reason)] = outcome.refused.rows()
    assert {key, outcome.rows["row_key"][0]} == {"a", "b"}
    assert name == {"a": "PubMedQA 11", "b": "PubMedQA 22"}[key]
    assert reason == "refused by the server: HTTP 400: prompt too long"


def test_a_server_that_refuses_every_item_is_at_fault(examinee):
    examinee.faults = [(400, json.dumps({"error": {"message": "out of service"}}))] * 3
    with pytest.raises(EndpointError, match=r"refused all of 2 requests in a row, and a greeting: .*out of service"):
        ask_rows(ITEMS, choice_asking("question-only"), Endpoint(examinee.url, MODEL))


def test_a_server_without_log_probabilities_still_chooses(examinee):
    examinee.faults = [(200, reply("maybe"))]
    asked = ask_rows(ITEMS.head(1), choice_asking("question-only"), Endpoint(examinee.url, MODEL)).rows
    assert asked.select("prediction", *PROBABILITIES).row(0) == ("maybe", None, None, None)


def test_a_server_that_does_not_keep_to_the_words(llm):
    llm.faults = [(200, reply("Does factor X matter?"))]
    [row] = ask_rows(ITEMS.head(1), choice_asking("question-only"), Endpoint(llm.url, MODEL)).rows.iter_rows(named=True)
    assert (row["prediction"], row["reason"]) == (None, "the reply is none of yes, no, maybe")
    assert row["text"].startswith("Does factor")


def test_a_decision_is_read_from_generated_text(examinee):
    examinee.faults = [(200, reply("Reasons.\nAnswer: **Maybe**"))]
    asked = ask_rows(ITEMS.head(1), text_asking("question-only", max_tokens=99), Endpoint(examinee.url, MODEL)).rows
    assert asked.select("prediction", "reason", "text").row(0) == ("maybe", None, "Reasons.\nAnswer: **Maybe**")
    assert asked.select(PROBABILITIES).row(0) == (None, None, None)
    assert examinee.requests[0]["max_tokens"] == 99
    assert "structured_outputs" not in examinee.requests[0]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (reply("Let me think about", "length"), "cut off before a decision"),
        (reply("That depends."), "no decision in the reply"),
        (reply("I cannot say yes or no."), "no decision in the reply"),
        (reply("<think>It is yes"), "the model only thought"),
        (reply("<think>It is yes", "length"), "all 1 tokens went into thoughts; give it more (thinking_tokens)"),
        (reply(""), "the model said nothing"),
    ],
)
def test_a_text_without_a_decision_says_why(examinee, body, reason):
    examinee.faults = [(200, body)] * 2  # a thought is asked for again, with tokens for it
    asked = ask_rows(ITEMS.head(1), text_asking("question-only"), Endpoint(examinee.url, MODEL)).rows
    assert asked.select("prediction", "reason").row(0) == (None, reason)


def test_what_a_model_thinks_is_no_decision(examinee):
    examinee.faults = [(200, reply("It is yes, is it? No, that is yes.</think>\nmaybe"))]
    asked = ask_rows(ITEMS.head(1), text_asking("question-only"), Endpoint(examinee.url, MODEL)).rows
    assert asked["prediction"].to_list() == ["maybe"]


@pytest.mark.parametrize("asking", [choice_asking, text_asking])
def test_there_may_be_no_item(examinee, asking):
    outcome = ask_rows(ITEMS.clear(), asking("question-only"), Endpoint(examinee.url, MODEL))
    assert (len(outcome.rows), len(outcome.refused), examinee.requests) == (0, 0, [])


@pytest.mark.parametrize("text", ["yes", "Yes", "YES.", " yes\n", "**Yes**", '"yes"', "`yes`."])
def test_a_choice_is_read_whatever_its_capitals_and_marks(text):
    assert read_chosen(Reply(text, "stop", 1, 1), WORDS)["prediction"] == "yes"


@pytest.mark.parametrize("text", ["yes or no", "not yes", "yes, no", "yess", "y", "", "no evidence"])
def test_what_is_not_one_of_the_words_is_none(text):
    assert read_chosen(Reply(text, "stop", 1, 1), WORDS)["prediction"] is None


def test_all_tokens_in_thoughts_are_the_reason_why_nothing_is_predicted():
    spent = Reply("", "length", 1, 2_056, thoughts="It is yes")
    for read in (read_chosen(spent, WORDS), read_text(spent, WORDS)):
        assert read["reason"] == "all 2,056 tokens went into thoughts; give it more (thinking_tokens)"
        assert read["prediction"] is None


def test_words_are_weighed_where_the_choice_stands():
    torn = (("Yes", log(0.5)), (" yes", log(0.1)), ("No", log(0.3)), ("maybe", log(0.1)), ("<", log(0.2)))
    sure = (("no", 0.0),)
    tokens = (("yes?", 0.0), ("</think>", 0.0), ("\n\n", 0.0), ("Yes", log(0.5)), (".", 0.0))
    row = read_chosen(Reply("Yes.", "stop", 1, 1, tokens, (sure, sure, sure, torn, sure)), WORDS)
    assert [row[column] for column in PROBABILITIES] == pytest.approx([0.6, 0.3, 0.1])
    unknown = read_chosen(Reply("Yes.", "stop", 1, 1, (("So: ", 0.0), ("Yes", 0.0)), (sure, torn)), WORDS)
    assert (unknown["prediction"], [unknown[column] for column in PROBABILITIES]) == ("yes", [None] * 3)
