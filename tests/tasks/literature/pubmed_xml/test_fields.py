"""Every field, of records made by hand to hold it."""

from pathlib import Path
from typing import Any

import pytest

from tasks.literature.pubmed_xml.decode import SCHEMA
from tasks.literature.pubmed_xml.read import read_records
from tests.corpus import article, write_set

DATA = Path(__file__).parents[3] / "data"


def rows(path: Path) -> list[dict[str, Any]]:
    return [row for records in read_records(path) for row in records.frame.iter_rows(named=True)]


@pytest.fixture(scope="module")
def full() -> dict[str, Any]:
    return rows(DATA / "every_field.xml")[0]


@pytest.fixture(scope="module")
def book() -> dict[str, Any]:
    return rows(DATA / "every_field.xml")[1]


EXPECTED = {
    "record": 0,
    "kind": "article",
    "pmid": 123,
    "version": 2,
    "status": "MEDLINE",
    "owner": "NLM",
    "indexing_method": "Automated",
    "publication_model": "Print-Electronic",
    "title": "Effects of H2O on E. coli growth at x+1.",
    "vernacular_title": "Wirkung von Wasser.",
    "abstract": "AIM: To test < 5 mm.\nIt worked well.",
    "sections": [
        {"label": "AIM", "category": "OBJECTIVE", "text": "To test < 5 mm."},
        {"label": None, "category": None, "text": "It worked well."},
    ],
    "copyright": "(c) Us & them",
    "other_abstracts": [
        {
            "type": "plain-language-summary",
            "language": "fre",
            "label": None,
            "category": None,
            "text": "Bien.",
            "copyright": "(c) Eux",
        }
    ],
    "language": ["eng", "fre"],
    "publication_types": [
        {"ui": "D016428", "name": "Journal Article"},
        {"ui": "D016441", "name": "Retracted Publication"},
    ],
    "corrections": [
        {"kind": "RetractionIn", "pmid": 456, "citation": "Ann Test. 1999;2:3", "note": None},
        {"kind": "CommentOn", "pmid": None, "citation": "Lancet. 1998;1:1", "note": "see there"},
    ],
    "headings": [
        {
            "ui": "D004926",
            "name": "Escherichia coli",
            "major": True,
            "automatic": False,
            "type": None,
            "qualifiers": [
                {"ui": "Q000254", "name": "growth & development", "major": True, "automatic": False},
                {"ui": "Q000235", "name": "genetics", "major": False, "automatic": True},
            ],
        },
        {"ui": "D006801", "name": "Humans", "major": False, "automatic": True, "type": "Geographic", "qualifiers": []},
    ],
    "supplementary_concepts": [{"ui": "C535406", "name": "A disease", "type": "Disease"}],
    "chemicals": [{"ui": "D014867", "name": "Water", "registry_number": "059QF0KO0R"}],
    "gene_symbols": ["lacZ"],
    "keywords": [{"text": "E. coli", "major": True, "owner": "NOTNLM"}],
    "personal_name_subjects": [{"last_name": "Koch", "fore_name": "Robert", "initials": "R", "suffix": None}],
    "journal": "Annals of Tests",
    "journal_abbreviation": "Ann Test",
    "medline_abbreviation": "Ann Test",
    "nlm_id": "0000001",
    "country": "Utopia",
    "issn": "1234-5678",
    "issn_type": "Print",
    "issn_linking": "1234-5678",
    "volume": "12",
    "issue": "3",
    "start_page": "1",
    "end_page": "9",
    "pages": "1-9",
    "date": "1998-12-04",
    "year": 1998,
    "season": None,
    "medline_date": None,
    "electronic_date": "1998-11-30",
    "created_date": "1998-12-20",
    "completed_date": "1999-01-02",
    "revised_date": "2020-02-03",
    "electronic_locations": [
        {"type": "pii", "id": "S0-2", "valid": False},
        {"type": "doi", "id": "10.1/x", "valid": True},
    ],
    "data_banks": [{"name": "GENBANK", "accession_numbers": ["A1", "A2"]}],
    "grants": [{"id": "R01", "acronym": "CA", "agency": "NCI", "country": "United States"}],
    "number_of_references": 7,
    "citation_subsets": ["IM", "AIM"],
    "other_ids": [{"source": "NASA", "id": "99"}],
    "space_flight_missions": ["Flight Experiment"],
    "general_notes": ["A note."],
    "conflict_of_interest": "None declared.",
    "publication_status": "ppublish",
    "doi": "10.1/x",
    "pmcid": "PMC9",
    "pii": "S0-1",
    "manuscript_id": "NIHMS1",
    "version_id": "2",
    "version_date": "2020/02/03",
    "objects": [{"type": "Figure", "parameters": [{"name": "id", "value": "f1"}]}],
    "history": [{"status": "received", "date": "1998-05-06"}, {"status": "entrez", "date": "1998-12-05"}],
    "references": [{"citation": "Other et al. 1990", "pmid": 77, "doi": "10.1/other", "pmcid": "PMC1"}],
}


@pytest.mark.parametrize("column", EXPECTED)
def test_of_an_article(full, column):
    assert full[column] == EXPECTED[column]


def test_authors(full):
    assert full["authors"] == [
        {
            "last_name": "Müller",
            "fore_name": "Jane Q",
            "initials": "JQ",
            "suffix": "Jr",
            "collective_name": None,
            "orcid": "0000-0001-2345-6789",
            "affiliations": ["Institute A.", "Institute B."],
            "affiliation_ids": ["ror1"],
            "valid": True,
            "equal_contribution": True,
        },
        {
            "last_name": None,
            "fore_name": None,
            "initials": None,
            "suffix": None,
            "collective_name": "The Test Group",
            "orcid": None,
            "affiliations": [],
            "affiliation_ids": [],
            "valid": False,
            "equal_contribution": False,
        },
    ]
    assert [person["last_name"] for person in full["investigators"]] == ["Lister"]


def test_of_a_book(book):
    assert (book["kind"], book["pmid"], book["title"], book["book_title"]) == ("book", 555, "A Chapter", "The Book")
    assert (book["bookshelf_id"], book["publisher"], book["date"], book["isbn"]) == (
        "NBK1",
        "Press",
        "2010-03",
        ["978-1"],
    )
    assert [person["last_name"] for person in book["authors"]] == ["Writer"]
    assert [person["last_name"] for person in book["book_authors"]] == ["Planner"]
    assert [person["last_name"] for person in book["editors"]] == ["Keeper"]
    assert book["location_label"] == "Chapter 4"
    assert (book["beginning_date"], book["ending_date"], book["report_number"]) == ("2009", "2012", "7")
    assert (book["volume_title"], book["collection_title"]) == ("Volume One", "A Collection")
    assert book["book_sections"] == [{"label": "1.", "title": "Summary"}]
    assert (book["abstract"], book["language"], book["contribution_date"]) == ("In short.", ["eng"], "2011-04-05")


def test_no_column_is_left_untested(full, book):
    filled = {name for row in (full, book) for name, value in row.items() if value not in (None, [], "")}
    assert set(SCHEMA) - filled <= {"season", "medline_date"}


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("<MedlineDate>1998 Dec-1999 Jan</MedlineDate>", "1998-12"),
        ("<MedlineDate>Spring 2001</MedlineDate>", "2001"),
        ("<MedlineDate>1976-1977</MedlineDate>", "1976"),
        ("<MedlineDate>unknown</MedlineDate>", None),
        ("<Year>2020</Year><Month>03</Month>", "2020-03"),
        ("<Year>2020</Year><Month>Mar</Month><Day>9</Day>", "2020-03-09"),
        ("<Year>2020</Year><Season>Winter</Season>", "2020"),
        # The baseline and EFetch write the same span in two ways, neither of which has a day.
        ("<Year>1978</Year><Season>Jul-Aug</Season>", "1978-07"),
        ("<MedlineDate>1978 Jul-Aug</MedlineDate>", "1978-07"),
        ("<Year>2016</Year><Month>Jul-Aug</Month>", "2016-07"),
        ("<Year>1978</Year><Season>2d Quart</Season>", "1978"),
        ("<Year>2020</Year><Month>Mar</Month><Day>32</Day>", "2020-03"),
        ("", None),
    ],
)
def test_partial_dates(tmp_path, date, expected):
    record = article(1, "T").replace("<Year>2020</Year><Month>Mar</Month>", date)
    [row] = rows(write_set(tmp_path / "a.xml", [record]))
    assert (row["date"], row["year"]) == (expected, int(expected[:4]) if expected else None)


def test_white_space_between_inline_elements_is_text(tmp_path):
    [row] = rows(write_set(tmp_path / "a.xml", [article(1, "<i>E.</i> <b>coli</b>\n <sup>2</sup>")]))
    assert row["title"] == "E. coli 2"


def test_the_lists_of_references_do_not_name_the_article(tmp_path):
    record = article(1, "T").replace(
        "</PubmedArticle>",
        "<PubmedData><ReferenceList><Reference><Citation>C</Citation><ArticleIdList>"
        '<ArticleId IdType="doi">10.1/other</ArticleId><ArticleId IdType="pmc">PMC1</ArticleId></ArticleIdList>'
        "</Reference></ReferenceList></PubmedData></PubmedArticle>",
    )
    [row] = rows(write_set(tmp_path / "a.xml", [record]))
    assert (row["doi"], row["pmcid"]) == (None, None)


def test_the_authors_of_a_whole_book_are_its_own(tmp_path):
    book = (
        '<PubmedBookArticle><BookDocument><PMID Version="1">9</PMID><Book><BookTitle>Guideline</BookTitle>'
        "<AuthorList><Author><CollectiveName>Centre</CollectiveName></Author></AuthorList></Book>"
        "<Language>eng</Language></BookDocument></PubmedBookArticle>"
    )
    [row] = rows(write_set(tmp_path / "a.xml", [book]))
    assert [person["collective_name"] for person in row["authors"]] == ["Centre"]
    assert row["title"] == "Guideline"


def test_white_space_around_a_value_is_none_of_it(tmp_path):
    author = "<Author><LastName>Hauer </LastName><Suffix>\n\t\t</Suffix></Author>"
    record = (
        article(1, "T", headings=(("D011110", "Polymorphism,\n   Genetic"),))
        .replace("Journal of Tests", "Molecular  microbiology. ")
        .replace("<Language>", f"<AuthorList>{author}</AuthorList><Language>")
    )
    [row] = rows(write_set(tmp_path / "a.xml", [record]))
    assert (row["journal"], row["headings"][0]["name"]) == ("Molecular microbiology.", "Polymorphism, Genetic")
    assert (row["authors"][0]["last_name"], row["authors"][0]["suffix"]) == ("Hauer", None)


def test_a_link_of_before_2010_is_known_by_its_element(tmp_path):
    links = (
        "<CommentsCorrections><RetractionIn><RefSource>Ann 1999;2:3</RefSource><PMID>456</PMID></RetractionIn>"
        "<CommentOn><RefSource>Lancet 1998;1:1</RefSource><Note>see there</Note></CommentOn></CommentsCorrections>"
    )
    [row] = rows(write_set(tmp_path / "a.xml", [article(1, "T", extra=links)]))
    assert row["corrections"] == [
        {"kind": "RetractionIn", "pmid": 456, "citation": "Ann 1999;2:3", "note": None},
        {"kind": "CommentOn", "pmid": None, "citation": "Lancet 1998;1:1", "note": "see there"},
    ]


def test_headings_of_before_2002_have_other_elements(tmp_path):
    record = article(1, "T", headings=(("", "Breast Neoplasms"),))
    old = record.replace("DescriptorName", "Descriptor").replace("QualifierName", "SubHeading").replace(' UI=""', "")
    [row] = rows(write_set(tmp_path / "a.xml", [old]))
    [heading] = row["headings"]
    assert (heading["ui"], heading["name"], heading["major"]) == (None, "Breast Neoplasms", True)
    assert [qualifier["name"] for qualifier in heading["qualifiers"]] == ["therapy"]
