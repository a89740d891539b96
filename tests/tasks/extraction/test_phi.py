import json
from pathlib import Path

import polars as pl
import pytest

from tasks.extraction.examples import PHI_SCHEMA, check_examples, labelled_spans
from tasks.extraction.phi import PhiError, read_phi

SHARED = Path(__file__).parents[4] / "shared" / "data" / "deid" / "synth_dataset_v2.json"


def span(kind: str, value: str, start: int, end: int) -> dict:
    return {"entity_type": kind, "entity_value": value, "start_position": start, "end_position": end}


ANN = {"full_text": "Ann is 70.", "template_id": 3, "spans": [span("AGE", "70", 7, 9), span("PERSON", "Ann", 0, 3)]}


def read(folder: Path, *items: object):
    path = folder / "synth.json"
    path.write_text(json.dumps(items))
    return read_phi(path)


def test_spans_are_read_in_the_order_of_the_text(tmp_path):
    gold = read(tmp_path, ANN, {"full_text": "Nothing.", "template_id": 4, "spans": []})
    check_examples(gold.examples, PHI_SCHEMA)
    assert labelled_spans(gold.examples["spans"][0]) == [(0, 3, "PERSON"), (7, 9, "AGE")]
    assert gold.examples["group"].to_list() == ["template 3", "template 4"]


@pytest.mark.parametrize(
    ("spans", "reason"),
    [
        ([span("AGE", "70", 6, 8)], "AGE: expected '70' from 6 to 8"),
        ([span("AGE", "70.", 7, 11)], "AGE: expected '70.' from 7 to 11"),
        ([span("AGE", "", 7, 7)], "AGE: expected '' from 7 to 7"),
        ([span("AGE", "70", -3, -1)], "AGE: expected '70' from -3 to -1"),
        ([span("AGE", "is 70", 4, 9), span("AGE", "70", 7, 9)], "'is 70' and '70' overlap"),
    ],
)
def test_an_item_whose_spans_do_not_fit_is_refused(tmp_path, spans, reason):
    gold = read(tmp_path, ANN | {"spans": spans})
    assert gold.refused.select("key", "reason").rows() == [("synth.json item 1", reason)]
    assert gold.examples.is_empty()


def test_other_labels_for_the_same_text_are_a_conflict(tmp_path):
    gold = read(tmp_path, ANN, ANN | {"spans": ANN["spans"][::-1]}, {**ANN, "full_text": "Ann is 70!"})
    assert (len(gold.examples), gold.merged, len(gold.conflicts)) == (2, 1, 0)
    gold = read(tmp_path, ANN, ANN | {"spans": []})
    assert gold.conflicts["keys"].to_list() == [["synth.json item 1", "synth.json item 2"]]
    assert gold.examples.is_empty()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{}", "expected a list of items, found dict"),
        ("[", "is cut off or no JSON"),
        (json.dumps([ANN, 3]), "item 2: expected full_text, template_id and spans"),
        (json.dumps([ANN | {"template_id": None}]), "item 1: expected full_text"),
        (json.dumps([ANN | {"spans": [{"start": 1}]}]), "item 1: .*entity_type, entity_value, start_position, end_pos"),
        (None, "can not be read"),
    ],
)
def test_a_wrong_file_is_told(tmp_path, content, message):
    path = tmp_path / "synth.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(PhiError, match=message):
        read_phi(path)


@pytest.mark.skipif(not SHARED.exists(), reason="the real files are not beside this checkout")
def test_the_real_file():
    gold = read_phi(SHARED)
    check_examples(gold.examples, PHI_SCHEMA)
    assert (len(gold.examples), len(gold.refused), len(gold.conflicts), gold.merged) == (1_392, 0, 0, 108)
    spans = gold.examples.explode("spans").drop_nulls("spans").unnest("spans")
    assert (len(spans), spans["label"].n_unique(), gold.examples["group"].n_unique()) == (2_847, 17, 209)
    values = {(item["full_text"], s["entity_value"]) for item in json.loads(SHARED.read_text()) for s in item["spans"]}
    read = spans.select("text", pl.col("text").str.slice("start", pl.col("end") - pl.col("start")).alias("value"))
    assert set(read.iter_rows()) == values
