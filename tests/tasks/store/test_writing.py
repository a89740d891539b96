import errno
import os
import time
from pathlib import Path

import polars as pl
import pytest
from upath import UPath

from tasks.store.atomic import UnwritableError, sweep, whole_file, whole_folder, write_text
from tasks.store.part import sink_atomically, write_atomically

ROWS = pl.DataFrame({"row_key": ["a", "b"]})


def full(*_args, **_kwargs):
    raise OSError(errno.ENOSPC, "No space left on device")


def names(folder) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("write", ["rows", "text"])
def test_a_full_disk_is_a_sentence_and_leaves_nothing(tmp_path, monkeypatch, write):
    path = UPath(tmp_path / "part.parquet")
    write_text(path, "as it was")
    if write == "rows":
        monkeypatch.setattr("pyarrow.parquet.ParquetWriter.write_table", full)
    with pytest.raises(UnwritableError, match=r"part\.parquet can not be written \(.*No space left.*free space"):
        if write == "rows":
            write_atomically(path, ROWS)
        else:
            with whole_file(path) as file:
                file.write(b"half")
                full()
    assert (names(tmp_path), path.read_text()) == (["part.parquet"], "as it was")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_what_polars_says_of_a_full_disk_is_the_same_sentence(tmp_path, monkeypatch):
    opened = UPath.open
    monkeypatch.setattr(type(UPath(tmp_path)), "open", lambda self, mode="r": opened(UPath("/dev/full"), mode))
    many = pl.DataFrame({"row_key": [f"{n * 7919}" for n in range(50_000)]})
    with pytest.raises(UnwritableError, match=r"part\.parquet can not be written"):
        write_atomically(UPath(tmp_path / "part.parquet"), many)
    with pytest.raises(UnwritableError, match=r"part\.parquet can not be written"):
        sink_atomically(UPath(tmp_path / "part.parquet"), many.iter_slices(4_000))
    assert names(tmp_path) == []


def test_what_goes_wrong_with_the_frames_is_told_as_it_is(tmp_path):
    def frames():
        yield ROWS
        raise LookupError("the file is cut off")

    with pytest.raises(LookupError, match="the file is cut off"):
        sink_atomically(UPath(tmp_path / "part.parquet"), frames())
    assert names(tmp_path) == []


def test_a_folder_that_may_not_be_written_to_is_a_sentence():
    with pytest.raises(UnwritableError, match=r"/proc/reports/page\.html can not be written"):
        write_text(UPath("/proc/reports/page.html"), "<html>")


def test_a_path_below_a_file_is_a_sentence(tmp_path):
    (tmp_path / "reports").write_text("a file")
    with pytest.raises(UnwritableError, match=r"page\.html can not be written"):
        write_text(UPath(tmp_path / "reports" / "page.html"), "<html>")


def test_what_killed_runs_left_is_swept_after_a_day(tmp_path):
    for name, hours in (".old.tmp", 25), (".young.tmp", 23), (".keep", 99), ("old.tmp", 99):
        (tmp_path / name).write_text("")
        os.utime(tmp_path / name, (time.time() - hours * 3600,) * 2)
    (tmp_path / ".folder.tmp").mkdir()
    (tmp_path / ".folder.tmp" / "sft.parquet").write_text("")
    os.utime(tmp_path / ".folder.tmp", (time.time() - 25 * 3600,) * 2)
    sweep.cache_clear()
    write_atomically(UPath(tmp_path / "part.parquet"), ROWS)
    assert names(tmp_path) == [".keep", ".young.tmp", "old.tmp", "part.parquet"]


def test_a_lone_surrogate_does_not_keep_a_page_from_being_written(tmp_path):
    write_text(UPath(tmp_path / "page.json"), '{"said": "\ud83d"}')
    assert (tmp_path / "page.json").read_text() == '{"said": "\\ud83d"}'


def test_a_folder_that_can_not_be_finished_leaves_nothing(tmp_path):
    with pytest.raises(OSError, match="No space left"), whole_folder(UPath(tmp_path / ".1.tmp")) as folder:
        write_text(folder / "a", "text")
        full()
    assert names(tmp_path) == []
    with whole_folder(UPath(tmp_path / ".2.tmp")) as folder:
        write_text(folder / "a", "text")
        folder.rename(tmp_path / "whole")
    assert names(tmp_path) == ["whole"]
