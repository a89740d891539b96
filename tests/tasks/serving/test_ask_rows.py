import json
import threading
from functools import partial

import polars as pl
import pytest

from tasks.answers.answer import REPLY_COLUMNS as ANSWER_COLUMNS
from tasks.answers.answer_format import AnswerFormat
from tasks.answers.read_answer import read_answer
from tasks.kinds import Kind
from tasks.serving.answered import LONGEST_TOKEN
from tasks.serving.ask_rows import UnansweredError, ask_each, ask_rows
from tasks.serving.asking import Asking, Row
from tasks.serving.endpoint import Endpoint
from tasks.serving.pool import Pool
from tasks.serving.reply import Reply
from tasks.store.atomic import UnwritableError
from tasks.store.outcome import Outcome
from tests.fake_llm import MODEL, FakeLlm
from tests.tasks.serving.requests import ask, error

KEY = 'sk-"Secret"/LLM+123'
ROWS = pl.DataFrame({"row_key": ["a", "b", "c"], "pmid": [1, 2, 3]})
GREEDY, WARM = {"temperature": 0.0}, {"temperature": 0.9}


def said(text: object) -> tuple[int, str]:
    """Return a reply with this content, as a server that knows of no tokens sends it."""
    return 200, json.dumps({"choices": [{"message": {"content": text}, "finish_reason": "stop"}]})


def read(reply: Reply, row: Row) -> dict[str, object] | str:
    return {"text": reply.text} if reply.text.startswith("Does") else "not a question"


def read_plain_answer(reply: Reply, _row: Row) -> dict[str, object] | str:
    return read_answer(reply, AnswerFormat(Kind.YES_NO, longest=300, cites=False, quotes=False), [], [])


def outcome_of(llm: FakeLlm, read=read, columns=None, **options: object):
    asking = Asking(lambda row: ask(row["row_key"], **options), read, columns or {"text": pl.String}, kept=("pmid",))
    return ask_rows(ROWS, asking, Endpoint(llm.url, MODEL))


@pytest.fixture(autouse=True)
def _one_at_a_time(monkeypatch):
    """Faults meet the rows in their order."""
    monkeypatch.setattr("tasks.serving.ask_rows.Pool", partial(Pool, most_in_flight=1))


def test_a_server_that_refuses_everything_is_at_fault(llm):
    llm.faults = [(400, error("no such tenant"))] * 4
    with pytest.raises(
        UnansweredError, match="refused all of 3 requests in a row, and a greeting: HTTP 400: no such tenant"
    ) as ended:
        outcome_of(llm)
    assert (len(ended.value.finished.rows), len(ended.value.finished.refused), ended.value.again) == (0, 0, False)
    llm.faults = [(400, error("too long"))]
    outcome = outcome_of(llm)
    assert outcome.rows["row_key"].to_list() == ["b", "c"]
    assert outcome.refused.rows() == [("a", "PMID 1", "refused by the server: HTTP 400: too long")]


def test_rows_that_are_all_refused_for_what_they_say_are_quarantined(llm):
    llm.faults = [(400, error("too long"))] * 3
    outcome = outcome_of(llm, **GREEDY)
    assert outcome.rows.is_empty()
    assert outcome.refused["reason"].to_list() == ["refused by the server: HTTP 400: too long"] * 3
    assert llm.requests[-1]["messages"] == [{"role": "user", "content": "Hello"}]
    assert llm.requests[-1]["temperature"] == llm.requests[0]["temperature"]


def test_what_was_answered_before_the_server_failed_for_good_is_kept(llm, quick):
    llm.faults = [said("Does a?"), (400, error("too long")), (401, error("expired"))]
    with pytest.raises(UnansweredError, match="HTTP 401: expired") as ended:
        outcome_of(llm)
    finished = ended.value.finished
    assert finished.rows.rows() == [("a", 1, "Does a?")]
    assert finished.refused["row_key"].to_list() == ["b"]
    assert finished.usage.requests == 1


@pytest.mark.parametrize(
    ("options", "answers", "requests"),
    [
        (WARM, ["Hm.", "Does it?"], 4),  # another draw may be of use
        (GREEDY, ["", "Does it?"], 4),  # nothing costs nothing, and gateways send it at times
        (GREEDY, [None, "Does it?"], 4),
        (GREEDY, ["Hm."], 3),  # would be said again
        (WARM | {"seed": 7}, ["Hm."], 3),
        (WARM, ["Hm.", "Hm.", "Does it?"], 4),  # but not for ever
    ],
)
def test_an_answer_of_no_use_is_asked_for_again_where_another_may_come(llm, options, answers, requests):
    left = list(answers)
    llm.fault_of = lambda body: said(left.pop(0) if body["messages"][-1]["content"] == "a" else "Does it?")
    outcome = outcome_of(llm, **options)
    assert len(llm.requests) == requests == outcome.usage.requests
    assert len(outcome.rows) == 3 - (answers[1:2] != ["Does it?"])
    assert outcome.refused["reason"].to_list() == ["not a question"] * (3 - len(outcome.rows))


def test_no_answer_is_longer_than_its_tokens_can_be(llm):
    llm.faults = [said("Does " + "it " * 350_000 + "?")]
    outcome = outcome_of(llm, **GREEDY)
    assert outcome.refused["reason"].to_list() == [
        "the answer has 1,050,006 characters, more than fit into the tokens that were asked for"
    ]
    llm.faults = [said("Does " + "x" * (LONGEST_TOKEN * 64 - 5))]
    assert len(outcome_of(llm).rows) == 3


def test_odd_characters_cost_no_row(llm, caplog):
    llm.faults = [said("Does \ud83d and \0?"), said("Does it?")]
    with caplog.at_level("INFO", logger="distillery"):
        outcome = outcome_of(llm)
    assert outcome.rows["text"][0] == "Does \ufffd and \ufffd?"
    assert "1 answers held characters that no text can hold" in caplog.text
    assert "replies do not say how many tokens" in caplog.text
    assert outcome.usage.requests == 3
    assert outcome.usage.prompt_tokens == 10 + 2 * 1  # of two replies by the letters of what was asked
    escaped = '{"decision": "yes", "long_answer": "It is \\ud83d so."}'
    llm.faults = [said(escaped), said("[" * 100_000), said('{"decision": ' + "9" * 5_000 + "}")]
    answers = outcome_of(llm, read_plain_answer, ANSWER_COLUMNS, max_tokens=2_000, **GREEDY)
    assert answers.rows["long_answer"].to_list() == ["It is \ufffd so."]
    assert answers.refused["reason"].to_list() == ["not a complete answer"] * 2


def test_a_question_whose_tokens_nobody_counted_is_a_row(llm):
    llm.faults = [said([{"type": "text", "text": "Does it?"}])]
    outcome = outcome_of(
        llm,
        lambda reply, _row: {"text": reply.text, "tokens": reply.completion_tokens},
        {"text": pl.String, "tokens": pl.Int32},
    )
    assert outcome.rows["tokens"].to_list() == [None, 5, 5]
    assert outcome.rows["text"][0] == "Does it?"


def test_a_row_is_read_with_its_reply(llm):
    outcome = outcome_of(llm, lambda reply, row: {"text": f"{row['pmid']} {reply.text[:4]}"})
    assert outcome.rows["text"].to_list() == ["1 Does", "2 Does", "3 Does"]
    assert outcome.rows.columns == ["row_key", "pmid", "text"]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500])
def test_no_refusal_and_no_error_shows_the_key_that_a_server_repeats(llm, quick, monkeypatch, caplog, status):
    monkeypatch.setenv("DISTILLERY_API_KEY", KEY)
    llm.faults = [said("Does a?"), *[(status, error(f"denied for Bearer {KEY}"))] * 100_000]
    with caplog.at_level("INFO", logger="distillery"):
        try:
            told = outcome_of(llm).refused["reason"].to_list()
        except UnansweredError as ended:
            told = [str(ended), *ended.finished.refused["reason"]]
    assert "denied for Bearer ***" in told[0]
    assert "Secret" not in f"{told} {caplog.text}"


def test_a_reason_in_the_models_words_is_one_short_line(llm):
    llm.faults = [said("\x1b[31mNo\x07 \u202e" + "no " * 200)]

    def quoting(reply: Reply, row: Row) -> dict[str, object] | str:
        return f"found {reply.text}" if "No" in reply.text else {"text": reply.text}

    [reason] = outcome_of(llm, quoting, **GREEDY).refused["reason"]
    assert reason.startswith("found [31mNo no no")
    assert len(reason) <= 301
    assert reason.isprintable()


def test_an_answer_that_breaks_its_reader_costs_its_row_alone(llm):
    def breaking(reply: Reply, row: Row) -> dict[str, object] | str:
        return {"text": {"b": 1}["a" if row["row_key"] == "a" else "b"]}

    outcome = outcome_of(llm, breaking, {"text": pl.Int64})
    assert outcome.rows["row_key"].to_list() == ["b", "c"]
    assert outcome.refused["reason"].to_list() == ["the answer can not be read (KeyError: 'a')"]


def test_what_is_answered_is_kept_before_the_others_are(llm, monkeypatch):
    monkeypatch.setattr("tasks.serving.ask_rows.KEPT_ROWS", 1)
    kept: list[list[str]] = []

    def keep(outcome: Outcome) -> None:
        kept.append(outcome.rows["row_key"].to_list())
        held.set()

    held = threading.Event()

    def wait(body: dict) -> None:
        if body["messages"][-1]["content"] == "c":
            assert held.wait(20)

    llm.fault_of = wait
    ask_each(ROWS, Asking(lambda row: ask(row["row_key"]), read, {"text": pl.String}, kept=("pmid",)),
             Endpoint(llm.url, MODEL), keep)  # fmt: skip
    assert kept[-1] == ["c"]
    assert sorted(key for keys in kept for key in keys) == ["a", "b", "c"]


def test_answers_that_can_not_be_kept_end_the_conversation(llm):
    def keep(outcome: Outcome) -> None:
        raise UnwritableError("the disk is full")

    with pytest.raises(UnwritableError, match="the disk is full"):
        ask_each(ROWS, Asking(lambda row: ask(row["row_key"]), read, {"text": pl.String}, kept=("pmid",)),
                 Endpoint(llm.url, MODEL), keep)  # fmt: skip


def test_a_server_that_refuses_all_from_some_point_on_quarantines_nothing_more(llm, monkeypatch):
    monkeypatch.setattr("tasks.serving.ask_rows.REFUSED_IN_A_ROW", 2)
    monkeypatch.setattr("tasks.serving.ask_rows.TICK", 0.01)
    llm.faults = [said("Does a?"), *[(400, error("no such tenant"))] * 1000]
    with pytest.raises(UnansweredError, match="refused all of 2 requests in a row") as ended:
        outcome_of(llm)
    assert ended.value.finished.rows["row_key"].to_list() == ["a"]
    assert ended.value.finished.refused.is_empty()
