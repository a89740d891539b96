"""Extraction and annotation from the command line: real Prefect server and trainings, canned teacher."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from lxml import html
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from tests.corpus import article, write_set
from tests.fake_llm import FakeLlm
from tests.integration.conftest import COMMAND, Distillery
from tests.tasks.extraction.student.conftest import letters_tokenizer

pytestmark = pytest.mark.integration

DRUGS = ("aspirin", "lithium", "heparin", "warfarin", "insulin", "cisplatin")
EVENTS = ("rash", "fever", "asthma", "nausea")


class Teacher(FakeLlm):
    """Says that whatever follows "developed" was caused by the drug after "taking", and whether there is such."""

    def reply(self, body: dict) -> str:
        found = re.search(r"developed (\w+) while taking (\w+)", body["messages"][-1]["content"])
        if "choice" in body["structured_outputs"]:
            return "yes" if found else "no"
        return f"{found[2]}: {found[1]}" if found else "none"


@pytest.fixture(scope="module")
def encoder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("encoder")
    tokenizer: PreTrainedTokenizerFast = letters_tokenizer()
    BertModel(
        BertConfig(
            vocab_size=len(tokenizer), hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64
        )
    ).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def literature(tmp_path_factory) -> Path:
    articles = [
        article(
            5000 + place,
            f"Report {place}",
            f"Background is given. Patient {place} developed {EVENTS[place % 4]} while taking {DRUGS[place % 6]} too. "
            f"Serum {DRUGS[(place + 1) % 6]} number {place} was measured in all of the others.",
            (("D006801", "Humans"),),
        )
        for place in range(40)
    ]
    return write_set(tmp_path_factory.mktemp("literature") / "literature.xml", articles)


def run(distillery: Distillery, *options: str) -> subprocess.CompletedProcess[str]:
    command = [COMMAND, *options, "--source", str(distillery.source), "--root", str(distillery.folder / "root")]
    done = subprocess.run(
        command, capture_output=True, text=True, env=distillery.environment(), timeout=300, check=False
    )
    assert distillery.processes() == []
    return done


def told(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert done.returncode == 0, done.stderr
    assert "temporary server" not in done.stderr  # Prefect's own, which it takes when it is imported too early
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def gold(tmp_path_factory) -> Path:
    """Two sentences of articles 5000 and 5001, one of which says something, and one that is labelled in two ways."""
    folder = tmp_path_factory.mktemp("gold")
    (folder / "DRUG-AE.rel").write_text(
        "5000|She developed fever while taking aspirin.|fever|14|19|aspirin|33|40\n"
        "77|Heparin and lithium.|Heparin|0|7|lithium|12|19\n"
    )
    (folder / "ADE-NEG.txt").write_text("5001 NEG Nothing was found.\n78 NEG Heparin and lithium.\n")
    return folder


def test_a_teacher_becomes_a_student_that_annotates(tmp_path, literature, encoder, gold):
    distillery = Distillery(tmp_path, literature)
    with Teacher() as server:
        student = ["--set", f"encoder={encoder}", "--set", "epochs=2"]
        extract = ["extract", "--url", server.url, "--pre-filter", "--gold", str(gold), *student, "--json"]
        first = told(run(distillery, *extract))
        stages = first["stages"]
        assert stages["sentences"]["rows"] == 2 * 38  # two articles are in gold
        assert stages["teacher-filter"]["rows"] == 2 * 38 + 2  # and two sentences of gold
        labels = first["labels"]
        assert labels["with_something"] == 38
        assert 38 < labels["sentences"] < 2 * 38  # a share of what the pre-filter denied stays
        assert labels["strings_found"] == {"exact": 2 * 38}
        assert stages["teacher-answers"]["rows"] == labels["sentences"] + 1  # "no" to the other one says nothing
        assert len(server.requests) == 2 * 38 + 2 + labels["sentences"] + 1
        assert (first["judged_by"], first["sentences"]) == ("the gold corpus", 2)
        assert [len(conflict["labels"]) for conflict in first["gold"]["conflicts"]] == [2]
        assert first["beside_teacher"]["teacher"]["relations, strict"]["f1"]["value"] == 1
        page = html.fromstring(Path(first["report"]).read_text())
        assert page.findtext(".//h1").startswith("ade: student ")
        assert "Heparin and lithium." in page.text_content()

        again = told(run(distillery, *extract))
        assert again["reused"]
        assert again["llm"]["requests"] == 0
        assert again["student"] == first["student"]
        assert again["scores"] == first["scores"]

    annotate = ["annotate", "--model", first["student"]]
    one = told(run(distillery, *annotate, "--newest", "30", "--json"))
    table = pl.read_parquet(one["annotations"])
    assert one["articles"] == one["stages"]["annotations"]["computed"] == 30
    assert one["found"] == len(table)
    assert table.columns[:2] == ["pmid", "sentence"]
    assert {"drug", "drug_ui", "event", "event_ui", "probability"} <= set(table.columns)
    two = run(distillery, *annotate)
    assert two.returncode == 0, two.stderr
    assert "in 40 articles (30 annotated before)" in two.stdout


@pytest.mark.slow
def test_without_gold_held_out_labels_judge(tmp_path, literature, encoder):
    distillery = Distillery(tmp_path, literature)
    with Teacher() as server:
        options = ["--url", server.url, "--set", f"encoder={encoder}", "--set", "epochs=1"]
        found = told(run(distillery, "extract", *options, "--json"))
    assert found["judged_by"] == "labels of the teacher that it has not seen"
    assert found["stages"]["sentences"]["rows"] == len(server.requests) == 2 * 40
    assert 0 < found["sentences"] < 80
    assert (found["gold"], found["beside_teacher"]) == (None, None)


def test_a_server_that_answers_in_another_form_trains_no_student(tmp_path, literature, encoder):
    distillery = Distillery(tmp_path, literature)
    with FakeLlm() as server:
        server.reply = lambda body: "The drug may have caused a rash."
        done = run(distillery, "extract", "--url", server.url, "--set", f"encoder={encoder}")
    assert done.returncode == 1
    [sentence] = [line for line in done.stderr.splitlines() if line.startswith("distillery: ")]
    assert "0 of 80 rows came to anything, expected at least 25% (80 no line is of the task's format" in sentence
    assert "answers can not be read, such as 'The drug may have caused a rash.'" in done.stderr
    assert not (tmp_path / "root" / "students").exists()
    root = ["--root", str(tmp_path / "root")]
    command = [COMMAND, "quarantine", "--stage", "teacher-answers", *root]
    quarantine = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert "of PMID 5000" in quarantine.stdout


def test_a_dry_run_labels_a_few_sentences_and_tells_of_all(tmp_path, literature, gold, encoder):
    distillery = Distillery(tmp_path, literature)
    options = ["extract", "--gold", str(gold), "--pre-filter", "--set", f"encoder={encoder}", "--json"]
    with Teacher() as server:
        found = told(run(distillery, *options, "--url", server.url, "--dry-run", "6"))
    assert (found["task"], found["dry_run"], found["unit"], found["stopped"]) == ("ade", 6, "sentences", None)
    assert found["planned"] == 2 * 38 + 2
    assert len(server.requests) == found["llm"]["requests"] > 6
    assert [len(sentence["answers"]) for sentence in found["outcomes"] if sentence["verdict"] == "yes"] != []
    assert all(len(sentence["answers"]) == 1 for sentence in found["outcomes"] if sentence["verdict"] == "yes")
    estimate = found["estimate"]["stages"]
    assert estimate["teacher-filter"]["requests"] == estimate["teacher-filter"]["units"] == 2 * 38 + 2 - 6
    assert not (tmp_path / "root" / "students").exists()
