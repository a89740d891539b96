import polars as pl

from tasks.evaluation.evaluation_prompt import INSTRUCTED
from tasks.evaluation.examinee import Examinee
from tasks.evaluation.predict import prediction_asking, wanted_predictions
from tasks.serving.ask_rows import ask_rows
from tasks.serving.endpoint import Endpoint
from tasks.serving.model import LanguageModel
from tests.fake_examinee import FakeExaminee
from tests.fake_llm import MODEL

ITEMS = pl.DataFrame(
    {
        "item": ["1", "2"],
        "name": ["n1", "n2"],
        "question": ["Q?", "Q?"],
        "contexts": [["A"], []],
        "decision": ["yes", "no"],
    }
)


def examinee(setting: str = "question-only", method: str = "choice") -> Examinee:
    model = LanguageModel(url="http://a:1", model=MODEL)
    return Examinee(name="m", language_model=model, prompt=INSTRUCTED, setting=setting, method=method, max_tokens=7)


def test_a_key_stands_for_what_is_shown():
    changed = ITEMS.with_columns(contexts=pl.Series([["B"], []], dtype=pl.List(pl.String)), decision=pl.lit("maybe"))
    alone = [wanted_predictions(items, examinee())["row_key"].to_list() for items in (ITEMS, changed)]
    assert alone[0] == alone[1]
    shown = [
        wanted_predictions(items, examinee("reasoning-required"))["row_key"].to_list() for items in (ITEMS, changed)
    ]
    assert shown[0][0] != shown[1][0]
    assert shown[0][1] == shown[1][1]
    assert "decision" not in wanted_predictions(ITEMS, examinee()).columns


def test_an_examinee_is_asked_by_its_method():
    with FakeExaminee() as server:
        for method in ("choice", "generated"):
            asked = examinee(method=method)
            outcome = ask_rows(wanted_predictions(ITEMS, asked), prediction_asking(asked), Endpoint(server.url, MODEL))
            assert outcome.rows["item"].to_list() == ["1", "2"]
            assert outcome.rows["probability_yes"].null_count() == (0 if method == "choice" else 2)
        assert [request["max_tokens"] for request in server.requests] == [8, 8, 7, 7]
