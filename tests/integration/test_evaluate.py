"""The evaluation from the command line: real Prefect server, canned language model."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tasks.evaluation.pubmedqa import read_predictions
from tests.evaluation_files import write_bioasq, write_pubmedqa
from tests.fake_examinee import FakeExaminee
from tests.integration.conftest import COMMAND, Distillery

pytestmark = pytest.mark.integration


def evaluate(distillery: Distillery, *options: str) -> dict[str, Any]:
    command = [COMMAND, "evaluate", *options, "--root", str(distillery.folder / "root"), "--json"]
    done = subprocess.run(
        command, capture_output=True, text=True, env=distillery.environment(), timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    assert distillery.processes() == []
    return json.loads(done.stdout)


def files(distillery: Distillery) -> dict[Path, bytes]:
    folder = distillery.folder / "root" / "evaluations"
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_two_models_on_pubmedqa_and_the_same_again(tmp_path):
    distillery = Distillery(tmp_path, tmp_path)
    items = str(write_pubmedqa(tmp_path / "items.json"))
    with FakeExaminee() as server:
        too_long = json.dumps({"error": {"message": "prompt too long"}})
        options = ["pubmedqa", items, "--url", server.url, "--smallest-slice", "2"]
        first = evaluate(distillery, *options, "--limit", "4")
        assert first["stages"]["predictions"]["computed"] == 4 * 4
        assert first["llm"]["requests"] == len(server.requests) == 16
        assert first["left_out"] == {"beyond the limit": 2}

        server.faults = [(400, too_long)]
        compared = ["--compare-url", server.url, "--compare-prompt", "fine-tuned"]
        whole = evaluate(distillery, *options, *compared)
        counted = whole["stages"]["predictions"]
        assert (counted["computed"], counted["reused"], counted["dropped"]) == (2 * 4 + 6 * 4 - 1, 16, 1)
        assert len(server.requests) == 16 + 2 * 4 + 6 * 4

        asked, before = len(server.requests), files(distillery)
        again = evaluate(distillery, *options, *compared)
        assert again["stages"]["predictions"]["computed"] == again["llm"]["requests"] == 0
        assert len(server.requests) == asked
        assert files(distillery) == before
        assert again["results"] == whole["results"]

    described = json.loads(Path(whole["json"]).read_text())
    assert described["items"] == 6
    assert len(described["results"]) == 8
    assert len(described["comparisons"]) == 4
    reasons = [reason for result in described["results"] for reason in result["unanswered_because"]]
    assert "refused by the server: HTTP 400: prompt too long" in reasons
    for result in described["results"]:
        assert 0 <= result["accuracy"]["low"] <= result["accuracy"]["value"] <= result["accuracy"]["high"] <= 1
        assert [row["slice"] for row in result["slices"]["year"]] == ["2009", "2010"]
        assert read_predictions(Path(result["predictions"]))["pmid"].to_list() == [101, 102, 103, 104, 105, 106]
    page = Path(whole["report"]).read_text()
    assert "fine-tuned prompt" in page
    assert "GPT-4 + MedPrompt" in page
    assert 'class="chances"' in page
    assert " src=" not in page.split("</script>")[-1]


def test_bioasq_and_what_a_person_sees(tmp_path):
    distillery = Distillery(tmp_path, tmp_path)
    golden = str(write_bioasq(tmp_path / "1B1_golden.json"))
    with FakeExaminee() as server:
        found = evaluate(distillery, "bioasq", golden, "--url", server.url, "--setting", "reasoning-required")
        command = [COMMAND, "evaluate", "bioasq", golden, "--url", server.url, "--root", str(tmp_path / "root")]
        done = subprocess.run(command, capture_output=True, text=True, env=distillery.environment(), check=False)
    assert done.returncode == 0, done.stderr
    assert found["left_out"] == {"of another type": 1, "without yes or no": 1}
    assert [result["method"] for result in found["results"]] == ["choice", "generated"]
    questions = json.loads(Path(found["results"][0]["predictions"]).read_text())["questions"]
    assert [question["id"] for question in questions] == ["q1", "q2"]
    assert {question["exact_answer"] for question in questions} <= {"yes", "no"}
    assert "2 items; left out: 1 of another type, 1 without yes or no" in done.stdout
    assert "reasoning-required, choice" in done.stdout
    assert "predictions: 4 computed, 4 reused, 0 refused; language models: 4 requests" in done.stdout
