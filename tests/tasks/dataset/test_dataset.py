import json

import polars as pl
import pytest
from upath import UPath

from tasks.dataset.records import LICENCE, Origin, make_records, wanted_records
from tasks.dataset.write import is_whole, write_dataset
from tasks.evaluation.leakage import LeakageError, evaluation_pmids

ARTICLES = pl.DataFrame({"pmid": [1, 2, 3], "title": ["T1", "T2", "T3"], "abstract": ["A1", "A2", "A3"]})
CONTEXTS = pl.DataFrame({"question_id": ["q1", "q2"], "pmids": [[2, 3], [1, 3]]})
PREFERENCES = pl.DataFrame(
    {
        "pmid": [1, 2],
        "chosen_id": ["q1", "q2"],
        "chosen": ["Is it?", "Was it?"],
        "pairs": [
            [
                {
                    "chosen_id": "q1", "chosen": "Is it?", "chosen_score": 0.8,
                    "rejected_id": "q9", "rejected": "Bad?", "rejected_score": 0.2, "margin": 0.6,
                }
            ],
            [],
        ],
    }
)  # fmt: skip
ANSWERS = pl.DataFrame({"question_id": ["q1"], "decision": ["yes"], "long_answer": ["It is."]})
SAID = [{"role": "assistant", "content": "1"}]
LABELS = pl.DataFrame({"pmid": [1], "first_id": ["q1"], "prompt": [SAID], "completion": [SAID], "margin": [0.6]})
POLICY = {"name": "researcher"}
ORIGIN = Origin("C04", ["questions/a", "answers/b"], ["m@1"])


def records(articles: pl.DataFrame = ARTICLES) -> pl.DataFrame:
    def prompt(title: str, abstract: str) -> list[dict[str, str]]:
        return [{"role": "user", "content": f"{title}/{abstract}"}]

    return wanted_records(make_records(PREFERENCES, ANSWERS, LABELS, CONTEXTS, articles, prompt, ORIGIN))


def test_records_of_each_kind():
    made = records()
    assert made["kind"].value_counts().sort("kind").rows() == [
        ("cpt", 2),
        ("evaluator", 1),
        ("preferences", 1),
        ("sft", 1),
    ]
    [cpt, _] = made.filter(kind="cpt").sort("question_id").iter_rows(named=True)
    assert cpt["text"] == "T1\nA1\n\nT2\nA2\n\nT3\nA3\n\nIs it?"
    [sft] = made.filter(kind="sft").iter_rows(named=True)
    assert sft["messages"][1] == {"role": "assistant", "content": "Yes. It is."}
    assert sft["messages"][0]["content"].endswith("\n\nQuestion: Is it?")
    [label] = made.filter(kind="evaluator").iter_rows(named=True)
    assert (label["completion"], label["margin"], label["pmids"]) == (SAID, 0.6, [1])
    [pair] = made.filter(kind="preferences").iter_rows(named=True)
    assert pair["prompt"] == [{"role": "user", "content": "T1/A1"}]
    assert (pair["chosen"][0]["content"], pair["rejected"][0]["content"]) == ("Is it?", "Bad?")


def test_every_record_says_where_it_comes_from():
    for row in records().iter_rows(named=True):
        assert row["pmids"][0] in (1, 2)
        assert (row["branch"], row["recipes"], row["models"]) == ("C04", ["questions/a", "answers/b"], ["m@1"])
        assert row["question_id"] in ("q1", "q2")
        assert row["licence"] == LICENCE


def test_the_folder_opens_with_datasets(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "cache"))
    from datasets import load_dataset

    folder = UPath(tmp_path / "set")
    write_dataset(folder, records(), {"questions/a": {"stage": "questions"}}, POLICY, "Neoplasms (C04)")
    for kind, rows in (("sft", 1), ("cpt", 2), ("preferences", 1), ("evaluator", 1)):
        assert len(load_dataset(str(folder), kind, split="train", cache_dir=str(tmp_path / "cache"))) == rows
        from_lines = load_dataset(
            "json", data_files=str(folder / f"{kind}.jsonl"), split="train", cache_dir=str(tmp_path)
        )
        assert len(from_lines) == rows
    assert json.loads((folder / "recipes.json").read_text()) == {"questions/a": {"stage": "questions"}}


def test_the_same_records_give_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        write_dataset(UPath(tmp_path / name), records(), {}, POLICY, "Neoplasms (C04)")
    files = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert len(files) == 12
    assert all((tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes() for name in files)


def test_a_damaged_dataset_is_written_again(tmp_path):
    folder = UPath(tmp_path / "set")
    write_dataset(folder, records(), {}, POLICY, "Neoplasms (C04)")
    (folder / "sft.jsonl").write_text("gone")
    assert not is_whole(folder)
    write_dataset(folder, records(), {}, POLICY, "Neoplasms (C04)")
    assert is_whole(folder)


def test_no_evaluation_article_is_ever_written(tmp_path):
    leaked = records().with_columns(pmids=pl.lit([1, 10135926]))
    with pytest.raises(LeakageError, match="10135926"):
        write_dataset(UPath(tmp_path / "set"), leaked, {}, POLICY, "Neoplasms (C04)")
    assert not (tmp_path / "set").exists()
    assert len(evaluation_pmids()) == 1000
