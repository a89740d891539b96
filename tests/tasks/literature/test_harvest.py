import polars as pl
import pytest

from tasks.literature.article import ARTICLES, FILE_SCHEMA
from tasks.literature.collection import EXCLUSION_COLUMNS, with_exclusion
from tasks.literature.harvest import Harvested, Route, count_changes, file_entries, harvest_file, held_files
from tasks.literature.latest import Held, latest_records
from tasks.literature.source_text import SourceError
from tasks.literature.sources import check_sources, named_files
from tasks.store.row_key import ROW_KEY
from tasks.store.store import Store
from tests.corpus import article, write_set

HEADING = (("D001943", "Breast Neoplasms"),)


def read(store: Store, *paths) -> list[str]:
    """Harvest what the store lacks; return the MD5s of all, in order."""
    files = [file for path in paths for file in named_files(str(path))]
    for file in files:
        if file.md5 not in held_files(store):
            harvest_file(store, file.path, file.md5, Route.FILE)
    return [file.md5 for file in files]


def harvest(store: Store, *paths) -> pl.DataFrame:
    keys = latest_records(store, [Held(tuple(read(store, *paths)))])[ROW_KEY]
    return store.read(store.select(store.table(ARTICLES), keys))


def test_the_latest_version_wins_and_files_stay_apart(tmp_path):
    store = Store(str(tmp_path / "root"))
    first = write_set(tmp_path / "1.xml", [article(1, "old"), article(1, "new", version=2), article(2, "two")])
    second = write_set(tmp_path / "2.xml", [article(2, "two, corrected"), article(3, "three"), article(1, "older")])
    assert sorted(harvest(store, first)["title"]) == ["new", "two"]
    assert sorted(harvest(store, first, second)["title"]) == ["new", "three", "two, corrected"]
    assert sorted(harvest(store, second, first)["title"]) == ["new", "three", "two"]
    assert sorted(harvest(store, second)["title"]) == ["older", "three", "two, corrected"]


def test_a_deletion_takes_its_version_away_until_a_later_file_brings_it_back(tmp_path):
    store = Store(str(tmp_path / "root"))
    records = [article(1, "one"), article(2, "two"), article(2, "two again", version=2)]
    base = write_set(tmp_path / "1.xml", records)
    gone = '<DeleteCitation><PMID Version="1">1</PMID><PMID Version="2">2</PMID></DeleteCitation>'
    update = write_set(tmp_path / "2.xml", [gone])
    back = write_set(tmp_path / "3.xml", [article(1, "one is back")])
    assert sorted(harvest(store, base, update)["title"]) == ["two"]
    assert sorted(harvest(store, base, update, back)["title"]) == ["one is back", "two"]


def test_changes_are_counted(tmp_path):
    store = Store(str(tmp_path / "root"))
    retracted = (("D016441", "Retracted Publication"),)
    base = write_set(tmp_path / "1.xml", [article(n, f"{n}", headings=HEADING) for n in range(1, 6)])
    gone = '<DeleteCitation><PMID Version="1">5</PMID></DeleteCitation>'
    changed = [article(4, "4, changed", headings=HEADING), article(6, "6", types=retracted), "<PubmedArticle/>", gone]
    update = write_set(tmp_path / "2.xml", changed)
    first = read(store, base)
    assert count_changes(store, [Held(tuple(first))], first) == Harvested(files=1, rows=5, new=5)
    both = read(store, base, update)
    assert count_changes(store, [Held(tuple(both))], both[1:]) == Harvested(
        files=1, rows=3, new=1, replaced=1, deleted=1, not_indexed=1, retracted=1, quarantined=1
    )
    assert count_changes(store, [Held(tuple(both))], []) == Harvested()


def test_a_file_is_read_once(tmp_path):
    store = Store(str(tmp_path / "root"))
    path = write_set(tmp_path / "1.xml", [article(1, "one"), "<PubmedArticle></PubmedArticle>"])
    files = read(store, path)
    path.rename(tmp_path / "renamed.xml")
    assert held_files(store) == files
    entries = file_entries(store, files)
    assert set(FILE_SCHEMA) <= set(entries.columns)
    assert entries.select("rows", "quarantined").rows() == [(1, 1)]
    assert "no <PMID>" in store.quarantine("articles")["reason"][0]


@pytest.mark.parametrize("damage", ["gone", "cut off"])
def test_a_file_whose_rows_were_lost_is_read_again(tmp_path, damage):
    store = Store(str(tmp_path / "root"))
    paths = [write_set(tmp_path / f"{n}.xml", [article(10 * n + m, f"{n}.{m}") for m in range(3)]) for n in (1, 2)]
    before = harvest(store, *paths)
    part = store.table(ARTICLES).parts()[0]
    if damage == "gone":
        part.unlink()
    else:
        part.write_bytes(part.read_bytes()[:50])
    assert len(held_files(store)) == 1
    assert harvest(store, *paths).equals(before)


def test_a_file_that_breaks_off_is_not_harvested(tmp_path):
    store = Store(str(tmp_path / "root"))
    path = write_set(tmp_path / "1.xml", [article(1, "one")])
    path.write_text(path.read_text()[:-10])
    with pytest.raises(SourceError):
        harvest(store, path)
    assert held_files(store) == []
    assert store.table(ARTICLES).parts() == []


def test_what_may_not_be_used_is_told_why(tmp_path):
    retracted = (("D016441", "Retracted Publication"),)
    link = (
        '<CommentsCorrectionsList><CommentsCorrections RefType="RetractionIn"><PMID Version="1">9</PMID>'
        "</CommentsCorrections></CommentsCorrectionsList>"
    )
    replaced = link.replace("RetractionIn", "RetractedandRepublishedIn")
    old_link = "<CommentsCorrections><RetractionIn><PMID>9</PMID></RetractionIn></CommentsCorrections>"
    other = '<OtherAbstract Type="PIP" Language="eng"><AbstractText>Text.</AbstractText></OtherAbstract>'
    records = [
        article(1, "fine", "Text.", HEADING),
        article(2, "retracted", "Text.", HEADING, types=retracted),
        article(3, "retracted by link", "Text.", HEADING, extra=link),
        article(10135926, "in PubMedQA", "Text.", HEADING),
        article(5, "no abstract", "", HEADING),
        article(6, "not indexed", "Text."),
        article(7, "retracted, by name", "Text.", HEADING, types=(("", "Retracted Publication"),)),
        article(8, "notice, by name", "Text.", HEADING, types=(("", "Retraction of Publication"),)),
        article(9, "notice, by its new name", "Text.", HEADING, types=(("", "RETRACTION NOTICE"),)),
        article(10, "retracted by an old link", "Text.", HEADING, extra=old_link),
        article(12, "retracted, and another in its place", "Text.", HEADING, extra=replaced),
        article(13, "the one in its place", "Text.", HEADING, extra=replaced.replace("shedIn", "shedFrom")),
        article(11, "abstract of another agency", "", HEADING, extra=other),
    ]
    rows = harvest(Store(str(tmp_path / "root")), write_set(tmp_path / "1.xml", records))
    judged = with_exclusion(rows.select(EXCLUSION_COLUMNS)).sort("pmid")
    assert dict(judged.select("pmid", "exclusion").iter_rows()) == {
        1: None,
        2: "retracted, or a retraction notice",
        3: "retracted, or a retraction notice",
        5: "no abstract",
        6: "not indexed yet",
        **dict.fromkeys((7, 8, 9, 10, 12), "retracted, or a retraction notice"),
        13: None,
        11: "no abstract of its own, only another agency's or language's (other_abstracts)",
        10135926: "in an evaluation set",
    }


@pytest.mark.parametrize(
    "address", ["ftp://ftp.ncbi.nlm.nih.gov/pubmed", "http://host:notaport/", "http://user:PASSWORD@host/", "http://"]
)
def test_addresses_that_can_not_be_asked_are_told_without_their_secrets(address):
    with pytest.raises(SourceError) as error:
        check_sources([f"baseline:{address}"])
    assert "PASSWORD" not in str(error.value)


def test_sources_are_checked_before_anything_starts(tmp_path, monkeypatch):
    with pytest.raises(SourceError, match="there is no such file"):
        check_sources([str(tmp_path / "none.xml")])
    other = tmp_path / "notes.txt"
    other.write_text("notes")
    with pytest.raises(SourceError, match="neither PubMed XML nor in MEDLINE format"):
        check_sources([str(other)])
    with pytest.raises(SourceError, match="there is no such folder"):
        check_sources([f"baseline:{tmp_path / 'none'}"])
    monkeypatch.delenv("NCBI_EMAIL", raising=False)
    with pytest.raises(SourceError, match="set NCBI_EMAIL"):
        check_sources(["pubmed"])
    check_sources(["sample", f"baseline:{tmp_path}", "baseline:https://example.org/pubmed"])
