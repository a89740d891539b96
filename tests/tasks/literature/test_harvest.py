import polars as pl
import pytest

from tasks.literature.article import ARTICLES
from tasks.literature.collection import EXCLUSION_COLUMNS, with_exclusion
from tasks.literature.harvest import file_summaries, harvest_file, latest_articles, missing_files
from tasks.literature.pubmed_xml import SourceError
from tasks.literature.sources import check_sources, find_files
from tasks.store.store import Store
from tests.corpus import article, write_set

HEADING = (("D001943", "Breast Neoplasms"),)


def harvest(store: Store, *paths) -> pl.DataFrame:
    files = find_files([str(path) for path in paths])
    for file in missing_files(store, files):
        harvest_file(store, file)
    table = store.table(ARTICLES)
    return store.read(store.select(table, latest_articles(store, files)))


def test_the_latest_version_wins_and_files_stay_apart(tmp_path):
    store = Store(str(tmp_path / "root"))
    first = write_set(tmp_path / "1.xml", [article(1, "old"), article(1, "new", version=2), article(2, "two")])
    second = write_set(tmp_path / "2.xml", [article(2, "two, corrected"), article(3, "three")])
    assert sorted(harvest(store, first)["title"]) == ["new", "two"]
    assert sorted(harvest(store, first, second)["title"]) == ["new", "three", "two, corrected"]
    assert sorted(harvest(store, second)["title"]) == ["three", "two, corrected"]


def test_a_file_is_read_once(tmp_path):
    store = Store(str(tmp_path / "root"))
    path = write_set(tmp_path / "1.xml", [article(1, "one"), "<PubmedArticle></PubmedArticle>"])
    harvest(store, path)
    renamed = path.rename(tmp_path / "renamed.xml")
    files = find_files([str(renamed)])
    assert missing_files(store, files) == []
    assert file_summaries(store, files).select("rows", "quarantined").rows() == [(1, 1)]
    assert "no <MedlineCitation>" in store.quarantine("articles")["reason"][0]


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
    assert len(missing_files(store, find_files([str(path) for path in paths]))) == 1
    assert harvest(store, *paths).equals(before)


def test_a_file_that_breaks_off_is_not_harvested(tmp_path):
    store = Store(str(tmp_path / "root"))
    path = write_set(tmp_path / "1.xml", [article(1, "one")])
    path.write_text(path.read_text()[:-10])
    with pytest.raises(SourceError):
        harvest(store, path)
    assert len(missing_files(store, find_files([str(path)]))) == 1


def test_what_may_not_be_used_is_told_why(tmp_path):
    retracted = (("D016441", "Retracted Publication"),)
    link = (
        '<CommentsCorrectionsList><CommentsCorrections RefType="RetractionIn"><PMID Version="1">9</PMID>'
        "</CommentsCorrections></CommentsCorrectionsList>"
    )
    records = [
        article(1, "fine", "Text.", HEADING),
        article(2, "retracted", "Text.", HEADING, types=retracted),
        article(3, "retracted by link", "Text.", HEADING, extra=link),
        article(10135926, "in PubMedQA", "Text.", HEADING),
        article(5, "no abstract", "", HEADING),
        article(6, "not indexed", "Text."),
    ]
    rows = harvest(Store(str(tmp_path / "root")), write_set(tmp_path / "1.xml", records))
    judged = with_exclusion(rows.select(EXCLUSION_COLUMNS)).sort("pmid")
    assert dict(judged.select("pmid", "exclusion").iter_rows()) == {
        1: None,
        2: "retracted, or a retraction notice",
        3: "retracted, or a retraction notice",
        5: "no abstract",
        6: "not indexed yet",
        10135926: "in an evaluation set",
    }


def test_sources_are_checked_before_anything_starts(tmp_path):
    with pytest.raises(SourceError, match="there is no such file"):
        check_sources([str(tmp_path / "none.xml")])
    other = tmp_path / "notes.txt"
    other.write_text("")
    with pytest.raises(SourceError, match=r"ends in \.xml or \.xml\.gz"):
        check_sources([str(other)])
    check_sources(["sample"])
