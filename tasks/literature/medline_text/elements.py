"""A record in MEDLINE format as the element of PubMed's XML that holds the same.

Names have no UIs there, headings among them. What is not carried over: the dates that PHST repeats (CRDT, EDAT, MHDA),
the citation in words (SO), where a book was published (PLACE), and what stands under tags that are not below.
"""

import re
from collections.abc import Callable, Sequence
from typing import TypeAlias

from lxml import etree

Fields: TypeAlias = Sequence[tuple[str, str]]

ARTICLE = "MedlineCitation/Article"
JOURNAL_INFO = "MedlineCitation/MedlineJournalInfo"
PLAIN = {
    "TI": f"{ARTICLE}/ArticleTitle",
    "TT": f"{ARTICLE}/VernacularTitle",
    "AB": f"{ARTICLE}/Abstract/AbstractText",
    "CI": f"{ARTICLE}/Abstract/CopyrightInformation",
    "LA": f"{ARTICLE}/Language",
    "PT": f"{ARTICLE}/PublicationTypeList/PublicationType",
    "JT": f"{ARTICLE}/Journal/Title",
    "VI": f"{ARTICLE}/Journal/JournalIssue/Volume",
    "IP": f"{ARTICLE}/Journal/JournalIssue/Issue",
    "PG": f"{ARTICLE}/Pagination/MedlinePgn",
    "TA": f"{JOURNAL_INFO}/MedlineTA",
    "PL": f"{JOURNAL_INFO}/Country",
    "JID": f"{JOURNAL_INFO}/NlmUniqueID",
    "SB": "MedlineCitation/CitationSubset",
    "GS": "MedlineCitation/GeneSymbolList/GeneSymbol",
    "GN": "MedlineCitation/GeneralNote",
    "RF": "MedlineCitation/NumberOfReferences",
    "SFM": "MedlineCitation/SpaceFlightMission",
    "COIS": "MedlineCitation/CoiStatement",
    "OAB": "MedlineCitation/OtherAbstract/AbstractText",
    "OCI": "MedlineCitation/OtherAbstract/CopyrightInformation",
    "PST": "PubmedData/PublicationStatus",
}
"""Where the text of a field stands; one that a record repeats stands there several times."""
BOOK = "BookDocument"
BOOK_PLAIN = {
    "TI": f"{BOOK}/ArticleTitle",
    "AB": f"{BOOK}/Abstract/AbstractText",
    "CI": f"{BOOK}/Abstract/CopyrightInformation",
    "LA": f"{BOOK}/Language",
    "PT": f"{BOOK}/PublicationType",
    "BTI": f"{BOOK}/Book/BookTitle",
    "CTI": f"{BOOK}/Book/CollectionTitle",
    "PB": f"{BOOK}/Book/Publisher/PublisherName",
    "PST": "PubmedBookData/PublicationStatus",
}
LINKS = {
    "CIN": "CommentIn", "CON": "CommentOn", "EIN": "ErratumIn", "EFR": "ErratumFor", "RIN": "RetractionIn",
    "ROF": "RetractionOf", "PRIN": "PartialRetractionIn", "PROF": "PartialRetractionOf", "RPI": "RepublishedIn",
    "RPF": "RepublishedFrom", "CRI": "CorrectedandRepublishedIn", "CRF": "CorrectedandRepublishedFrom",
    "RRI": "RetractedandRepublishedIn", "RRF": "RetractedandRepublishedFrom", "UIN": "UpdateIn", "UOF": "UpdateOf",
    "ECI": "ExpressionOfConcernIn", "ECF": "ExpressionOfConcernFor", "SPIN": "SummaryForPatientsIn",
    "ORI": "OriginalReportIn",
}  # fmt: skip
DATES = {"DCOM": "DateCompleted", "LR": "DateRevised", "DA": "DateCreated"}
PEOPLE = {
    "AU": f"{ARTICLE}/AuthorList/Author",
    "IR": "MedlineCitation/InvestigatorList/Investigator",
    "PS": "MedlineCitation/PersonalNameSubjectList/PersonalNameSubject",
}
BOOK_PEOPLE = {"AU": f"{BOOK}/AuthorList/Author"}
AFFILIATIONS = {"AD": "AU", "IRAD": "IR"}
PUBLISHED = re.compile(r"(\d{4})(?: ([A-Z][a-z]{2}))?(?: (\d{1,2}))?")
DAY = re.compile(r"(\d{4})/?(\d\d)/?(\d\d)")
BRACKETED = re.compile(r"(.*\S)\s*[\[(](.+)[\])]")
SUBSTANCE = re.compile(r"(\S+) \((.+)\)")
LINKED = re.compile(r"(.*?)\s*PMID: *(\d+).*")
NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Write = Callable[[etree._Element, str], object]


def record_element(fields: Fields) -> etree._Element:
    """Return the record's element: a PubmedBookArticle where it has a book's title, a PubmedArticle otherwise."""
    clean = [(tag, NO_XML.sub("\N{REPLACEMENT CHARACTER}", text.strip())) for tag, text in fields]
    return _book(clean) if any(tag == "BTI" for tag, _ in clean) else _article(clean)


def _article(fields: Fields) -> etree._Element:
    record = etree.Element("PubmedArticle")
    citation, given = etree.SubElement(record, "MedlineCitation"), dict(fields)
    _add(citation, "PMID", given.get("PMID", ""))
    for tag, attribute in (("STAT", "Status"), ("OWN", "Owner")):
        if tag in given:
            citation.set(attribute, given[tag])
    _add_people(record, fields, PEOPLE)
    for tag, text in fields:
        if tag in PLAIN:
            _add(record, PLAIN[tag], text)
        elif tag in LINKS:
            _add_link(citation, LINKS[tag], text)
        elif tag in DATES:
            _add_day(_add(citation, DATES[tag]), text)
        elif tag in WRITE:
            WRITE[tag](record, text)
        elif tag == "OT":
            major = "Y" if text.startswith("*") else "N"
            keyword = _add(citation, "KeywordList/Keyword", text.removeprefix("*"), MajorTopicYN=major)
            keyword.getparent().set("Owner", given.get("OTO", "NOTNLM"))
    for other in citation.iterfind("OtherAbstract"):
        other.set("Language", given.get("OABL", ""))
    return record


def _book(fields: Fields) -> etree._Element:
    record = etree.Element("PubmedBookArticle")
    _add(record, f"{BOOK}/PMID", dict(fields).get("PMID", ""))
    _add_people(record, fields, BOOK_PEOPLE)
    for tag, text in fields:
        if tag in BOOK_PLAIN:
            _add(record, BOOK_PLAIN[tag], text)
        elif tag == "DP":
            _add_published(_add(record, f"{BOOK}/Book/PubDate"), text)
        elif tag == "AID":
            _add_identifier(record, f"{BOOK}/ArticleIdList/ArticleId", "IdType", text)
    return record


def _add(parent: etree._Element, path: str, text: str = "", **attributes: str) -> etree._Element:
    """Add an element at a path, within those above it that are there or are made."""
    *above, last = path.split("/")
    for tag in above:
        found = parent.find(tag)
        parent = etree.SubElement(parent, tag) if found is None else found
    element = etree.SubElement(parent, last, attributes)
    element.text = text
    return element


def _add_people(record: etree._Element, fields: Fields, paths: dict[str, str]) -> None:
    """Add authors and the like; a full name comes before the short one, what belongs to a person behind both."""
    latest: dict[str, etree._Element] = {}
    full: str | None = None
    for tag, text in fields:
        short = tag.removeprefix("F")
        if short in paths and tag != short:
            latest[short], full = _add(record, paths[short]), short
            last, _, fore = text.partition(", ")
            _add(latest[short], "LastName", last)
            _add(latest[short], "ForeName", fore)
        elif tag in paths:
            last, _, initials = text.rpartition(" ")
            if full != tag:
                latest[tag] = _add(record, paths[tag])
                _add(latest[tag], "LastName", last or initials)
            _add(latest[tag], "Initials", initials if last else "")
            full = None
        elif tag == "CN" and "AU" in paths:
            latest["AU"] = _add(record, paths["AU"])
            _add(latest["AU"], "CollectiveName", text)
        elif AFFILIATIONS.get(tag) in latest:
            _add(_add(latest[AFFILIATIONS[tag]], "AffiliationInfo"), "Affiliation", text)
        elif tag == "AUID" and "AU" in latest:
            source, _, identifier = text.partition(": ")
            _add(latest["AU"], "Identifier", identifier, Source=source)


def _add_published(date: etree._Element, text: str) -> None:
    found = PUBLISHED.fullmatch(text)
    if found is None:
        _add(date, "MedlineDate", text)
        return
    for element, part in zip(("Year", "Month", "Day"), found.groups(), strict=True):
        _add(date, element, part or "")


def _add_day(date: etree._Element, text: str) -> None:
    found = DAY.match(text)
    for element, part in zip(("Year", "Month", "Day"), found.groups() if found else (), strict=False):
        _add(date, element, part)


def _add_heading(record: etree._Element, text: str) -> None:
    """Add a heading such as ``*Breast Neoplasms/therapy``; a star marks what is a major topic."""
    heading = _add(record, "MedlineCitation/MeshHeadingList/MeshHeading")
    for place, part in enumerate(text.split("/")):
        major = "Y" if part.startswith("*") else "N"
        _add(heading, "QualifierName" if place else "DescriptorName", part.removeprefix("*"), MajorTopicYN=major)


def _add_link(citation: etree._Element, kind: str, text: str) -> None:
    link = _add(citation, "CommentsCorrectionsList/CommentsCorrections", RefType=kind)
    found = LINKED.fullmatch(text)
    _add(link, "RefSource", found[1] if found else text)
    if found:
        _add(link, "PMID", found[2])


def _add_identifier(record: etree._Element, path: str, attribute: str, text: str) -> None:
    found = BRACKETED.fullmatch(text)
    if found:
        _add(record, path, found[1], **{attribute: found[2]})


def _add_issn(record: etree._Element, text: str) -> None:
    found = BRACKETED.fullmatch(text)
    number, kind = found.groups() if found else (text, "")
    if kind == "Linking":
        _add(record, f"{JOURNAL_INFO}/ISSNLinking", number)
    else:
        _add(record, f"{ARTICLE}/Journal/ISSN", number, IssnType=kind)


def _add_chemical(record: etree._Element, text: str) -> None:
    found = SUBSTANCE.fullmatch(text)
    chemical = _add(record, "MedlineCitation/ChemicalList/Chemical")
    _add(chemical, "RegistryNumber", found[1] if found else "")
    _add(chemical, "NameOfSubstance", found[2] if found else text)


def _add_grant(record: etree._Element, text: str) -> None:
    """Add a grant, ``id/acronym/agency/country``; of two parts they are agency and country, of three there is an id."""
    *number, agency, country = text.split("/") if "/" in text else (text, "")
    acronym = number.pop() if len(number) > 1 else ""
    grant = _add(record, f"{ARTICLE}/GrantList/Grant")
    parts = {"GrantID": "/".join(number), "Acronym": acronym, "Agency": agency, "Country": country}
    for element, part in parts.items():
        _add(grant, element, part)


def _add_accession(record: etree._Element, text: str) -> None:
    bank, _, number = text.partition("/")
    added = _add(record, f"{ARTICLE}/DataBankList/DataBank")
    _add(added, "DataBankName", bank)
    _add(added, "AccessionNumberList/AccessionNumber", number)


def _add_history(record: etree._Element, text: str) -> None:
    found = BRACKETED.fullmatch(text)
    if found:
        _add_day(_add(record, "PubmedData/History/PubMedPubDate", PubStatus=found[2]), found[1])


ARTICLE_ID = "PubmedData/ArticleIdList/ArticleId"
WRITE: dict[str, Write] = {
    "DP": lambda record, text: _add_published(_add(record, f"{ARTICLE}/Journal/JournalIssue/PubDate"), text),
    "DEP": lambda record, text: _add_day(_add(record, f"{ARTICLE}/ArticleDate"), text),
    "MH": _add_heading,
    "RN": _add_chemical,
    "GR": _add_grant,
    "SI": _add_accession,
    "IS": _add_issn,
    "PHST": _add_history,
    "AID": lambda record, text: _add_identifier(record, ARTICLE_ID, "IdType", text),
    "LID": lambda record, text: _add_identifier(record, f"{ARTICLE}/ELocationID", "EIdType", text),
    "PMC": lambda record, text: _add(record, ARTICLE_ID, text, IdType="pmc"),
    "MID": lambda record, text: _add(record, ARTICLE_ID, text, IdType="mid"),
}
