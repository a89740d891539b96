from pathlib import Path

import pytest

from tasks.root import RootError, existing_root, usable_root, writable_root


def test_a_root_is_absolute_and_its_tilde_filled_in(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert usable_root("~/tables") == str(tmp_path / "tables")
    assert usable_root("tables/") == str(tmp_path / "tables")
    assert usable_root("s3://bucket/~") == "s3://bucket/~"
    monkeypatch.setenv("DISTILLERY_ROOT", "~/elsewhere")
    assert usable_root() == str(tmp_path / "elsewhere")
    assert not (tmp_path / "tables").exists()  # nothing is made by looking


@pytest.mark.parametrize("below", ["", "/x", "/x/y"])
def test_a_file_is_no_root_and_nothing_lies_below_one(tmp_path, below):
    file = tmp_path / "apt.log"
    file.write_text("text")
    for check in usable_root, existing_root, writable_root:
        with pytest.raises(RootError, match=r"apt\.log is a file, expected a folder"):
            check(f"{file}{below}")


@pytest.mark.parametrize("root", ["a" * 300, "a\0b", "loop/x", "dangling", "~nobody-of-this-name/x"])
def test_what_can_be_no_folder_is_a_sentence(tmp_path, monkeypatch, root):
    monkeypatch.chdir(tmp_path)
    Path("loop").symlink_to("loop")
    Path("dangling").symlink_to("nothing")
    with pytest.raises(RootError, match="--root"):
        writable_root(root)


def test_a_folder_that_nothing_can_be_written_to_is_a_sentence(monkeypatch):
    with pytest.raises(RootError, match="nothing can be written to /proc/"):
        writable_root("/proc/distillery")
    with pytest.raises(RootError, match="nothing can be written to /sys"):
        writable_root("/sys")


def test_tables_are_read_only_where_there_are_some(tmp_path):
    assert existing_root(str(tmp_path)) == str(tmp_path)
    with pytest.raises(RootError, match="does not exist"):
        existing_root(str(tmp_path / "none"))
    assert not Path(tmp_path / "none").exists()
