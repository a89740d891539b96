from pathlib import Path

import polars as pl
import pytest

from tasks.evaluation.metrics import accuracy
from tasks.evaluation.pubmedqa import read_items
from tasks.evaluation.slices import (
    SLICE_SCHEMA,
    PredictionsError,
    judge,
    majority_baseline,
    score_by_file,
    score_by_heading,
    score_by_year,
)

SHARED = Path(__file__).parents[4] / "shared" / "data" / "pubmedqa" / "ori_pqal.json"
ITEMS = pl.DataFrame(
    {
        "item": ["1", "2", "3", "4", "5"],
        "decision": ["yes", "no", "no", "maybe", "yes"],
        "year": [2009, 2009, 2010, None, None],
        "meshes": [["Bees", "Sleep"], ["Bees"], ["Sleep", "Bees", "Bees"], [], ["Ants"]],
    },
    schema_overrides={"year": pl.Int32},
)
PREDICTIONS = pl.DataFrame({"item": ["5", "3", "2", "1"], "prediction": ["no", "no", "yes", "yes"]})


def test_predictions_find_their_items():
    judged = judge(ITEMS, PREDICTIONS)
    assert judged["item"].to_list() == ["1", "2", "3", "4", "5"]
    assert judged["prediction"].to_list() == ["yes", "yes", "no", None, "no"]
    assert accuracy(judged["decision"], judged["prediction"]) == pytest.approx(2 / 5)


@pytest.mark.parametrize(
    ("predicted", "reason"),
    [
        (["1", "2", "2"], "1 items have more than one prediction, the first 2; expected one for each of 5 items"),
        (["1", "77", "78"], "2 predictions are of no item, the first 77"),
    ],
)
def test_predictions_of_something_else_are_told(predicted, reason):
    with pytest.raises(PredictionsError, match=reason):
        judge(ITEMS, pl.DataFrame({"item": predicted, "prediction": ["yes"] * len(predicted)}))


def test_slices_by_year():
    slices = score_by_year(judge(ITEMS, PREDICTIONS), smallest=2)
    assert slices.schema == pl.Schema(SLICE_SCHEMA)
    rows = slices.select("slice", "items", "unanswered", "accuracy").rows()
    assert rows == [("2009", 2, 0, 0.5), ("unknown", 2, 1, 0.0)]
    assert slices.row(0, named=True)["accuracy_low"] == 0
    assert slices.row(0, named=True)["accuracy_high"] == 1
    # yes: 1 right of 2 predicted and 1 gold; no and maybe: none right.
    assert slices["macro_f1"][0] == pytest.approx(2 / 3 / 3)


def test_slices_by_heading():
    slices = score_by_heading(judge(ITEMS, PREDICTIONS), smallest=1)
    rows = slices.select("slice", "items", "accuracy").rows()
    assert rows == [("Bees", 3, pytest.approx(2 / 3)), ("Sleep", 2, 1.0), ("Ants", 1, 0.0)]
    assert score_by_heading(judge(ITEMS, PREDICTIONS), smallest=4).is_empty()


def test_slices_by_file_of_a_benchmark_without_maybe():
    judged = pl.DataFrame({"file": ["a", "b", "a"], "decision": ["yes", "no", "no"], "prediction": ["yes", "no", None]})
    slices = score_by_file(judged, smallest=1, labels=("yes", "no"))
    rows = slices.select("slice", "items", "accuracy", "macro_f1").rows()
    assert rows == [("a", 2, 0.5, 0.5), ("b", 1, 1.0, 0.5)]


def test_the_majority_baseline():
    assert majority_baseline(ITEMS).rows() == [(item, "yes") for item in "12345"]  # yes and no are two each
    assert set(majority_baseline(ITEMS, ITEMS.slice(1, 2))["prediction"]) == {"no"}


@pytest.mark.skipif(not SHARED.exists(), reason="the real files are not beside this checkout")
def test_real_items():
    items = read_items(SHARED).with_columns(item=pl.col("pmid").cast(pl.String))
    human = judge(items, items.select("item", prediction="reasoning_required_pred"))
    years = score_by_year(human)
    assert years["items"].min() >= 20
    assert years["slice"].to_list()[-1] == "unknown"
    headings = score_by_heading(human, resamples=100)
    assert headings.row(0, named=True)["slice"] == "Humans"
    assert headings.row(0, named=True)["items"] == 480
    majority = judge(items, majority_baseline(items))
    assert accuracy(majority["decision"], majority["prediction"]) == pytest.approx(0.552)
