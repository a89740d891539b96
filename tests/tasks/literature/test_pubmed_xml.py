import gzip
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.literature.pubmed_xml import RecordError, SourceError, read_records
from tests.corpus import article, write_set

RECORD = """<PubmedArticle><MedlineCitation Status="MEDLINE" IndexingMethod="Automated">
<PMID Version="2">123</PMID>
<Article><Journal><Title>Annals of Tests</Title><JournalIssue><PubDate><Year>1998</Year><Month>Dec</Month><Day>4</Day>
</PubDate></JournalIssue></Journal>
<ArticleTitle>Effects of H<sub>2</sub>O on <i>E. coli</i>   growth.</ArticleTitle>
<Abstract><AbstractText Label="AIM" NlmCategory="OBJECTIVE">To test &lt; 5 mm.</AbstractText>
<AbstractText Label="RESULT">It <b>worked</b>.</AbstractText>
<CopyrightInformation>(c) Us</CopyrightInformation></Abstract>
<Language>eng</Language><Language>fre</Language>
<PublicationTypeList><PublicationType UI="D016428">Journal Article</PublicationType></PublicationTypeList></Article>
<CommentsCorrectionsList><CommentsCorrections RefType="RetractionIn"><PMID Version="1">456</PMID></CommentsCorrections>
</CommentsCorrectionsList>
<MeshHeadingList><MeshHeading><DescriptorName UI="D004926" MajorTopicYN="N">Escherichia coli</DescriptorName>
<QualifierName UI="Q000254" MajorTopicYN="Y">growth &amp; development</QualifierName></MeshHeading></MeshHeadingList>
</MedlineCitation>
<PubmedData><ArticleIdList><ArticleId IdType="doi">10.1/x</ArticleId>
<ArticleId IdType="pmc">PMC9</ArticleId></ArticleIdList>
<ReferenceList><Reference><ArticleIdList><ArticleId IdType="doi">10.1/other</ArticleId></ArticleIdList></Reference>
</ReferenceList></PubmedData></PubmedArticle>"""


def read(path: Path) -> list:
    return list(read_records(path))


def test_every_field_of_a_record(tmp_path):
    [row] = read(write_set(tmp_path / "a.xml", [RECORD]))
    assert (row["pmid"], row["version"], row["status"], row["indexing_method"]) == (123, 2, "MEDLINE", "Automated")
    assert row["title"] == "Effects of H2O on E. coli growth."
    assert row["abstract"] == "AIM: To test < 5 mm.\nRESULT: It worked."
    assert row["sections"][0] == {"label": "AIM", "category": "OBJECTIVE", "text": "To test < 5 mm."}
    assert row["headings"] == [
        {"ui": "D004926", "name": "Escherichia coli", "major": True, "qualifiers": ["growth & development"]}
    ]
    assert (row["journal"], row["date"], row["year"]) == ("Annals of Tests", "1998-12-04", 1998)
    assert row["language"] == ["eng", "fre"]
    assert row["publication_types"] == [{"ui": "D016428", "name": "Journal Article"}]
    assert row["corrections"] == [{"kind": "RetractionIn", "pmid": 456}]
    assert (row["doi"], row["pmcid"], row["copyright"]) == ("10.1/x", "PMC9", "(c) Us")


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


def test_bad_records_are_told_apart_from_bad_files(tmp_path):
    book = '<PubmedBookArticle><BookDocument><PMID Version="1">5</PMID></BookDocument></PubmedBookArticle>'
    without = article(1, "T").replace('<PMID Version="1">1</PMID>', "")
    found = read(write_set(tmp_path / "a.xml", [article(2, "Good"), book, without]))
    assert [type(row) for row in found] == [dict, RecordError, RecordError]
    assert "PMID 5: a book" in str(found[1])
    assert "no <PMID>" in str(found[2])


def test_a_cut_off_gzip_names_the_file(tmp_path):
    plain = write_set(tmp_path / "a.xml", [article(place, "T" * 500) for place in range(50)])
    whole = gzip.compress(plain.read_bytes())
    path = tmp_path / "cut.xml.gz"
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(SourceError, match=r"cut\.xml\.gz is cut off or damaged"):
        read(path)


def test_cut_off_xml_names_the_line(tmp_path):
    path = write_set(tmp_path / "a.xml", [article(1, "T")])
    path.write_text(path.read_text()[:-30])
    with pytest.raises(SourceError, match=r"a\.xml is not well-formed XML at line 1"):
        read(path)


@pytest.mark.parametrize(
    "text",
    [
        "<html><body>Error</body></html>",
        "<eSearchResult><Count>0</Count></eSearchResult>",
        article(1, "A record without its set"),
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
    with pytest.raises(SourceError, match="not well-formed"):
        read(evil(tmp_path / "bomb.xml", f'<!ENTITY l0 "ha">{laughs}', "A &l11; B"))


def test_no_entity_is_ever_filled_in(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("SECRET")
    entities = f'<!ENTITY file SYSTEM "{secret.as_uri()}"><!ENTITY inner "INNER">'
    [row] = read(evil(tmp_path / "file.xml", entities, "A &file; &inner; B"))
    assert row["abstract"].startswith("A ")
    assert "SECRET" not in str(row)
    assert "INNER" not in str(row)


@settings(max_examples=60, deadline=None)
@given(text=st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="<&"), max_size=80))
def test_no_character_is_lost(tmp_path_factory, text):
    path = write_set(tmp_path_factory.mktemp("xml") / "a.xml", [article(1, f"T {text} <i>x{text}</i>y")])
    [row] = read(path)
    assert row["title"] == " ".join(f"T {text} x{text}y".split())


SHARED = Path(__file__).parents[4] / "shared" / "data"


@pytest.mark.skipif(not SHARED.exists(), reason="the real files are not beside this checkout")
def test_real_files():
    rows = read(SHARED / "pubmed" / "medline16n0902.xml.gz")
    assert len(rows) == 604
    assert all(isinstance(row, dict) for row in rows)
    single = [read(path) for path in sorted((SHARED / "eutils" / "efetch").glob("*.xml"))]
    articles = [row for rows in single for row in rows if isinstance(row, dict)]
    assert len(articles) > 50
    assert all(row["title"] or row["abstract"] for row in articles)
