import json
from pathlib import Path

import polars as pl
import pytest

from tasks.errors import DistilleryError
from tasks.evaluation.leakage import evaluation_pmids
from tasks.evaluation.pubmedqa import (
    ITEM_SCHEMA,
    REFERENCE_POINTS,
    PubMedQaError,
    evaluation_texts,
    read_items,
    read_predictions,
    write_predictions,
)

SHARED = Path(__file__).parents[4] / "shared" / "data" / "pubmedqa" / "ori_pqal.json"
ITEM = {
    "QUESTION": "Do bees sleep?",
    "CONTEXTS": ["We watched forty bees.", "Thirty-one slept."],
    "LABELS": ["METHODS", "RESULTS"],
    "MESHES": ["Bees", "Sleep"],
    "YEAR": "2009",
    "reasoning_required_pred": "yes",
    "reasoning_free_pred": "maybe",
    "final_decision": "yes",
    "LONG_ANSWER": "Most bees sleep.",
}


def write(path: Path, content: object) -> Path:
    path.write_text(json.dumps(content))
    return path


def test_an_item_becomes_a_row(tmp_path):
    items = read_items(write(tmp_path / "items.json", {"12": ITEM}))
    assert items.schema == pl.Schema(ITEM_SCHEMA)
    assert items.row(0) == (
        12, "Do bees sleep?", ["We watched forty bees.", "Thirty-one slept."], ["METHODS", "RESULTS"],
        ["Bees", "Sleep"], 2009, "yes", "Most bees sleep.", "yes", "maybe",
    )  # fmt: skip


def test_year_and_human_predictions_may_be_missing(tmp_path):
    bare = {name: value for name, value in ITEM.items() if name not in ("YEAR", "reasoning_required_pred")}
    path = write(tmp_path / "items.json", {"12": bare, "13": ITEM | {"YEAR": None, "CONTEXTS": [], "LABELS": []}})
    items = read_items(path)
    assert items["year"].to_list() == [None, None]
    assert items["reasoning_required_pred"].to_list() == [None, "yes"]
    assert items["contexts"].to_list()[1] == []


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"QUESTION": " "}, r"QUESTION: expected a text, found ' '"),
        ({"QUESTION": None}, r"QUESTION: expected a text, found nothing"),
        ({"CONTEXTS": "one"}, r"CONTEXTS: expected a list of texts, found 'one'"),
        ({"MESHES": ["Bees", 3]}, r"MESHES: expected a list of headings, found \['Bees', 3\]"),
        ({"YEAR": "last"}, r"YEAR: expected a year of four digits, found 'last'"),
        ({"final_decision": "Yes"}, r"final_decision: expected yes, no or maybe, found 'Yes'"),
        ({"reasoning_free_pred": "perhaps"}, r"reasoning_free_pred: expected yes, no or maybe, found 'perhaps'"),
        ({"LABELS": ["RESULTS"]}, r"expected a label for each context, found 1 LABELS for 2 CONTEXTS"),
    ],
)
def test_a_bad_item_is_told(tmp_path, changes, reason):
    path = write(tmp_path / "items.json", {"12": ITEM, "77": ITEM | changes})
    with pytest.raises(PubMedQaError, match=rf"items\.json: item 77: {reason}"):
        read_items(path)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ({}, "holds no item"),
        ({"12": "yes"}, r"item 12: expected an object with QUESTION and other fields, found 'yes'"),
        ({"x12": ITEM}, "item 'x12': expected a PMID"),
        ({"99999999999999999999": ITEM}, "expected a PMID"),
    ],
)
def test_a_bad_file_is_told(tmp_path, content, reason):
    with pytest.raises(DistilleryError, match=reason):
        read_items(write(tmp_path / "items.json", content))


def test_predictions_survive_their_file(tmp_path):
    path = tmp_path / "predictions.json"
    predictions = pl.DataFrame({"pmid": [30, 4, 12], "prediction": ["no", "maybe", "yes"]})
    write_predictions(path, predictions)
    assert json.loads(path.read_text()) == {"30": "no", "4": "maybe", "12": "yes"}
    assert read_predictions(path).equals(predictions)


def test_a_missing_prediction_is_written_as_told_or_not_at_all(tmp_path):
    path = tmp_path / "predictions.json"
    predictions = pl.DataFrame({"pmid": [1, 2], "prediction": ["no", None]})
    with pytest.raises(PubMedQaError, match=r"1 predictions are none of yes, no or maybe, the first that of PMID 2"):
        write_predictions(path, predictions)
    assert not path.exists()
    write_predictions(path, predictions, unanswered="maybe")
    assert read_predictions(path)["prediction"].to_list() == ["no", "maybe"]


@pytest.mark.parametrize(
    ("predictions", "reason"),
    [
        ({"pmid": [1], "prediction": ["Yes"]}, "'Yes'"),
        ({"pmid": [1, 1], "prediction": ["yes", "no"]}, "a PMID has two predictions"),
    ],
)
def test_what_is_no_prediction_is_not_written(tmp_path, predictions, reason):
    with pytest.raises(PubMedQaError, match=reason):
        write_predictions(tmp_path / "predictions.json", pl.DataFrame(predictions))


def test_bad_predictions_are_told(tmp_path):
    path = write(tmp_path / "predictions.json", {"1": "yes", "2": {"decision": "no"}})
    with pytest.raises(PubMedQaError, match=r"item 2: expected yes, no or maybe, found \{'decision': 'no'\}"):
        read_predictions(path)


def test_texts_to_look_for(tmp_path):
    texts = evaluation_texts(read_items(write(tmp_path / "items.json", {"12": ITEM})))
    assert texts.rows() == [
        ("PubMedQA 12 question", "Do bees sleep?"),
        ("PubMedQA 12 contexts", "We watched forty bees.\nThirty-one slept."),
        ("PubMedQA 12 long answer", "Most bees sleep."),
    ]


def test_reference_points_are_shares_with_a_source():
    assert {point.name: point.accuracy for point in REFERENCE_POINTS}["majority"] == 0.552
    assert all(0 < point.accuracy < 1 and point.source for point in REFERENCE_POINTS)


@pytest.mark.skipif(not SHARED.exists(), reason="the real files are not beside this checkout")
def test_the_real_file():
    items = read_items(SHARED)
    assert len(items) == items["pmid"].n_unique() == 500
    assert items["decision"].value_counts(sort=True).rows() == [("yes", 276), ("no", 169), ("maybe", 55)]
    assert (items["year"].null_count(), items["year"].min(), items["year"].max()) == (36, 1989, 2017)
    assert set(items["pmid"]) < evaluation_pmids()
