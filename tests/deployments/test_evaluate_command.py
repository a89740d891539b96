from functools import partial
from pathlib import Path

import pytest

from tests.evaluation_files import write_bioasq, write_pubmedqa
from tests.fake_llm import MODEL


@pytest.fixture
def items(tmp_path) -> str:
    return str(write_pubmedqa(tmp_path / "items.json"))


@pytest.fixture
def run(command):
    """Runs a command of ``evaluate``."""
    return partial(command, "evaluate")


def test_options_become_parameters(items, asked, run, llm):
    truth = items.replace("items", "truth")
    Path(truth).write_text('{"101": "yes"}')
    second = ["--compare-url", llm.url, "--compare-prompt", "fine-tuned"]
    ways = ["--setting", "question-only", "--method", "choice", "--limit", "3", "--smallest-slice", "5"]
    status, _ = run(
        "pubmedqa", items, "--ground-truth", truth, "--url", llm.url, *second, *ways, "--root", "r", "--json"
    )
    assert status == 0
    [(name, parameters)] = asked
    assert (name, parameters.benchmark, parameters.files, parameters.ground_truth) == (
        "evaluate",
        "pubmedqa",
        [items],
        truth,
    )
    assert (parameters.settings, parameters.methods) == (["question-only"], ["choice"])
    assert (parameters.limit, parameters.smallest_slice, parameters.root) == (3, 5, "r")
    assert parameters.model.language_model.url == parameters.compare_with.language_model.url == llm.url
    assert (parameters.model.style, parameters.compare_with.style) == ("instructed", "fine-tuned")


def test_without_options_the_embedded_model_is_asked_in_every_way(tmp_path, asked, run):
    paths = [str(write_bioasq(tmp_path / name)) for name in ("1B1_golden.json", "1B2_golden.json")]
    assert run("bioasq", *paths, "--json") == (0, "{}")
    [(_, parameters)] = asked
    assert (parameters.benchmark, parameters.files) == ("bioasq", paths)
    assert (len(parameters.settings), len(parameters.methods), parameters.compare_with) == (2, 2, None)
    assert parameters.model.language_model.model == "smollm2-135m-instruct"


@pytest.mark.parametrize(
    ("options", "status", "sentence"),
    [
        (["--url", "http://127.0.0.1:9"], 1, "no language-model server answers at http://127.0.0.1:9"),
        (["--url", "http://127.0.0.1:9", "--adapter", "x"], 2, "a server serves an adapter under a name of its own"),
        (["--adapter", "/nowhere"], 2, "/nowhere is not a PEFT adapter; expected a folder with adapter_config.json"),
        (["--compare-model", "./nothing"], 2, "./nothing is not there; name a folder or a GGUF file that is"),
        (["--ground-truth", "/nowhere.json"], 1, "/nowhere.json can not be read"),
        (["--limit", "0"], 2, "'--limit'"),
        (["--setting", "closed"], 2, "'--setting'"),
        (["--prompt", "kind"], 2, "'--prompt'"),
    ],
)
def test_a_mistake_is_told_before_anything_starts(items, asked, run, options, status, sentence):
    found, said = run("pubmedqa", items, *options)
    assert found == status
    assert sentence in said
    assert asked == []


def test_a_model_is_not_compared_with_itself(items, asked, run, llm):
    status, said = run("pubmedqa", items, "--url", llm.url, "--compare-url", llm.url)
    assert status == 2
    assert f"both models are {MODEL}" in " ".join(said.split())
    assert asked == []


def test_files_that_are_none(tmp_path, asked, run):
    (tmp_path / "cut.json").write_text('{"1": {')
    for benchmark in ("pubmedqa", "bioasq"):
        assert run(benchmark, str(tmp_path / "none.json"))[1].endswith("expected a JSON file")
        assert "is cut off or no JSON" in run(benchmark, str(tmp_path / "cut.json"))[1]
    assert run("pubmedqa", str(write_bioasq(tmp_path / "b.json")))[0] == 1
    assert run("bioasq", str(write_pubmedqa(tmp_path / "p.json")))[0] == 1
    assert asked == []
