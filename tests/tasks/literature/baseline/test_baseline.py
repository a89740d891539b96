from collections import deque
from pathlib import Path

import pytest

from tasks.literature.baseline.download import local_copy
from tasks.literature.baseline.listing import BaselineFile, list_files
from tasks.literature.source_text import SourceError
from tasks.network.request import NetworkError
from tests.corpus import article
from tests.fake_mirror import FakeMirror, write_mirror


@pytest.fixture(autouse=True)
def _quick(monkeypatch, tmp_path):
    monkeypatch.setenv("DISTILLERY_RETRY_SECONDS", "0.01")
    monkeypatch.setenv("DISTILLERY_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def mirror(tmp_path) -> Path:
    folder = tmp_path / "mirror"
    records = [[article(10 * number + place, f"Title {place}" * 50) for place in range(5)] for number in range(4)]
    write_mirror(folder, records[:2], records[2:])
    return folder


def names(files: list[BaselineFile]) -> list[str]:
    return [file.name for file in files]


def test_a_folder_and_a_server_list_the_same(mirror):
    local = list_files(str(mirror))
    assert names(local) == [f"pubmed26n000{number}.xml.gz" for number in range(1, 5)]
    with FakeMirror(mirror) as server:
        served = list_files(server.url)
    assert [(file.name, file.md5) for file in served] == [(file.name, file.md5) for file in local]


def test_a_folder_of_files_alone_and_without_checksums(mirror):
    for path in (mirror / "baseline").glob("*.md5"):
        path.unlink()
    found = list_files(str(mirror / "baseline"))
    assert [(file.name, file.md5) for file in found] == [(file.name, file.md5) for file in list_files(str(mirror))[:2]]


def test_only_the_latest_year_counts(mirror):
    old = mirror / "baseline" / "pubmed25n0001.xml.gz"
    old.write_bytes(b"")
    assert "pubmed25n0001.xml.gz" not in names(list_files(str(mirror)))


def test_numbers_beyond_9999_come_last(mirror):
    (mirror / "updatefiles" / "pubmed26n10000.xml.gz").write_bytes(b"")
    assert names(list_files(str(mirror)))[-1] == "pubmed26n10000.xml.gz"


def test_nothing_to_list_is_told(tmp_path):
    with pytest.raises(SourceError, match=r"expected files such as pubmed26n0001\.xml\.gz"):
        list_files(str(tmp_path))
    with FakeMirror(tmp_path) as server, pytest.raises(NetworkError, match="refused with HTTP 404"):
        list_files(f"{server.url}/none")


def test_there_may_be_no_updates_yet(mirror):
    for path in (mirror / "updatefiles").iterdir():
        path.unlink()
    with FakeMirror(mirror) as server:
        assert names(list_files(server.url)) == ["pubmed26n0001.xml.gz", "pubmed26n0002.xml.gz"]


@pytest.mark.parametrize(
    "page", ["<html><body><h1>Error</h1><a href='https://nlm.nih.gov/'>Home</a></body></html>", "<!-- -->", ""]
)
def test_an_error_page_for_a_folder_is_no_empty_folder(mirror, page, monkeypatch):
    monkeypatch.setattr("tests.fake_mirror.INDEX", page)
    with (
        FakeMirror(mirror) as server,
        pytest.raises(NetworkError, match="tries failed, the last one with: "),
    ):
        list_files(server.url)


def test_a_file_whose_checksum_is_missing_is_not_taken_and_the_others_are(mirror):
    (mirror / "baseline" / "pubmed26n0001.xml.gz.md5").unlink()
    with FakeMirror(mirror) as server:
        files = list_files(server.url)
        assert len(files) == 4
        with pytest.raises(SourceError, match="the server has no MD5 for it"), local_copy(files[0]):
            pass
        with local_copy(files[1]) as path:
            assert path.exists()


def test_what_was_downloaded_is_removed_whatever_happens(mirror, tmp_path):
    with FakeMirror(mirror) as server:
        file = list_files(server.url)[0]
        with pytest.raises(RuntimeError, match="mishap"), local_copy(file):
            raise RuntimeError("mishap")
    assert not list((tmp_path / "cache").rglob("*.gz"))


def test_a_download_goes_on_where_it_broke_off(mirror):
    with FakeMirror(mirror, deque(["cut", "503"])) as server:
        file = list_files(server.url)[0]
        with local_copy(file) as path:
            assert path.read_bytes() == (mirror / "baseline" / file.name).read_bytes()
        assert not path.exists()
        sent = [request for request in server.requests if request[0] == file.name]
        assert [asked is None for _, asked, _ in sent] == [True, False]
        assert sum(size for _, _, size in sent) == (mirror / "baseline" / file.name).stat().st_size


def test_bytes_that_are_not_the_published_ones_are_fetched_again(mirror):
    with FakeMirror(mirror, deque(["wrong"])) as server, local_copy(list_files(server.url)[0]) as path:
        assert path.read_bytes() == (mirror / "baseline" / path.name.split("-", 1)[1]).read_bytes()


def test_a_mirrors_damaged_file_is_told(mirror):
    (mirror / "baseline" / "pubmed26n0001.xml.gz").write_bytes(b"damaged")
    with (
        pytest.raises(SourceError, match="does not have the MD5 that lies beside it"),
        local_copy(list_files(str(mirror))[0]),
    ):
        pass
