import gzip
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.literature.pubmed_xml.read import check_format, read_records
from tasks.literature.pubmed_xml.transform import RESERVED
from tasks.literature.source_text import SourceError
from tests.corpus import article, write_set


def read(path: Path) -> list[dict]:
    return [row for records in read_records(path) for row in records.frame.iter_rows(named=True)]


def reasons(path: Path) -> list[tuple[int, str]]:
    return [row for records in read_records(path) for row in records.refused.rows()]


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("<MedlineDate>1998 Dec-1999 Jan</MedlineDate>", "1998-12"),
        ("<MedlineDate>Spring 2001</MedlineDate>", "2001"),
        ("<MedlineDate>unknown</MedlineDate>", None),
        ("<Year>2020</Year><Month>03</Month>", "2020-03"),
        ("<Year>2020</Year><Season>Winter</Season>", "2020"),
        ("", None),
    ],
)
def test_partial_dates(tmp_path, date, expected):
    record = article(1, "T").replace("<Year>2020</Year><Month>Mar</Month>", date)
    [row] = read(write_set(tmp_path / "a.xml", [record]))
    assert row["date"] == expected


@pytest.mark.parametrize("tag", ["PubmedArticle", "PubmedArticleSet"])
def test_an_end_tag_may_hold_white_space(tmp_path, tag):
    path = write_set(tmp_path / "a.xml", [article(1, "One"), article(2, "Two")])
    path.write_text(path.read_text().replace(f"</{tag}>", f"</{tag} >"))
    assert [row["pmid"] for row in read(path)] == [1, 2]


def test_what_stands_behind_the_last_record_is_told(tmp_path):
    broken = article(2, "T").removesuffix("</PubmedArticle>")
    path = write_set(tmp_path / "a.xml", [article(1, "T"), broken])
    assert [row["pmid"] for row in read(path)] == [1]
    assert len(reasons(path)) == 1
    assert len(reasons(write_set(tmp_path / "b.xml", ["<Foo/>"]))) == 1


def test_odd_pmids(tmp_path):
    odd = {text: article(1, "T").replace(">1</PMID>", f">{text}</PMID>") for text in ("\n 7 \n", "-1", "0", "x", "")}
    path = write_set(tmp_path / "a.xml", [*odd.values(), '<PMID Version="1">77</PMID>', "<DeleteCitation/>"])
    assert [row["pmid"] for row in read(path)] == [7]
    assert {reason for _, reason in reasons(path)} == {"the record has no <PMID> of digits"}


def test_a_record_without_a_version_is_the_first(tmp_path):
    record = article(1, "T").replace('<PMID Version="1">', "<PMID>")
    [row] = read(write_set(tmp_path / "a.xml", [record]))
    assert row["version"] == 1


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_an_encoding_of_several_bytes_is_known_with_and_without_its_mark(tmp_path, encoding, mark):
    path = write_set(tmp_path / "a.xml", [article(1, "Über µ")])
    declared = path.read_text().replace('version="1.0"', f'version="1.0" encoding="{encoding[:6]}"')
    path.write_bytes((mark + declared).encode(encoding))
    assert [row["title"] for row in read(path)] == ["Über µ"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (b"PK\x03\x04rest", "is a zip archive"),
        (b"BZh91AY", "packed by bzip2"),
        (b"\xfd7zXZ\x00", "packed by xz"),
        (b"%PDF-1.7", "is a PDF"),
        (b"TY  - JOUR\nTI  - T\n", "neither PubMed XML nor in MEDLINE format"),
        (b'{"result": {}}', "neither PubMed XML nor in MEDLINE format"),
    ],
)
def test_what_holds_no_records_is_told_in_a_sentence(tmp_path, content, told):
    path = tmp_path / "a.xml"
    path.write_bytes(content)
    for attempt in (read, check_format):
        with pytest.raises(SourceError, match=rf"a\.xml .*{told}"):
            attempt(path)


@pytest.mark.parametrize("name", ["PubmedArticle", "PubmedBookArticle", "BookDocument", "MedlineCitation"])
def test_a_record_alone_is_a_file(tmp_path, name):
    citation = article(7, "Alone").removeprefix("<PubmedArticle>").removesuffix("</PubmedArticle>")
    book = "<BookDocument><PMID>7</PMID><ArticleTitle>Alone</ArticleTitle><Language>eng</Language></BookDocument>"
    records = {
        "PubmedArticle": article(7, "Alone"),
        "PubmedBookArticle": f"<PubmedBookArticle>{book}</PubmedBookArticle>",
        "BookDocument": book,
        "MedlineCitation": citation,
    }
    path = tmp_path / "a.xml"
    path.write_text(f'<?xml version="1.0"?>\n<!DOCTYPE {name} SYSTEM "x.dtd">\n{records[name]}\n')
    assert [(row["pmid"], row["title"]) for row in read(path)] == [(7, "Alone")]
    path.write_text(path.read_text()[:-10])
    with pytest.raises(SourceError, match="cut off"):
        read(path)


def test_a_set_of_book_documents(tmp_path):
    book = "<BookDocument><PMID>7</PMID><ArticleTitle>B</ArticleTitle></BookDocument>"
    path = tmp_path / "a.xml"
    path.write_text(f"<BookDocumentSet>{book}<DeleteDocument><PMID>8</PMID></DeleteDocument></BookDocumentSet>")
    assert [(row["kind"], row["pmid"]) for row in read(path)] == [("book", 7), ("deletion", 8)]


def test_a_first_record_that_is_broken_does_not_cost_the_others(tmp_path):
    path = write_set(tmp_path / "a.xml", [article(1, "T").replace("<PMID ", "<PMID <"), article(2, "T")])
    assert [row["pmid"] for row in read(path)] == [2]
    assert len(reasons(path)) == 1


@pytest.mark.parametrize(("behind", "told"), [("junk", True), ("<!-- saved in 2024 -->\n<?x y?>\n", False)])
def test_what_stands_behind_the_set_is_told(tmp_path, behind, told, caplog):
    path = write_set(tmp_path / "a.xml", [article(1, "T")])
    path.write_text(path.read_text() + behind)
    assert [row["pmid"] for row in read(path)] == [1]
    assert ("4 bytes behind </PubmedArticleSet> are no part of it" in caplog.text) is told


def test_sets_written_one_behind_the_other_are_read_whole(tmp_path):
    prolog = '<?xml version="1.0"?>\n<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD" "x.dtd">\n'
    path = tmp_path / "a.xml"
    path.write_text("".join(f"{prolog}<PubmedArticleSet>{article(n, 'T')}</PubmedArticleSet>\n" for n in range(1, 4)))
    assert [row["pmid"] for row in read(path)] == [1, 2, 3]
    assert reasons(path) == []


@pytest.mark.parametrize("encoding", ["rot13", "base64", "no-such-thing", "utf-16"])
def test_an_encoding_that_does_not_fit_is_told(tmp_path, encoding):
    path = write_set(tmp_path / "a.xml", [article(1, "Über µ")])
    path.write_text(path.read_text().replace('version="1.0"', f'version="1.0" encoding="{encoding}"'), encoding="utf-8")
    with pytest.raises(SourceError, match=r"a\.xml is not"):
        read(path)


def test_gzip_is_known_by_its_content(tmp_path):
    plain = write_set(tmp_path / "a.xml", [article(1, "One")])
    packed = tmp_path / "b.xml"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert read(plain) == read(packed)


def test_the_old_set_of_citations(tmp_path):
    citation = article(7, "Old").removeprefix("<PubmedArticle>").removesuffix("</PubmedArticle>")
    path = tmp_path / "old.xml"
    path.write_text(f"<MedlineCitationSet>{citation}</MedlineCitationSet>")
    assert [row["pmid"] for row in read(path)] == [7]


def test_an_empty_set_is_no_error(tmp_path):
    assert read(write_set(tmp_path / "a.xml", [])) == []


def test_a_bad_record_costs_no_other(tmp_path):
    without_pmid = article(1, "T").replace('<PMID Version="1">1</PMID>', "")
    without_article = '<PubmedArticle><MedlineCitation><PMID Version="1">5</PMID></MedlineCitation></PubmedArticle>'
    broken = article(6, "An <i>open tag").replace("<Language>", "<Language")
    stranger = "<Stranger></Stranger>"
    records = [article(2, "Good"), without_pmid, broken, without_article, stranger, article(3, "Good, too")]
    path = write_set(tmp_path / "a.xml", records)
    assert [(row["record"], row["pmid"]) for row in read(path)] == [(0, 2), (5, 3)]
    found = dict(reasons(path))
    assert found[1] == "the record has no <PMID> of digits"
    assert found[2].startswith("the record is not well-formed XML (")
    assert found[3] == "PMID 5: the record has no <Article>"
    assert found[4] == "what stands behind the record before is none of PubMed's"


def test_a_stranger_among_whole_records_is_told(tmp_path):
    path = write_set(tmp_path / "a.xml", [article(1, "T"), "<Stranger></Stranger>", article(2, "T")])
    assert [row["pmid"] for row in read(path)] == [1, 2]
    assert reasons(path) == [(1, "<Stranger> is no record of PubMed's")]


def test_a_record_without_its_end_does_not_swallow_the_next(tmp_path):
    broken = article(1, "T").removesuffix("</MedlineCitation></PubmedArticle>")
    path = write_set(tmp_path / "a.xml", [broken, article(2, "T")])
    assert [row["pmid"] for row in read(path)] == [2]


def test_what_nlm_withdrew(tmp_path):
    gone = '<DeleteCitation><PMID Version="1">7</PMID><PMID Version="2">8</PMID></DeleteCitation>'
    rows = read(write_set(tmp_path / "a.xml", [article(1, "T"), gone]))
    assert [(row["kind"], row["pmid"], row["version"]) for row in rows] == [
        ("article", 1, 1), ("deletion", 7, 1), ("deletion", 8, 2),
    ]  # fmt: skip


def test_a_cut_off_gzip_names_the_file(tmp_path):
    plain = write_set(tmp_path / "a.xml", [article(place, "T" * 500) for place in range(50)])
    whole = gzip.compress(plain.read_bytes())
    path = tmp_path / "cut.xml.gz"
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(SourceError, match=r"cut\.xml\.gz is cut off or damaged"):
        read(path)


@pytest.mark.parametrize("cut", [5, 30, 300])
def test_cut_off_xml_is_told(tmp_path, cut):
    path = write_set(tmp_path / "a.xml", [article(1, "T")])
    path.write_text(path.read_text()[:-cut])
    with pytest.raises(SourceError, match=r"a\.xml is cut off: it ends without </PubmedArticleSet>"):
        read(path)


@pytest.mark.parametrize("threads", [1, 3])
def test_blocks_and_threads_change_nothing(tmp_path, threads, monkeypatch):
    path = write_set(tmp_path / "a.xml", [article(place + 1, f"Title {place}") for place in range(200)])
    whole = read(path)
    monkeypatch.setattr("tasks.literature.source_text.CHUNK_BYTES", 1_500)
    monkeypatch.setattr("tasks.literature.pubmed_xml.read.FRAME_BYTES", 5_000)
    parts = list(read_records(path, threads))
    assert len(parts) > 3
    assert [row for part in parts for row in part.frame.iter_rows(named=True)] == whole
    assert [row["record"] for row in whole] == list(range(200))


def test_any_encoding(tmp_path):
    text = write_set(tmp_path / "a.xml", [article(1, "Über Ångström – µ")]).read_text()
    for encoding in ("utf-16", "iso-8859-1", "utf-8-sig"):
        path = tmp_path / f"{encoding}.xml"
        declared = text.replace('version="1.0"', f'version="1.0" encoding="{encoding.removesuffix("-sig")}"')
        path.write_bytes(declared.encode(encoding, errors="xmlcharrefreplace"))
        assert [row["title"] for row in read(path)] == ["Über Ångström – µ"], encoding


@pytest.mark.parametrize(
    "text",
    [
        "<html><body>Error</body></html>",
        "<eSearchResult><Count>0</Count></eSearchResult>",
        "<SupplementalRecordSet/>",
    ],
)
def test_xml_that_is_not_pubmeds(tmp_path, text):
    path = tmp_path / "a.xml"
    path.write_text(text)
    with pytest.raises(SourceError, match="is not PubMed XML: expected <PubmedArticleSet>"):
        read(path)


def evil(path: Path, entities: str, text: str) -> Path:
    path.write_text(f"<!DOCTYPE x [{entities}]><PubmedArticleSet>{article(1, 'T', text)}</PubmedArticleSet>")
    return path


def test_an_entity_bomb_does_not_go_off(tmp_path):
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    path = evil(tmp_path / "bomb.xml", f'<!ENTITY l0 "ha">{laughs}', "A &l11; B")
    assert read(path) == []
    assert "not well-formed" in reasons(path)[0][1]


def test_no_entity_is_ever_filled_in(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("SECRET")
    entities = f'<!ENTITY file SYSTEM "{secret.as_uri()}"><!ENTITY inner "INNER">'
    path = evil(tmp_path / "file.xml", entities, "A &file; &inner; B")
    assert read(path) == []
    assert "Entity" in reasons(path)[0][1]


def test_a_doctype_inside_the_records_is_not_honoured(tmp_path):
    record = '<!DOCTYPE x [<!ENTITY e "INNER">]>' + article(1, "A &e; B")
    path = write_set(tmp_path / "a.xml", [article(2, "Good"), record])
    assert [row["pmid"] for row in read(path)] == [2]


def test_code_points_that_serve_as_delimiters_do_no_harm(tmp_path):
    title = "A \ufdd0PubmedArticle\ufdd1666 &#xFDD1;&#64977; B"
    [row] = read(write_set(tmp_path / "a.xml", [article(1, title)]))
    assert (row["pmid"], row["title"]) == (1, "A \ufffdPubmedArticle\ufffd666 \ufffd\ufffd B")


@settings(max_examples=60, deadline=None)
@given(text=st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="<&"), max_size=80))
def test_no_character_is_lost(tmp_path_factory, text):
    path = write_set(tmp_path_factory.mktemp("xml") / "a.xml", [article(1, f"T {text} <i>x{text}</i>y")])
    [row] = read(path)
    # XML's white space is folded; other space characters are characters.
    folded = re.sub(r"[ \t\r\n]+", " ", f"T {text} x{text}y").strip(" ")
    assert row["title"] == RESERVED.sub("\ufffd", folded)


BOOK_TITLE = "Hereditary Motor and Sensory Neuropathy with Agenesis of the Corpus Callosum"
SHARED = Path(__file__).parents[5] / "shared" / "data"


@pytest.mark.skipif(not SHARED.exists(), reason="the real files are not beside this checkout")
def test_real_files():
    folders = {"pubmed": "*.xml*", "eutils/efetch": "*.xml", "eutils/entrez": "pubmed*.xml"}
    paths = [path for folder, names in folders.items() for path in sorted((SHARED / folder).glob(names))]
    found = {path.name: read(path) for path in paths}
    assert not [reason for path in paths for reason in reasons(path)]
    kinds = [row["kind"] for row in found["medline16n0902.xml.gz"]]
    assert (kinds.count("article"), kinds.count("deletion")) == (604, 1)
    assert found["37909814.xml"] == []
    [book] = found["20301546.xml"]
    assert (book["kind"], book["title"], book["book_title"]) == ("book", BOOK_TITLE, "GeneReviews®")
    rows = [row for rows in found.values() for row in rows]
    assert len(rows) > 1000
    assert all(row["title"] or row["vernacular_title"] for row in rows if row["kind"] != "deletion")
