"""What may stand behind ``--source``, and what is said of the rest."""

import gzip
import os

import pytest

from tasks.literature.source_text import SourceError
from tasks.literature.sources import check_sources, listed_pmids, named_files
from tests.corpus import article, write_set


@pytest.fixture
def content(tmp_path) -> bytes:
    return write_set(tmp_path / "content", [article(1, "One")]).read_bytes()


@pytest.mark.parametrize("name", ["X.XML", "x.xml.GZ", "x.gz", "efetch.fcgi", "export.txt", "x"])
def test_content_and_no_name_decides(tmp_path, content, name):
    path = tmp_path / name
    path.write_bytes(gzip.compress(content) if "gz" in name.lower() else content)
    check_sources([str(path)])
    assert [file.path for file in named_files(str(path))] == [path]


def test_a_folder_is_its_files_that_hold_records(tmp_path, content, caplog):
    folder = tmp_path / "saved"
    folder.mkdir()
    (folder / "b.xml").write_bytes(content)
    (folder / "a").write_text("PMID- 7\nTI  - Seven\n")
    (folder / "README.md").write_text("# Notes")
    (folder / ".hidden").write_bytes(content)
    (folder / "inner").mkdir()
    check_sources([str(folder)])
    assert [file.path.name for file in named_files(str(folder))] == ["a", "b.xml"]
    assert "1 of 3 files hold no records: README.md" in caplog.text


def test_a_folder_without_records_is_none(tmp_path):
    with pytest.raises(SourceError, match="expected a folder with files of PubMed's; it holds no file"):
        check_sources([str(tmp_path)])
    (tmp_path / "README.md").write_text("# Notes")
    with pytest.raises(SourceError, match=r"README\.md is neither PubMed XML nor in MEDLINE format"):
        check_sources([str(tmp_path)])


def test_the_home_folder_may_be_written_as_shells_do(tmp_path, content, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "pmids").write_text("7")
    check_sources(["~/content", "baseline:~"])
    assert named_files("~/content")[0].path == tmp_path / "content"
    assert listed_pmids("pmids:~/pmids") == (7,)


@pytest.mark.parametrize("source", ["https://user:PASSWORD@host/pubmed26n0001.xml.gz", "file:///PASSWORD"])
def test_an_address_is_no_file(source):
    with pytest.raises(SourceError, match="can not be read from an address; download it") as error:
        check_sources([source])
    assert "PASSWORD" not in str(error.value)


def test_a_pipe_is_told(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(SourceError, match="is a pipe, which can be read only once; save what it gives"):
        check_sources([str(pipe)])


def test_a_list_of_pmids_is_checked_and_needs_an_address(tmp_path, monkeypatch):
    path = tmp_path / "pmids.txt"
    monkeypatch.setenv("NCBI_EMAIL", "someone@example.org")
    with pytest.raises(SourceError, match="there is no such file"):
        check_sources([f"pmids:{path}"])
    path.write_text("38000001\n")
    check_sources([f"pmids:{path}"])
    monkeypatch.delenv("NCBI_EMAIL")
    with pytest.raises(SourceError, match="set NCBI_EMAIL"):
        check_sources([f"pmids:{path}"])
