import json

import polars as pl
import pytest
from upath import UPath

from tasks.dataset.columns import CONTENT, PROVENANCE
from tasks.dataset.write import is_whole, write_dataset
from tasks.evaluation.leakage import LeakageError, evaluation_pmids
from tests.tasks.dataset.frames import answer, written

POLICY = {"name": "researcher"}
QUOTED = answer(evidence_sentence="A1 is.")
ROWS = {"sft": 1, "cpt": 2, "preferences": 1, "evaluator": 1, "verifiable": 1}


def test_the_folder_opens_with_datasets(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "cache"))
    from datasets import load_dataset

    folder = UPath(tmp_path / "set")
    write_dataset(folder, written(QUOTED), {"questions/a": {"stage": "questions"}}, POLICY, "Neoplasms (C04)")
    assert list(CONTENT) == list(ROWS)
    for config, rows in ROWS.items():
        opened = load_dataset(str(folder), config, split="train", cache_dir=str(tmp_path / "cache"))
        assert len(opened) == rows
        assert opened.column_names == [*CONTENT[config], *PROVENANCE]
        from_lines = load_dataset(
            "json", data_files=str(folder / f"{config}.jsonl"), split="train", cache_dir=str(tmp_path)
        )
        assert len(from_lines) == rows
    assert json.loads((folder / "recipes.json").read_text()) == {"questions/a": {"stage": "questions"}}


def test_the_card_counts_records_by_kind_and_describes_every_column(tmp_path):
    folder = UPath(tmp_path / "set")
    write_dataset(folder, written(QUOTED), {}, POLICY, "Neoplasms (C04)")
    card = (folder / "README.md").read_text()
    assert "# Neoplasms (C04), distilled from PubMed" in card
    assert "| config | records | yes/no | factoid | list | explanation | one record is |" in card
    assert "| `cpt` | 2 | 1 | 0 | 1 | 0 | a passage" in card
    assert "| `sft` | 1 | 1 | 0 | 0 | 0 | a conversation" in card
    for columns in (*CONTENT.values(), PROVENANCE):
        assert all(f"| `{name}` | " in card for name in columns)


def test_the_same_records_give_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        write_dataset(UPath(tmp_path / name), written(), {}, POLICY, "Neoplasms (C04)")
    files = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert len(files) == 14
    assert all((tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes() for name in files)


def test_a_damaged_dataset_is_written_again(tmp_path):
    folder = UPath(tmp_path / "set")
    write_dataset(folder, written(), {}, POLICY, "Neoplasms (C04)")
    (folder / "sft.jsonl").write_text("gone")
    assert not is_whole(folder)
    write_dataset(folder, written(), {}, POLICY, "Neoplasms (C04)")
    assert is_whole(folder)


def test_no_evaluation_article_is_ever_written(tmp_path):
    leaked = written().with_columns(pmids=pl.lit([1, 10135926]))
    with pytest.raises(LeakageError, match="10135926"):
        write_dataset(UPath(tmp_path / "set"), leaked, {}, POLICY, "Neoplasms (C04)")
    assert not (tmp_path / "set").exists()
    assert len(evaluation_pmids()) == 1000
