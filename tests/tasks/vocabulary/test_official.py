"""Fetching a year of MeSH from a server in NLM's shapes."""

import gzip

import pytest

from mesh.table import SHIPPED_YEAR
from tasks.network.request import NetworkError
from tasks.vocabulary import official
from tasks.vocabulary.official import fetch_vocabulary
from tasks.vocabulary.vocabulary import Vocabulary, VocabularyError, find_vocabulary, table_path
from tests.fake_mirror import FakeMirror

RECORD = (
    "<DescriptorRecord><DescriptorUI>{ui}</DescriptorUI><DescriptorName><String>{name}</String></DescriptorName>"
    "<TreeNumberList><TreeNumber>{number}</TreeNumber></TreeNumberList></DescriptorRecord>"
)


def descriptors(names: list[str]) -> bytes:
    records = (
        RECORD.format(ui=f"D{place:06}", name=name, number=f"C{place:02}") for place, name in enumerate(names, 1)
    )
    return f"<DescriptorRecordSet>{''.join(records)}</DescriptorRecordSet>".encode()


@pytest.fixture
def nlm(tmp_path, monkeypatch):
    monkeypatch.setenv("DISTILLERY_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("DISTILLERY_RETRY_SECONDS", "0.01")
    monkeypatch.setattr(official, "FEWEST_DESCRIPTORS", 2)
    monkeypatch.setattr(official, "REQUESTS_PER_SECOND", 1_000.0)
    folder = tmp_path / "nlm"
    for place in ("MESH_FILES/xmlmesh", "2019/xmlmesh", "2021/xmlmesh"):
        (folder / place).mkdir(parents=True)
    (folder / "MESH_FILES/xmlmesh/desc2026.gz").write_bytes(gzip.compress(descriptors(["Tumors", "Cysts"]), mtime=0))
    (folder / "2019/xmlmesh/desc2019.xml").write_bytes(descriptors(["Old", "Older", "Oldest"]))
    with FakeMirror(folder) as server:
        monkeypatch.setenv("DISTILLERY_MESH_URL", server.url)
        yield server


def test_the_current_year_and_older_ones_are_found(nlm):
    fetched = fetch_vocabulary(2026)
    assert fetched.address == f"{nlm.url}/MESH_FILES/xmlmesh/desc2026.gz"
    hierarchy = find_vocabulary(2026).hierarchy()
    assert (str(hierarchy), hierarchy.source, hierarchy.find("cysts")) == ("MeSH 2026", fetched.address, "D000002")
    assert len(fetch_vocabulary(2019).table.descriptors) == 3
    assert find_vocabulary(2019).hierarchy().year == 2019


@pytest.mark.parametrize("fault", ["cut", "wrong", "503"])
def test_a_download_that_broke_is_tried_again(nlm, fault):
    nlm.faults.append(fault)
    assert len(fetch_vocabulary(2026).table.descriptors) == 2


def test_a_year_that_nlm_does_not_have(nlm):
    with pytest.raises(VocabularyError, match="no descriptor file of 1815"):
        fetch_vocabulary(1815)
    assert not table_path(1815).exists()


def test_what_is_no_descriptor_file_leaves_the_old_one(nlm):
    fetch_vocabulary(2026)
    before = table_path(2026).read_bytes()
    path = nlm.folder / "MESH_FILES/xmlmesh/desc2026.gz"
    for content, reason in (
        (b"<html>Sorry</html>", "holds no descriptor"),
        (gzip.compress(descriptors(["One"]), mtime=0), "1 desc"),
    ):
        path.write_bytes(content)
        with pytest.raises(NetworkError, match=reason):
            fetch_vocabulary(2026)
    assert table_path(2026).read_bytes() == before


def test_a_year_is_known_by_its_content(nlm):
    fetch_vocabulary(2026)
    begun = find_vocabulary(2026)
    (nlm.folder / "MESH_FILES/xmlmesh/desc2026.gz").write_bytes(gzip.compress(descriptors(["Tumors", "Renamed"])))
    fetch_vocabulary(2026)
    assert find_vocabulary(2026).cache_identity != begun.cache_identity
    with pytest.raises(VocabularyError, match="is not the table of MeSH 2026 that this run began with"):
        begun.hierarchy()


def test_the_shipped_year_needs_no_file(nlm):
    assert find_vocabulary() == find_vocabulary(SHIPPED_YEAR) == Vocabulary()
    assert find_vocabulary().cache_identity == SHIPPED_YEAR
    with pytest.raises(VocabularyError, match="mesh update --year 2031"):
        find_vocabulary(2031)
