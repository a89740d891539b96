import math
from dataclasses import dataclass

import polars as pl
import pytest

from tasks.answers.answer import REPLY_COLUMNS
from tasks.answers.answerer import Answerer
from tasks.answers.task import _answer, _decide
from tasks.serving.endpoint import Endpoint
from tasks.store.recipe import Recipe
from tasks.store.reference import TableRef
from tasks.store.store import Store
from tests.fake_llm import MODEL, FakeLlm
from tests.tasks.answers.test_answer import ARTICLES, CONTEXTS, preferences

MAYBE = Answerer(calibration={"maybe": math.log(3)})


class WeighingLlm(FakeLlm):
    """Says yes with 0.6, and would say maybe with 0.3; decides as it must where one decision alone is allowed."""

    def reply(self, body: dict) -> str:
        said = super().reply(body)
        schema = body["response_format"]["json_schema"]["schema"]
        return '{"decision": "yes"}' if list(schema["properties"]) == ["decision"] else said

    def tokens(self, body: dict, text: str) -> list[dict]:
        shares = {"yes": 0.6, "no": 0.1, "maybe": 0.3}
        beside = [{"token": word, "logprob": math.log(share)} for word, share in shares.items()]
        if text != '{"decision": "yes"}':
            return super().tokens(body, text)
        said = [('{"decision": "', -1.0), ("yes", math.log(0.6)), ('"}', 0.0)]
        return [{"token": token, "logprob": logprob, "top_logprobs": beside} for token, logprob in said]


@dataclass
class ServedElsewhere:
    """An engine that starts nothing."""

    url: str

    def endpoint(self, _model: object) -> Endpoint:
        return Endpoint(self.url, MODEL)


def kept(store: Store, stage: str, rows: pl.DataFrame) -> TableRef:
    """Keep rows in a table and return the reference to them."""
    keyed = rows.with_columns(row_key=pl.int_range(pl.len()).cast(pl.String))
    table = store.table(Recipe(stage, 1))
    table.commit(keyed)
    return store.select(table, keyed["row_key"])


@pytest.fixture
def tables(tmp_path):
    store = Store(str(tmp_path))
    best = pl.concat(
        [preferences(), preferences("factoid").with_columns(pmid=pl.lit(22, pl.Int64), chosen_id=pl.lit("q2"))]
    )
    return store, kept(store, "articles", ARTICLES), kept(store, "preferences", best), kept(store, "contexts", CONTEXTS)


def test_a_calibrated_decision_is_asked_for_first_and_the_answer_is_written_for_it(tables):
    store, *refs = tables
    with WeighingLlm() as llm:
        engine = ServedElsewhere(llm.url)
        decisions = _decide(store, *refs, MAYBE, engine)
        assert decisions.ref.rows == 1
        answers = store.read(_answer(store, *refs, MAYBE, engine, decisions.ref).ref).sort("pmid")
    assert answers["decision"].to_list() == ["maybe", None]
    assert answers["probability"][0] == pytest.approx(0.9 / 1.6, abs=1e-6)
    assert set(REPLY_COLUMNS) < set(answers.columns)


def test_without_a_calibration_the_answer_decides(tables, caplog):
    store, *refs = tables
    with FakeLlm() as llm, caplog.at_level("INFO", logger="distillery"):
        answers = store.read(_answer(store, *refs, Answerer(), ServedElsewhere(llm.url)).ref)
        assert len(llm.requests) == 2
    assert sorted(answers["kind"]) == ["factoid", "yes/no"]
    assert "quote no sentence" not in caplog.text


def test_a_question_without_the_decision_that_it_needs_is_not_answered(tables):
    store, *refs = tables
    with WeighingLlm() as llm:
        engine = ServedElsewhere(llm.url)
        none = store.narrow(_decide(store, *refs, MAYBE, engine).ref, pl.Series([], dtype=pl.String))
        answers = store.read(_answer(store, *refs, MAYBE, engine, none).ref)
    assert answers["kind"].to_list() == ["factoid"]
