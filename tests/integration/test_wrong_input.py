"""Wrong input gets one clear sentence and leaves nothing running."""

import gzip

import pytest

from tests.integration.conftest import Distillery

pytestmark = pytest.mark.integration


def refused(distillery: Distillery, *options: str) -> tuple[int, str]:
    done = distillery.run("--branch", "C04", *options)
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert distillery.processes() == []
    return done.returncode, done.stderr.strip().splitlines()[-1]


def test_a_missing_file(distillery):
    distillery.source = distillery.folder / "none.xml"
    status, sentence = refused(distillery)
    assert status == 1
    assert (
        "none.xml: there is no such file; name a file or folder of PubMed XML or MEDLINE format, 'sample'," in sentence
    )


def test_a_cut_off_gzip(distillery, corpus):
    distillery.source = distillery.folder / "cut.xml.gz"
    whole = gzip.compress(corpus.read_bytes())
    distillery.source.write_bytes(whole[: len(whole) // 2])
    status, sentence = refused(distillery)
    assert status == 1
    assert "cut.xml.gz is cut off or damaged" in sentence


def test_xml_that_is_not_pubmeds(distillery):
    distillery.source = distillery.folder / "page.xml"
    distillery.source.write_text("<html><body>Service unavailable</body></html>")
    status, sentence = refused(distillery)
    assert status == 1
    assert "page.xml is not PubMed XML: expected <PubmedArticleSet>" in sentence


def test_an_unknown_branch(distillery):
    status, sentence = refused(distillery, "--branch", "Neoplasmz")
    assert status == 2
    assert "no branch 'Neoplasmz'; the nearest are: Neoplasms (C04)" in sentence


def test_no_articles(distillery):
    done = distillery.run("--articles", "0")
    assert done.returncode == 2
    assert "Invalid value for '--articles'" in done.stderr
    assert distillery.processes() == []


def test_a_dead_server(distillery):
    status, sentence = refused(distillery, "--generator-url", "http://127.0.0.1:9")
    assert status == 1
    assert "no language-model server answers at http://127.0.0.1:9" in sentence


def test_a_branch_without_articles(distillery, llm):
    status, sentence = refused(distillery, "--branch", "K", "--generator-url", llm.url)
    assert status == 1
    assert "none of the 150 usable articles carries one of its headings" in sentence
