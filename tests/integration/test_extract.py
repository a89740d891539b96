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
    """Says that whatever follows "developed" was caused by the drug after "taking"."""

    def reply(self, body: dict) -> str:
        found = re.search(r"developed (\w+) while taking (\w+)", body["messages"][-1]["content"])
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
    return json.loads(done.stdout)


def test_a_teacher_becomes_a_student_that_annotates(tmp_path, literature, encoder):
    distillery = Distillery(tmp_path, literature)
    with Teacher() as server:
        extract = ["extract", "--url", server.url, "--set", f"encoder={encoder}", "--set", "epochs=2", "--json"]
        first = told(run(distillery, *extract))
        assert first["stages"]["sentences"]["rows"] == len(server.requests) == 80
        assert first["labels"]["sentences"] == 80
        assert first["labels"]["with_something"] == 40
        assert first["labels"]["strings_found"] == {"exact": 80}
        assert first["judged_by"] == "held-out labels of the teacher"
        assert 0 < first["sentences"] < 80
        page = html.fromstring(Path(first["report"]).read_text())
        assert page.findtext(".//h1").startswith("ade: student ")

        again = told(run(distillery, *extract))
        assert again["reused"]
        assert again["llm"]["requests"] == 0
        assert again["student"] == first["student"]
        assert again["scores"] == first["scores"]
        assert len(server.requests) == 80

    annotate = ["annotate", "--model", first["student"]]
    one = told(run(distillery, *annotate, "--json"))
    table = pl.read_parquet(one["annotations"])
    assert one["articles"] == one["stages"]["annotations"]["computed"] == 40
    assert one["found"] == len(table)
    assert table.columns[:2] == ["pmid", "sentence"]
    assert {"drug", "drug_ui", "event", "event_ui", "probability"} <= set(table.columns)
    two = run(distillery, *annotate)
    assert two.returncode == 0, two.stderr
    assert "(40 annotated before)" in two.stdout
    assert pl.read_parquet(one["annotations"]).equals(table)


@pytest.mark.slow
def test_the_gold_corpus_judges_and_its_articles_are_left_out(tmp_path, literature, encoder):
    distillery = Distillery(tmp_path, literature)
    gold = tmp_path / "ade"
    gold.mkdir()
    text = "A patient had fever after aspirin."
    (gold / "DRUG-AE.rel").write_text(f"5000|{text}|fever|14|19|aspirin|26|33\n")
    (gold / "ADE-NEG.txt").write_text("5001 NEG Nothing was found.\n")
    with Teacher() as server:
        options = ["--url", server.url, "--set", f"encoder={encoder}", "--set", "epochs=1", "--gold", str(gold)]
        found = told(run(distillery, "extract", *options, "--json"))
    assert found["judged_by"] == "the gold corpus"
    assert found["sentences"] == 2
    assert found["stages"]["sentences"]["rows"] == 2 * 38
