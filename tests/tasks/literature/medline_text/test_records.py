"""MEDLINE format comes to the columns that XML comes to."""

from pathlib import Path
from typing import Any

import pytest

from tasks.literature.pubmed_xml.read import read_records
from tasks.literature.source_text import SourceError
from tests.corpus import article, write_set

RECORD = """
PMID- 123
OWN - NLM
STAT- MEDLINE
DCOM- 20240302
LR  - 20240405
IS  - 1234-5678 (Electronic)
IS  - 8765-4321 (Linking)
VI  - 12
IP  - 3
DP  - 2024 Jan 5
TI  - Effects of water on the
      growth of E. coli.
PG  - 1-9
LID - 10.1/x [doi]
AB  - It worked
      well.
CI  - (c) Us & them
FAU - Müller, Jane Q
AU  - Müller JQ
AUID- ORCID: 0000-0001-2345-6789
AD  - Institute A.
AD  - Institute B.
FAU - Smith, John
AU  - Smith J
CN  - The Test Group
LA  - eng
SI  - GENBANK/A1
GR  - BB/I002243/1/BB/BBSRC/United Kingdom
GR  - Wellcome Trust/United Kingdom
PT  - Journal Article
PT  - Retracted Publication
DEP - 20231130
PL  - Utopia
TA  - Ann Test
JT  - Annals of Tests
JID - 0000001
RN  - 059QF0KO0R (Water)
RN  - 0 (Antigens (Surface))
SB  - IM
RIN - Ann Test. 2025;2:3. PMID: 456
CON - Lancet. 1998;1:1
MH  - Escherichia coli/*growth & development/genetics
MH  - *Water
OTO - NOTNLM
OT  - *bacteria
OT  - growth
COIS- None declared.
PHST- 2023/12/01 06:00 [pubmed]
AID - S0-1 [pii]
AID - 10.1/x [doi]
PMC - PMC9
PST - ppublish
SO  - Ann Test. 2024 Jan 5;12(3):1-9.
"""


def read(path: Path) -> list[dict[str, Any]]:
    return [row for records in read_records(path) for row in records.frame.iter_rows(named=True)]


def written(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


@pytest.fixture(scope="module")
def row(tmp_path_factory) -> dict[str, Any]:
    [found] = read(written(tmp_path_factory.mktemp("nbib") / "a.nbib", RECORD))
    return found


EXPECTED = {
    "kind": "article",
    "pmid": 123,
    "version": 1,
    "status": "MEDLINE",
    "owner": "NLM",
    "completed_date": "2024-03-02",
    "revised_date": "2024-04-05",
    "issn": "1234-5678",
    "issn_type": "Electronic",
    "issn_linking": "8765-4321",
    "volume": "12",
    "issue": "3",
    "date": "2024-01-05",
    "year": 2024,
    "electronic_date": "2023-11-30",
    "title": "Effects of water on the growth of E. coli.",
    "abstract": "It worked well.",
    "copyright": "(c) Us & them",
    "pages": "1-9",
    "language": ["eng"],
    "journal": "Annals of Tests",
    "medline_abbreviation": "Ann Test",
    "nlm_id": "0000001",
    "country": "Utopia",
    "citation_subsets": ["IM"],
    "publication_types": [{"ui": None, "name": "Journal Article"}, {"ui": None, "name": "Retracted Publication"}],
    "headings": [
        {
            "ui": None,
            "name": "Escherichia coli",
            "major": True,
            "automatic": False,
            "type": None,
            "qualifiers": [
                {"ui": None, "name": "growth & development", "major": True, "automatic": False},
                {"ui": None, "name": "genetics", "major": False, "automatic": False},
            ],
        },
        {"ui": None, "name": "Water", "major": True, "automatic": False, "type": None, "qualifiers": []},
    ],
    "chemicals": [
        {"ui": None, "name": "Water", "registry_number": "059QF0KO0R"},
        {"ui": None, "name": "Antigens (Surface)", "registry_number": "0"},
    ],
    "corrections": [
        {"kind": "RetractionIn", "pmid": 456, "citation": "Ann Test. 2025;2:3.", "note": None},
        {"kind": "CommentOn", "pmid": None, "citation": "Lancet. 1998;1:1", "note": None},
    ],
    "keywords": [
        {"text": "bacteria", "major": True, "owner": "NOTNLM"},
        {"text": "growth", "major": False, "owner": "NOTNLM"},
    ],
    "grants": [
        {"id": "BB/I002243/1", "acronym": "BB", "agency": "BBSRC", "country": "United Kingdom"},
        {"id": None, "acronym": None, "agency": "Wellcome Trust", "country": "United Kingdom"},
    ],
    "data_banks": [{"name": "GENBANK", "accession_numbers": ["A1"]}],
    "electronic_locations": [{"type": "doi", "id": "10.1/x", "valid": True}],
    "history": [{"status": "pubmed", "date": "2023-12-01"}],
    "conflict_of_interest": "None declared.",
    "publication_status": "ppublish",
    "doi": "10.1/x",
    "pii": "S0-1",
    "pmcid": "PMC9",
}


@pytest.mark.parametrize("column", EXPECTED)
def test_of_an_article(row, column):
    assert row[column] == EXPECTED[column]


def test_authors(row):
    first, second, group = row["authors"]
    assert (first["last_name"], first["fore_name"], first["initials"]) == ("Müller", "Jane Q", "JQ")
    assert (first["orcid"], first["affiliations"]) == ("0000-0001-2345-6789", ["Institute A.", "Institute B."])
    assert (second["last_name"], second["initials"], second["affiliations"]) == ("Smith", "J", [])
    assert (group["last_name"], group["collective_name"]) == (None, "The Test Group")


def test_authors_of_before_full_names(tmp_path):
    [old] = read(written(tmp_path / "a.txt", "PMID- 1\nTI  - T\nAU  - van der Berg JQ\nAU  - Smith J\n"))
    assert [(each["last_name"], each["initials"]) for each in old["authors"]] == [
        ("van der Berg", "JQ"),
        ("Smith", "J"),
    ]


def test_it_is_what_the_xml_says(tmp_path):
    text = "PMID- 7\nSTAT- MEDLINE\nDP  - 2020 Mar\nTI  - A title\nAB  - Text.\nLA  - eng\nPT  - Journal Article\n"
    [ours] = read(written(tmp_path / "a.nbib", f"{text}JT  - Journal of Tests\n"))
    [theirs] = read(write_set(tmp_path / "a.xml", [article(7, "A title", "Text.", types=(("", "Journal Article"),))]))
    assert ours == theirs


@pytest.mark.parametrize("apart", ["\n\n", "\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_records_follow_one_another(tmp_path, apart, encoding):
    text = apart.join(f"PMID- {n}\nTI  - Title {n}, µ" for n in (1, 2, 3)).replace("\n", "\r\n")
    path = written(tmp_path / "a", text, encoding)
    assert [(row["pmid"], row["title"]) for row in read(path)] == [(n, f"Title {n}, µ") for n in (1, 2, 3)]


def test_blocks_change_nothing(tmp_path, monkeypatch):
    path = written(tmp_path / "a.nbib", RECORD + "".join(f"\nPMID- {n}\nTI  - Title {n}\n" for n in range(200, 400)))
    whole = read(path)
    monkeypatch.setattr("tasks.literature.medline_text.records.BLOCK_BYTES", 1_500)
    monkeypatch.setattr("tasks.literature.source_text.CHUNK_BYTES", 700)
    assert read(path) == whole
    assert len(whole) == 201


def test_a_record_without_a_pmid_is_told(tmp_path):
    path = written(tmp_path / "a.nbib", "PMID- 1\nTI  - One\n\nTI  - Another\n\nPMID- x\nTI  - Third\n")
    assert [row["pmid"] for row in read(path)] == [1]
    refused = [row for records in read_records(path) for row in records.refused.rows()]
    assert refused == [(1, "the record has no <PMID> of digits"), (2, "the record has no <PMID> of digits")]


def test_a_span_of_months_and_characters_that_xml_has_not(tmp_path):
    [row] = read(written(tmp_path / "a.nbib", "PMID- 1\nDP  - 1978 Jul-Aug\nTI  - A\x0bB <i> & \ufdd0\n"))
    assert (row["date"], row["title"]) == ("1978-07", "A\ufffdB <i> & \ufffd")


def test_another_encoding_is_told_and_not_guessed(tmp_path):
    with pytest.raises(SourceError, match=r"a\.nbib is not in UTF-8"):
        read(written(tmp_path / "a.nbib", "PMID- 1\nTI  - Über\n", "iso-8859-1"))


def test_a_book_is_one(tmp_path):
    text = "PMID- 5\nTI  - A chapter\nBTI - The book\nPB  - Press\nDP  - 2010\nFAU - Writer, A\nAU  - Writer A\n"
    [row] = read(written(tmp_path / "a.nbib", f"{text}PT  - Review\n"))
    assert (row["kind"], row["title"], row["book_title"], row["publisher"]) == (
        "book",
        "A chapter",
        "The book",
        "Press",
    )
    assert (row["authors"][0]["last_name"], row["date"]) == ("Writer", "2010")
    assert row["publication_types"] == [{"ui": None, "name": "Review"}]
