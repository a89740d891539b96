import json
from dataclasses import replace

import polars as pl
import pytest

from tasks.evaluation.ask import PROBABILITIES, REPLY_COLUMNS
from tasks.evaluation.benchmark import read_benchmark
from tasks.evaluation.evaluation_prompt import INSTRUCTED
from tasks.evaluation.examinee import Examinee
from tasks.evaluation.pubmedqa import read_predictions
from tasks.evaluation.results import Predictions, Results, judge_predictions
from tasks.report.evaluation_figures import draw_headings, draw_scores, draw_years, without_check_tags
from tasks.report.evaluation_page import pick_wrong, render_evaluation
from tasks.report.evaluation_task import write_evaluation_task
from tasks.serving.model import LanguageModel
from tasks.store.reference import TableRef
from tasks.store.store import Store
from tests.evaluation_files import write_bioasq, write_pubmedqa

QUESTION = "Is <script>alert(1)</script> & harm one?"


def judge(benchmark_name: str, path, models: tuple[str, ...] = ("a",), smallest: int = 1) -> Results:
    benchmark = read_benchmark(benchmark_name, [path])
    asked = []
    for name in models:
        for method in ("choice", "generated"):
            model = LanguageModel(url="http://a:1", model=name)
            examinee = Examinee(
                name=name, language_model=model, prompt=INSTRUCTED, setting="reasoning-required", method=method
            )
            items = benchmark.items["item"]
            rows = pl.DataFrame(
                {
                    "item": items,
                    "prediction": ["no"] * len(items),
                    "probability_yes": [
                        0.4 - 0.01 * place if method == "choice" else None for place in range(len(items))
                    ],
                    "probability_no": [
                        0.6 + 0.01 * place if method == "choice" else None for place in range(len(items))
                    ],
                    "probability_maybe": [0.0 if method == "choice" else None] * len(items),
                    "text": "no",
                },
                schema_overrides=REPLY_COLUMNS,
            ).with_columns(reason=pl.lit(None, pl.String))
            asked.append(Predictions(examinee, TableRef(table="predictions/x", rows=6, fingerprint="f"), rows))
    return judge_predictions(benchmark, asked, smallest)


@pytest.fixture
def results(tmp_path) -> Results:
    return judge("pubmedqa", write_pubmedqa(tmp_path / "items.json", QUESTION=QUESTION), ("a", "b"))


def test_a_bar_for_each_way_of_asking_and_each_reference(results):
    accuracy, macro_f1 = draw_scores(results).data
    assert len(accuracy.y) == 4 + 2 + 6  # the published majority is left to the measured one
    assert list(macro_f1.y) == list(accuracy.y)[:6]
    assert accuracy.x[0] == pytest.approx(2 / 6)
    assert accuracy.error_x.array[-1] is None
    assert accuracy.error_x.array[0] > 0


def test_slices_are_drawn_by_model(results):
    asked = [judged for judged in results.judged if judged.examinee.method == "choice"]
    years = draw_years(results, asked)
    assert [trace.name for trace in years.data] == ["a", "b"]
    assert list(years.data[0].x) == ["2009 (3)", "2010 (3)"]
    headings = draw_headings(asked, largest=2)
    assert list(headings.data[0].y) == ["Bees (6)", "Sleep (3)"]


def test_check_tags_are_not_drawn(results):
    slices = results.judged[0].slices["heading"]
    assert "Humans" in slices["slice"].to_list()
    assert "Humans" not in without_check_tags(slices)["slice"].to_list()


def test_wrong_items_come_with_the_surest_first(results):
    wrong = pick_wrong(results.judged[0], count=3)
    assert [item["item"] for item in wrong] == ["105", "104", "103"]
    assert [item["item"] for item in pick_wrong(results.judged[1])] == ["101", "103", "104", "105"]


def test_the_page_escapes_what_it_is_given(results):
    page = render_evaluation(results)
    assert QUESTION not in page
    assert "Is &lt;script&gt;alert(1)&lt;/script&gt; &amp; harm one?" in page
    assert page.count('class="wrong"') == 8
    assert page.count('class="chances"') == 8
    assert "a against b" in page
    assert "GPT-4 + MedPrompt" in page


def test_the_page_of_one_model_on_bioasq(tmp_path):
    page = render_evaluation(judge("bioasq", write_bioasq(tmp_path / "1B1_golden.json")))
    assert "BioASQ yes/no" in page
    assert "1 of another type" in page
    assert "Accuracy by file" in page
    assert "Published points" not in page
    assert "<h2>Comparison" not in page


def test_slices_that_are_too_small_are_said_to_be(tmp_path):
    page = render_evaluation(judge("pubmedqa", write_pubmedqa(tmp_path / "items.json"), smallest=99))
    assert page.count("No slice has that many items.") == 2


def test_files_beside_the_tables(tmp_path, results):
    store = Store(str(tmp_path / "root"))
    found = write_evaluation_task.fn(store, results)
    written = {path: path.read_bytes() for path in (tmp_path / "root").rglob("*") if path.is_file()}
    assert len(written) == 2 + 4
    assert write_evaluation_task.fn(store, results) == found
    assert {path: path.read_bytes() for path in written} == written
    described = json.loads((tmp_path / "root" / "evaluations" / f"{results.name}.json").read_text())
    assert described == {name: value for name, value in found.items() if name not in ("json", "report")}
    [first, *_] = described["results"]
    assert (
        len(read_predictions(tmp_path / "root" / "evaluations" / results.name / "a-reasoning-required-choice.json"))
        == 6
    )
    assert first["predictions"].endswith("a-reasoning-required-choice.json")


def test_files_in_an_object_store(results):
    store = Store("memory://evaluations-of-tests")
    found = write_evaluation_task.fn(store, results)
    assert (store.root / "evaluations" / f"{results.name}.html").exists()
    assert found["report"].endswith(".html")


def test_the_page_says_what_was_left_out_and_why_there_is_no_answer(tmp_path):
    content = json.loads(write_pubmedqa(tmp_path / "items.json").read_text())
    content["101"] |= {"CONTEXTS": [], "LABELS": []}
    (tmp_path / "items.json").write_text(json.dumps(content))
    benchmark = read_benchmark("pubmedqa", [tmp_path / "items.json"])
    model = LanguageModel(url="http://a:1", model="a")
    examinee = Examinee(
        name="a", language_model=model, prompt=INSTRUCTED, setting="reasoning-required", method="generated"
    )
    said = {"item": ["102", "103"], "prediction": ["no", None], "reason": [None, "no decision in the reply"]}
    rows = pl.concat([pl.DataFrame(schema={"item": pl.String, **REPLY_COLUMNS}), pl.DataFrame(said)], how="diagonal")
    ref = TableRef(table="predictions/x", rows=2, fingerprint="f")
    page = render_evaluation(judge_predictions(benchmark, [Predictions(examinee, ref, rows)], 1))
    assert "1 without contexts, from reasoning-required." in page
    assert '<td class="n">5</td><td class="n">4</td>' in page  # asked, of which unanswered
    assert "<td>1 no decision in the reply</td>" in page


def test_the_page_says_which_choices_no_probabilities_decided(results):
    assert "log-probabilities" not in render_evaluation(results)
    [first, *others] = results.judged
    blank = first.rows.with_columns(pl.lit(None, pl.Float64).alias(name) for name in PROBABILITIES)
    page = render_evaluation(replace(results, judged=[replace(first, rows=blank), *others]))
    assert "a, reasoning-required, choice: 6 of 6 choices are the word that was written" in page
