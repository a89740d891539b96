"""The main job from the command line: real Prefect server, real encoder, canned language model."""

import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import polars as pl
import pytest

from tests.fake_llm import FakeLlm
from tests.integration.conftest import Distillery, files

pytestmark = pytest.mark.integration

STAGES = [
    "articles",
    "samples",
    "embeddings",
    "questions",
    "candidates",
    "contexts",
    "scores",
    "labels",
    "preferences",
    "answers",
    "answer-gates",
    "dataset",
]


def computed(summary: dict) -> int:
    return sum(stage["computed"] for stage in summary["stages"].values())


@pytest.fixture(scope="module")
def finished(tmp_path_factory, corpus):
    """A root with one finished run, the server that it asked, and what the run said."""
    distillery = Distillery(tmp_path_factory.mktemp("finished"), corpus)
    with FakeLlm() as llm:
        summary = distillery.distil("--branch", "C04", "--articles", "60", "--generator-url", llm.url)
        yield distillery, llm, summary


def test_the_summary_keeps_its_contract(finished):
    _, llm, summary = finished
    assert list(summary) == ["branch", "stages", "llm", "dataset", "report"]
    assert summary["branch"] == "Neoplasms (C04)"
    assert list(summary["stages"]) == STAGES
    for stage in summary["stages"].values():
        assert list(stage) == ["rows", "computed", "reused", "dropped", "seconds", "tokens"]
    assert summary["stages"]["articles"]["rows"] == 150
    assert summary["stages"]["samples"]["rows"] == 60
    assert summary["stages"]["questions"]["rows"] == 120
    assert summary["stages"]["scores"]["rows"] == 360
    assert summary["llm"] == {
        "requests": len(llm.requests),
        "prompt_tokens": 10 * len(llm.requests),
        "completion_tokens": 5 * len(llm.requests),
    }


def test_the_report_stands_alone_and_tells_the_rows(finished):
    _, _, summary = finished
    page = Path(summary["report"]).read_text()
    assert "articles harvested" in page
    assert "Coverage of the branch" in page
    assert page.count('class="example"') == 12
    assert "<link" not in page
    assert " src=" not in page.split("</script>")[-1]


def test_records_name_their_articles(finished):
    _, _, summary = finished
    records = pl.read_parquet(f"{summary['dataset']}/sft.parquet")
    assert records["pmids"].list.len().unique().to_list() == [5]
    assert records["pmids"].list.n_unique().unique().to_list() == [5]
    recipes = json.loads(Path(summary["dataset"], "recipes.json").read_text())
    assert set(records["recipes"][0].to_list()) <= set(recipes)


def test_the_dataset_teaches_an_evaluator(finished):
    _, _, summary = finished
    labels = pl.read_parquet(f"{summary['dataset']}/evaluator.parquet")
    said = labels["completion"].list.first().struct.field("content").value_counts()
    assert len(labels) == 2 * len(labels.unique("pmids"))  # two questions of each article, in both orders
    assert dict(said.iter_rows()) == {"1": len(labels) // 2, "2": len(labels) // 2}


def test_an_evaluator_decides_among_several_questions_of_one_generator(finished):
    distillery, llm, before = finished
    asked = len(llm.requests)
    options = ["--branch", "C04", "--articles", "12", "--generator-url", llm.url]
    summary = distillery.distil(*options, "--generator", "clinician", "--questions", "3", "--evaluator", llm.url)
    stages = summary["stages"]
    assert stages["questions"]["computed"] == 36
    assert stages["verdicts"]["computed"] == stages["verdicts"]["rows"] == 12 * 3 * 2
    assert stages["scores"]["rows"] == 4 * 36  # three measures, and the evaluator's
    warm = [request for request in llm.requests[asked:] if request.get("temperature") == 0.9]
    assert len(warm) == 36
    page = Path(summary["report"]).read_text()
    assert "The evaluator prefers what simgic prefers in" in page
    assert "72 of its 72 verdicts are by the word alone and so 0 or 1" in page  # the server weighs nothing
    assert "The evaluator prefers" not in Path(before["report"]).read_text()


def test_one_question_of_each_article_makes_a_dataset_without_pairs(finished):
    distillery, llm, _ = finished
    options = ["--branch", "C04", "--articles", "5", "--generator-url", llm.url, "--evaluator", llm.url]
    summary = distillery.distil(*options, "--generator", "researcher")
    assert (summary["stages"]["labels"]["rows"], summary["stages"]["verdicts"]["rows"]) == (0, 0)
    assert summary["stages"]["answers"]["rows"] == 5
    assert pl.read_parquet(f"{summary['dataset']}/preferences.parquet").is_empty()
    assert json.loads(Path(summary["dataset"], "policy.json").read_text())["name"] == "researcher"


def test_fewer_articles_may_be_searched_and_the_report_says_so(finished):
    distillery, llm, before = finished
    options = ["--branch", "C04", "--articles", "5", "--generator-url", llm.url]
    few = distillery.distil(*options, "--search-articles", "40")
    embeddings = few["stages"]["embeddings"]
    assert (embeddings["rows"], embeddings["computed"]) == (40, 0)
    assert "not drawn to be searched for contexts" in Path(few["report"]).read_text()
    assert "not drawn to be searched" not in Path(before["report"]).read_text()
    assert few["stages"]["contexts"]["computed"] == few["stages"]["contexts"]["rows"] > 0


def test_the_same_again_computes_nothing(finished):
    distillery, llm, summary = finished
    asked, before = len(llm.requests), files(summary["dataset"])
    again = distillery.distil("--branch", "Neoplasms", "--articles", "60", "--generator-url", llm.url)
    assert computed(again) == 0
    assert again["llm"]["requests"] == 0
    assert len(llm.requests) == asked
    assert again["dataset"] == summary["dataset"]
    assert files(again["dataset"]) == before


def test_another_branch_computes_what_it_adds(finished):
    distillery, llm, _ = finished
    narrower = distillery.distil("--branch", "C04.588", "--articles", "60", "--generator-url", llm.url)
    questions = narrower["stages"]["questions"]
    assert questions["reused"] > 0
    assert questions["computed"] == questions["rows"] - questions["reused"] > 0
    by_name = distillery.distil("--branch", "Neoplasms by Site", "--articles", "60", "--generator-url", llm.url)
    assert computed(by_name) == 0
    assert by_name["dataset"] == narrower["dataset"]


def test_tables_that_are_gone_are_noticed_behind_prefects_cache(finished):
    distillery, llm, summary = finished
    before = files(summary["dataset"])
    assert list((distillery.folder / "root" / ".prefect" / "storage").iterdir())
    for stage in ("articles", "files", "candidates"):
        shutil.rmtree(distillery.folder / "root" / stage)
    again = distillery.distil("--branch", "C04", "--articles", "60", "--generator-url", llm.url)
    assert again["stages"]["articles"]["computed"] == 150
    assert again["llm"]["requests"] == 0
    assert files(again["dataset"]) == before


@pytest.mark.parametrize("stage", ["questions", pytest.param("contexts", marks=pytest.mark.slow)])
def test_damaged_rows_are_noticed_behind_prefects_cache(finished, stage):
    distillery, llm, summary = finished
    before = files(summary["dataset"])
    tables = [table for table in json.loads(Path(summary["dataset"], "recipes.json").read_text()) if stage in table]
    parts = sorted(part for table in tables for part in (distillery.folder / "root" / table).glob("parts/*.parquet"))
    parts[0].write_bytes(parts[0].read_bytes()[:100])
    parts[-1].unlink()
    again = distillery.distil("--branch", "C04", "--articles", "60", "--generator-url", llm.url)
    assert again["stages"][stage]["computed"] > 0
    assert files(again["dataset"]) == before


def test_a_killed_run_goes_on_where_it_stopped(tmp_path, corpus, llm):
    whole, killed = (Distillery(tmp_path / name, corpus) for name in ("whole", "killed"))
    for distillery in (whole, killed):
        distillery.folder.mkdir()
    options = ["--branch", "C04", "--articles", "80", "--generator-url"]
    with FakeLlm(delay=3.0) as slow:
        command = killed.command(*options, slow.url)
        run = subprocess.Popen(command, env=killed.environment(), start_new_session=True)
        questions = killed.folder / "root" / "questions"
        while not (parts := list(questions.glob("*/parts/*.parquet"))) and run.poll() is None:
            time.sleep(0.05)
        for process in killed.processes():
            os.kill(process.pid, signal.SIGKILL)
        run.wait()
    stored = sum(len(pl.read_parquet(part)) for part in parts)
    assert 0 < stored < 160
    resumed = killed.distil(*options, llm.url)
    assert resumed["stages"]["questions"]["reused"] >= stored
    assert files(resumed["dataset"]) == files(whole.distil(*options, llm.url)["dataset"])


def test_ctrl_c_ends_a_run_with_a_sentence_and_keeps_what_is_whole(tmp_path, corpus):
    distillery = Distillery(tmp_path, corpus)
    questions = distillery.folder / "root" / "questions"
    with FakeLlm(delay=0.5) as slow:
        options = ["--branch", "C04", "--articles", "80", "--generator-url", slow.url]
        run = subprocess.Popen(
            distillery.command(*options), env=distillery.environment(), stderr=subprocess.PIPE, text=True
        )
        while not list(questions.glob("*/parts/*.parquet")) and run.poll() is None:
            time.sleep(0.05)
        run.send_signal(signal.SIGINT)
        _, said = run.communicate(timeout=300)
        assert run.returncode == 130
        assert "Ctrl-C again to stop at once" in said
        assert said.strip().splitlines()[-1].endswith("the same command goes on from there")
        assert "Traceback" not in said
        assert distillery.processes() == []
    stored = sum(len(pl.read_parquet(part)) for part in questions.glob("*/parts/*.parquet"))
    with FakeLlm() as quick:
        resumed = distillery.distil(*options[:-1], quick.url)
    assert resumed["stages"]["questions"]["reused"] == stored > 0
    assert resumed["stages"]["questions"]["rows"] == 160


def test_a_server_that_breaks_ends_the_run_and_keeps_the_rows(distillery, llm):
    class Failing(FakeLlm):
        def reply(self, body: dict) -> str:
            if "response_format" in body:
                self.faults = [(403, '{"error": {"message": "quota spent"}}')] * 100
            return super().reply(body)

    options = ["--branch", "C04", "--articles", "20", "--generator-url"]
    with Failing() as broken:
        done = distillery.run(*options, broken.url)
    assert done.returncode == 1
    assert "HTTP 403: quota spent" in done.stderr.strip().splitlines()[-1]
    assert "Traceback" not in done.stderr
    assert distillery.processes() == []
    summary = distillery.distil(*options, llm.url)
    assert summary["stages"]["questions"]["reused"] == 40
