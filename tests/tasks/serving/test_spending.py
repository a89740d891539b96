import json
import logging
import math

import polars as pl
import pytest
from pydantic import ValidationError

from tasks.serving.ask_rows import ask_rows
from tasks.serving.asking import Asking, Columns, Row
from tasks.serving.endpoint import Endpoint
from tasks.serving.engine import Engine, EngineSettings
from tasks.serving.model import LanguageModel
from tasks.serving.reply import Reply
from tasks.serving.request import Request
from tasks.serving.spending import LimitReachedError, Limits, Spending, usage_of
from tasks.store.reference import LlmUsage
from tests.fake_llm import MODEL, FakeLlm

ROWS = pl.DataFrame({"row_key": [f"k{place:02}" for place in range(100)], "pmid": range(1, 101)})
REQUEST = Request([{"role": "user", "content": "12345678"}], max_tokens=64)
OF_A_REPLY = 15
"""Tokens that the fake server says."""


def asking() -> Asking:
    def request(row: Row) -> Request:
        return Request([{"role": "user", "content": f"Ask about {row['pmid']}."}], max_tokens=64)

    def read(reply: Reply, _row: Row) -> Columns | str:
        return {"said": reply.text}

    return Asking(request, read, {"said": pl.String}, kept=("pmid",))


def reply(prompt: int | None, completion: int | None, text: str = "123", thoughts: str = "") -> Reply:
    return Reply(text, "stop", prompt, completion, thoughts=thoughts)


def ask_within(limits: Limits, llm: FakeLlm) -> tuple[Spending, LimitReachedError]:
    spending = Spending(limits)
    with pytest.raises(LimitReachedError) as ended:
        ask_rows(ROWS, asking(), Endpoint(llm.url, MODEL, spending=spending))
    return spending, ended.value


def test_what_tokens_cost():
    limits = Limits(prompt_price=2.0, completion_price=10.0)
    assert limits.cost(LlmUsage(requests=3, prompt_tokens=1_500_000, completion_tokens=200_000)) == 5.0
    assert Limits().cost(LlmUsage(prompt_tokens=1)) is None
    assert Limits(prompt_price=0, completion_price=0).cost(LlmUsage(prompt_tokens=9)) == 0.0


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"most_cost": 1.0}, "a highest cost needs prices"),
        ({"most_cost": 1.0, "prompt_price": 1.0}, "give both prices"),
        ({"completion_price": 1.0}, "give both prices"),
        ({"most_tokens": 0}, "greater than or equal to 1"),
        ({"most_cost": math.inf, "prompt_price": 1.0, "completion_price": 1.0}, "finite"),
    ],
)
def test_limits_that_can_not_be_kept_are_refused(given, words):
    with pytest.raises(ValidationError, match=words):
        Limits(**given)


def test_one_goes_first_where_a_limit_is_set():
    spending, unlimited = Spending(Limits(most_tokens=100)), Spending()
    assert spending.allows()
    for each in (spending, unlimited):
        each.began()
    assert not spending.allows()
    assert unlimited.allows()
    spending.ended()
    spending.count(REQUEST, reply(10, 4))
    spending.began()
    assert spending.allows()


def test_fewer_are_let_under_way_as_the_limit_comes_near():
    spending = Spending(Limits(most_tokens=100))
    for _ in range(5):
        spending.count(REQUEST, reply(10, 4))  # 70 used, 14 in the mean
    spending.began()
    spending.began()
    assert spending.allows()  # 70 + 2 * 14 = 98
    spending.began()
    assert not spending.allows()  # 112
    assert not spending.is_reached
    for _ in range(3):
        spending.ended()
    spending.count(REQUEST, reply(15, 14))  # 99
    assert spending.allows()
    spending.began()
    assert not spending.allows()
    spending.count(REQUEST, reply(1, 0))
    assert not spending.allows()
    assert spending.is_reached


def test_tokens_that_are_not_told_are_a_quarter_of_the_characters_and_said_once(caplog):
    caplog.set_level(logging.INFO, logger="distillery")
    spending = Spending()
    spending.count(REQUEST, reply(None, None, "123456789", thoughts="abc"))
    spending.count(REQUEST, reply(7, None, ""))
    assert spending.used == LlmUsage(requests=2, prompt_tokens=2 + 7, completion_tokens=3)
    assert usage_of(REQUEST, reply(0, 5)) == LlmUsage(requests=1, prompt_tokens=0, completion_tokens=5)
    assert [record.message for record in caplog.records] == [
        "replies do not say how many tokens they took; they count as a 4th of their characters, in limits, totals and "
        "costs"
    ]


def test_a_limit_ends_the_asking_and_keeps_every_answer(llm):
    spending, ended = ask_within(Limits(most_tokens=20 * OF_A_REPLY), llm)
    assert len(llm.requests) == ended.finished.usage.requests == spending.used.requests
    assert spending.used.tokens == ended.finished.usage.tokens == len(llm.requests) * OF_A_REPLY
    # 32 begin before the first reply tells what one takes
    assert 20 <= len(llm.requests) <= 20 + 32
    assert len(ended.finished.rows) == len(llm.requests)
    assert str(ended) == (
        f"the run has used {spending.used.tokens:,} tokens, and the most it may use (--most-tokens) is 300; everything "
        "that was answered is kept, and the same command with a higher limit goes on from there"
    )


def test_a_limit_that_is_far_is_passed_by_a_reply_at_most(llm):
    spending, _ = ask_within(Limits(most_tokens=70 * OF_A_REPLY - 1), llm)
    assert spending.used.requests == len(llm.requests) == 70


def test_a_cost_limit_ends_the_asking(llm):
    limits = Limits(most_cost=0.5, prompt_price=1_000.0, completion_price=0.0)  # a cent a reply
    spending, ended = ask_within(limits, llm)
    assert len(llm.requests) == 50
    assert limits.cost(spending.used) == 0.5
    assert str(ended).startswith("the run has cost 0.50 (750 tokens), and its highest cost (--most-cost) is 0.50; ")


def test_stages_of_a_run_share_one_limit(llm):
    llm.models = [MODEL, "other"]
    spending = Spending(Limits(most_tokens=40 * OF_A_REPLY))
    engine = Engine(EngineSettings(), spending=spending)
    first = engine.endpoint(LanguageModel(model=MODEL, url=llm.url))
    assert len(ask_rows(ROWS[:30], asking(), first).rows) == 30
    with pytest.raises(LimitReachedError) as ended:
        ask_rows(ROWS[30:], asking(), engine.endpoint(LanguageModel(model="other", url=llm.url)))
    assert len(ended.value.finished.rows) == len(llm.requests) - 30 == 10


def test_nothing_is_asked_once_the_limit_is_reached(llm):
    spending = Spending(Limits(most_tokens=10))
    spending.count(REQUEST, reply(5, 5))
    with pytest.raises(LimitReachedError) as ended:
        ask_rows(ROWS, asking(), Endpoint(llm.url, MODEL, spending=spending))
    assert (llm.requests, len(ended.value.finished.rows)) == ([], 0)


def test_a_request_that_waits_to_be_asked_again_is_not_when_the_limit_is_reached(llm, quick):
    def fault_of(body: dict) -> tuple | None:
        about_the_first = "about 1." in body["messages"][0]["content"]
        return (503, json.dumps({"error": {"message": "busy"}}), {"Retry-After": "0"}) if about_the_first else None

    llm.fault_of = fault_of
    _, ended = ask_within(Limits(most_tokens=40 * OF_A_REPLY), llm)
    assert 1 not in ended.finished.rows["pmid"].to_list()
    assert len(ended.finished.rows) >= 38  # a greeting in between was counted, too
