import json
from pathlib import Path

import polars as pl
import pytest

from tasks.evaluation.benchmark import ITEM_SCHEMA, BenchmarkError, read_benchmark
from tasks.evaluation.bioasq import BioasqError
from tasks.evaluation.pubmedqa import PubMedQaError, read_predictions
from tests.evaluation_files import write_bioasq, write_pubmedqa

SHARED = Path(__file__).parents[4] / "shared" / "data"


def test_items_of_pubmedqa(tmp_path):
    path = write_pubmedqa(tmp_path / "items.json")
    benchmark = read_benchmark("pubmedqa", [path])
    assert benchmark.items.schema == pl.Schema(ITEM_SCHEMA)
    first = benchmark.items.row(0, named=True)
    assert (first["item"], first["name"], first["decision"], first["year"]) == ("101", "PubMedQA 101", "yes", 2009)
    assert (first["file"], first["human"]) == ("items.json", "yes")
    assert (benchmark.decisions, benchmark.slices) == (("yes", "no", "maybe"), ("year", "heading"))
    assert list(benchmark.files) == ["items.json"]
    assert benchmark.left_out == {}


def test_an_item_in_two_files_counts_once(tmp_path):
    paths = [write_pubmedqa(tmp_path / name, items) for name, items in (("a.json", 4), ("b.json", 6))]
    benchmark = read_benchmark("pubmedqa", paths)
    assert benchmark.items["file"].to_list() == ["a.json"] * 4 + ["b.json"] * 2
    assert benchmark.left_out == {"stands in another file, too": 4}


def test_a_limit_takes_the_first(tmp_path):
    benchmark = read_benchmark("pubmedqa", [write_pubmedqa(tmp_path / "items.json")])
    assert benchmark.first(None) is benchmark
    assert benchmark.first(6) is benchmark
    fewer = benchmark.first(2)
    assert fewer.items["item"].to_list() == ["101", "102"]
    assert fewer.left_out == {"beyond the limit": 4}
    assert fewer.cache_identity != benchmark.cache_identity


def test_its_identity_is_all_that_the_items_say(tmp_path):
    def identity(**changes: object) -> str:
        return read_benchmark("pubmedqa", [write_pubmedqa(tmp_path / "items.json", **changes)]).cache_identity

    assert identity() == identity()
    assert len({identity(), identity(YEAR="2001"), identity(final_decision="no"), identity(QUESTION="Why?")}) == 4


def test_a_ground_truth_chooses_the_items(tmp_path):
    items, truth = write_pubmedqa(tmp_path / "items.json"), tmp_path / "test_ground_truth.json"
    truth.write_text(json.dumps({"104": "maybe", "102": "no"}))
    benchmark = read_benchmark("pubmedqa", [items], truth)
    assert benchmark.items["item"].to_list() == ["102", "104"]
    assert benchmark.left_out == {"not in the ground truth": 4}
    assert list(benchmark.files) == ["items.json", "test_ground_truth.json"]


@pytest.mark.parametrize(
    ("truth", "problem"),
    [
        ({"102": "yes"}, "1 of its 1 PMIDs have another decision among the items, the first 102"),
        ({"102": "no", "7": "no"}, "1 of its 2 PMIDs are not among the items, the first 7"),
    ],
)
def test_a_ground_truth_of_other_items_is_told(tmp_path, truth, problem):
    path = tmp_path / "truth.json"
    path.write_text(json.dumps(truth))
    with pytest.raises(BenchmarkError, match=problem):
        read_benchmark("pubmedqa", [write_pubmedqa(tmp_path / "items.json")], path)


def test_items_of_bioasq(tmp_path):
    benchmark = read_benchmark("bioasq", [write_bioasq(tmp_path / "1B1_golden.json")])
    assert benchmark.items.schema == pl.Schema(ITEM_SCHEMA)
    rows = benchmark.items.select("item", "name", "question", "decision", "file").rows()
    assert rows[0] == ("q1", "BioASQ q1", "Do bees sleep in q1?", "yes", "1B1_golden.json")
    assert [row[3] for row in rows] == ["yes", "no"]
    assert benchmark.items["contexts"].to_list()[0] == ["Sleep in bees They sleep at night.", "Bees rest."]
    assert (benchmark.decisions, benchmark.slices) == (("yes", "no"), ("file",))
    assert benchmark.left_out == {"of another type": 1, "without yes or no": 1}


def test_nothing_to_ask_is_told(tmp_path):
    path = tmp_path / "none.json"
    path.write_text(json.dumps({"questions": []}))
    with pytest.raises(BenchmarkError, match=r"none\.json: there is no yes/no question with an answer"):
        read_benchmark("bioasq", [path])
    with pytest.raises(PubMedQaError):
        read_benchmark("pubmedqa", [path])
    with pytest.raises(BioasqError):
        read_benchmark("bioasq", [write_pubmedqa(tmp_path / "items.json")])


def test_why_there_is_nothing_to_ask_is_told(tmp_path):
    path = tmp_path / "odd.json"
    path.write_text(
        json.dumps({"questions": [{"id": "q1", "type": "YesNo", "body": "Does it?", "exact_answer": "yes"}]})
    )
    with pytest.raises(BenchmarkError, match=r"an answer \(1 parts that can not be read\); name a golden file"):
        read_benchmark("bioasq", [path])


def test_predictions_in_pubmedqas_own_format(tmp_path):
    benchmark = read_benchmark("pubmedqa", [write_pubmedqa(tmp_path / "items.json", 2)])
    predicted = benchmark.items.with_columns(prediction=pl.Series(["no", None], dtype=pl.String))
    benchmark.write_official(tmp_path / "out.json", predicted)
    assert read_predictions(tmp_path / "out.json").rows() == [(101, "no"), (102, "maybe")]


def test_predictions_in_bioasqs_own_format(tmp_path):
    benchmark = read_benchmark("bioasq", [write_bioasq(tmp_path / "1B1_golden.json")])
    predicted = benchmark.items.with_columns(prediction=pl.Series(["no", None], dtype=pl.String))
    benchmark.write_official(tmp_path / "out.json", predicted)
    [first, second] = json.loads((tmp_path / "out.json").read_text())["questions"]
    assert first == {"id": "q1", "type": "yesno", "body": "Do bees sleep in q1?", "exact_answer": "no"}
    assert second["exact_answer"] == ""


@pytest.mark.skipif(not SHARED.exists(), reason="the real files are not beside this checkout")
def test_real_files():
    assert len(read_benchmark("pubmedqa", [SHARED / "pubmedqa" / "ori_pqal.json"]).items) == 500
    bioasq = read_benchmark("bioasq", sorted((SHARED / "bioasq").glob("*.json")))
    assert len(bioasq.items) == 409
    assert bioasq.items["contexts"].list.len().min() >= 1
