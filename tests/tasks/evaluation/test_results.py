import json
from dataclasses import replace

import polars as pl
import pytest

from tasks.evaluation.ask import REPLY_COLUMNS
from tasks.evaluation.benchmark import Benchmark, read_benchmark
from tasks.evaluation.describe import describe
from tasks.evaluation.evaluation_prompt import INSTRUCTED
from tasks.evaluation.examinee import Examinee
from tasks.evaluation.results import Predictions, judge_predictions, slug
from tasks.evaluation.slices import PredictionsError
from tasks.serving.model import LanguageModel
from tasks.store.reference import TableRef
from tests.evaluation_files import DECISIONS, write_bioasq, write_pubmedqa

SETTINGS = ("reasoning-required", "question-only")


def predictions(benchmark: Benchmark, name: str, said: list, setting: str = SETTINGS[0]) -> Predictions:
    model = LanguageModel(url="http://a:1", model=name)
    examinee = Examinee(name=name, language_model=model, prompt=INSTRUCTED, setting=setting, method="choice")
    reasons = [None if each else "the reply is none of yes, no, maybe" for each in said]
    rows = pl.DataFrame({"item": benchmark.items["item"], "prediction": said, "reason": reasons})
    whole = pl.concat([pl.DataFrame(schema={"item": pl.String, **REPLY_COLUMNS}), rows], how="diagonal_relaxed")
    table = examinee.recipe.table
    return Predictions(examinee, TableRef(table=table, rows=len(rows), fingerprint="f"), whole)


@pytest.fixture
def benchmark(tmp_path):
    return read_benchmark("pubmedqa", [write_pubmedqa(tmp_path / "items.json")])


def test_scores_and_what_they_are_measured_by(benchmark):
    results = judge_predictions(benchmark, [predictions(benchmark, "m", ["yes", "no", "no", None, "yes", "no"])], 2)
    [judged] = results.judged
    assert judged.scores.accuracy.value == pytest.approx(4 / 6)
    assert judged.scores.unanswered == 1
    assert judged.confusion == {
        "yes": {"yes": 2, "no": 1, "maybe": 0, "none": 0},
        "no": {"yes": 0, "no": 2, "maybe": 0, "none": 0},
        "maybe": {"yes": 0, "no": 0, "maybe": 0, "none": 1},
    }
    assert judged.slices["year"].select("slice", "items", "accuracy").rows() == [
        ("2009", 3, pytest.approx(2 / 3)),
        ("2010", 3, pytest.approx(2 / 3)),
    ]
    assert judged.slices["heading"]["slice"].to_list() == ["Bees", "Humans", "Sleep", "Wakefulness"]
    assert results.most_frequent == "yes"
    assert results.majority.accuracy.value == 0.5
    assert results.human.accuracy.value == 0.5
    assert results.pairs == []


def test_items_without_contexts_are_not_asked_with_contexts_and_that_is_said(tmp_path):
    content = json.loads(write_pubmedqa(tmp_path / "items.json").read_text())
    content["101"] |= {"CONTEXTS": [], "LABELS": []}
    content["102"] |= {"CONTEXTS": [" ", ""], "LABELS": ["A", "B"]}
    (tmp_path / "items.json").write_text(json.dumps(content))
    benchmark = read_benchmark("pubmedqa", [tmp_path / "items.json"])
    asked = [benchmark.asked(setting)["item"].to_list() for setting in SETTINGS]
    assert asked == [["103", "104", "105", "106"], benchmark.items["item"].to_list()]
    with_contexts = predictions(benchmark, "m", list(DECISIONS))
    with_contexts = replace(with_contexts, rows=with_contexts.rows.filter(pl.col("item").is_in(asked[0])))
    alone = predictions(benchmark, "m", list(DECISIONS), SETTINGS[1])
    results = judge_predictions(benchmark, [with_contexts, alone], 2)
    assert [judged.scores.items for judged in results.judged] == [4, 6]
    assert [judged.scores.unanswered for judged in results.judged] == [0, 0]
    assert describe(results)["left_out"] == {"without contexts, from reasoning-required": 2}
    assert judge_predictions(benchmark, [alone], 2).left_out == {}


def test_models_are_compared_where_they_were_asked_alike(benchmark):
    right, wrong = list(DECISIONS), ["no"] * 6
    asked = [
        predictions(benchmark, "a", right),
        predictions(benchmark, "a", right, SETTINGS[1]),
        predictions(benchmark, "b", wrong),
        predictions(benchmark, "b", wrong, SETTINGS[1]),
    ]
    pairs = judge_predictions(benchmark, asked, 2).pairs
    assert [(pair.first.name, pair.second.name, pair.first.setting) for pair in pairs] == [
        ("a", "b", SETTINGS[0]),
        ("a", "b", SETTINGS[1]),
    ]
    assert pairs[0].comparison.accuracy.value == pytest.approx(4 / 6)
    assert (pairs[0].comparison.only_first, pairs[0].comparison.only_second) == (4, 0)


def test_bioasq_has_two_labels_and_no_annotator(tmp_path):
    benchmark = read_benchmark("bioasq", [write_bioasq(tmp_path / "1B1_golden.json")])
    results = judge_predictions(benchmark, [predictions(benchmark, "m", ["yes", "no"])], 1)
    assert results.judged[0].scores.macro_f1.value == 1
    assert results.human is None
    assert list(results.judged[0].slices) == ["file"]
    assert describe(results)["decisions"] == {"yes": 1, "no": 1}


def test_predictions_of_other_items_are_told(benchmark):
    given = predictions(benchmark, "m", ["yes"] * 6)
    with pytest.raises(PredictionsError, match="predictions are of no item"):
        judge_predictions(benchmark.first(3), [given], 2)


def test_the_name_stands_for_items_predictions_and_slices(benchmark):
    def name(benchmark: Benchmark, model: str, smallest: int) -> str:
        return judge_predictions(
            benchmark, [predictions(benchmark, model, ["yes"] * len(benchmark.items))], smallest
        ).name

    first = name(benchmark, "org/Model 1", 2)
    assert first.startswith("pubmedqa-org-model-1-")
    assert first == name(benchmark, "org/Model 1", 2)
    others = {
        name(benchmark, "org/Model 2", 2),
        name(benchmark, "org/Model 1", 3),
        name(benchmark.first(3), "org/Model 1", 2),
    }
    assert len({first, *others}) == 4
    assert slug("A b/C_1.7") == "a-b-c-1.7"


def test_the_description_is_json_that_repeats(benchmark):
    asked = [
        predictions(benchmark, "a", ["yes", "no", "no", None, "yes", "no"]),
        predictions(benchmark, "b", ["yes"] * 6),
    ]
    described = describe(judge_predictions(benchmark, asked, 2))
    assert json.dumps(described) == json.dumps(describe(judge_predictions(benchmark, asked, 2)))
    assert list(described) == [
        "benchmark", "items", "left_out", "files", "decisions", "results", "comparisons", "references", "intervals",
    ]  # fmt: skip
    [first, _] = described["results"]
    assert first["accuracy"]["value"] == 0.6667
    assert first["unanswered_because"] == {"the reply is none of yes, no, maybe": 1}
    assert first["identity"]["model"] == "a"
    [pair] = described["comparisons"]
    assert (pair["first"], pair["second"], pair["only_first"], pair["only_second"]) == ("a", "b", 2, 1)
    assert described["references"]["majority"]["prediction"] == "yes"
    assert [point["name"] for point in described["references"]["published"]][:2] == ["majority", "human"]


def test_choices_that_were_not_weighed_are_counted(benchmark):
    asked = predictions(benchmark, "m", ["yes", "no", "no", None, "yes", "no"])
    weighed = asked.rows.with_columns(
        probability_yes=pl.when(item="101").then(0.6), probability_no=pl.when(item="101").then(0.4)
    )
    results = judge_predictions(benchmark, [replace(asked, rows=weighed)], 1)
    assert results.judged[0].unweighed == 4
    assert describe(results)["results"][0]["without_probabilities"] == 4
    read = replace(asked, examinee=asked.examinee.model_copy(update={"method": "generated"}))
    assert judge_predictions(benchmark, [read], 1).judged[0].unweighed == 0
