import os

import polars as pl
import pytest
from upath import UPath

from tasks.review.dataset_folder import DatasetError, find_dataset, read_records, recorded_tables
from tests.tasks.review.made_up_dataset import sft, write_made_up


def test_a_folder_or_the_newest_below_a_root(tmp_path):
    old, new = (write_made_up(tmp_path, name) for name in ("z-old", "a-new"))
    os.utime(old / "checksums.json", (1, 1))
    (tmp_path / "datasets" / ".broken-damaged-1").mkdir()
    assert find_dataset(UPath(old)) == (UPath(old), 0)
    assert find_dataset(UPath(tmp_path)) == (UPath(new), 1)


def test_no_dataset_is_a_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    for name, expected in (("nowhere", "does not exist"), ("file", "is no dataset"), ("", "none lies below it")):
        with pytest.raises(DatasetError, match=expected):
            find_dataset(UPath(tmp_path / name))


def test_damage_is_found(tmp_path):
    path = write_made_up(tmp_path) / "sft.parquet"
    whole = path.read_bytes()
    for broken in (b"", whole[: len(whole) // 2], b"no Parquet at all"):
        path.write_bytes(broken)
        with pytest.raises(DatasetError, match=r"sft\.parquet is damaged \(.+\); distil again"):
            read_records(UPath(path.parent), "sft")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"messages": pl.lit("text")}, "a column messages of List"),
        ({"question_id": pl.lit(1)}, "a column question_id of String, found Int"),
        ({"pmids": pl.lit("no number")}, "a column pmids of List"),
        ({"question_id": pl.lit(None, pl.String)}, "2 of 2 records name no question or no PMID"),
        ({"pmids": pl.lit([], pl.List(pl.Int64))}, "2 of 2 records name no question or no PMID"),
    ],
)
def test_files_of_others_are_named(tmp_path, change, expected):
    folder = write_made_up(tmp_path, records=sft().with_columns(**change))
    with pytest.raises(DatasetError, match=expected):
        read_records(UPath(folder), "sft")


def test_further_columns_stay(tmp_path):
    folder = write_made_up(tmp_path, records=sft(kind=["list", "list"]))
    assert read_records(UPath(folder), "sft")["kind"].to_list() == ["list", "list"]


@pytest.mark.parametrize("content", ["", "[]", "\x00"])
def test_recipes_that_can_not_be_read(tmp_path, content):
    (tmp_path / "recipes.json").write_text(content)
    with pytest.raises(DatasetError, match=r"recipes\.json can not be read"):
        recorded_tables(UPath(tmp_path))
