"""The fields of a PubMed record: the column that each becomes, and where the DTD keeps it.

Format: https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd. Paths are XPath from the element around them. One
declaration gives three things that must agree: the stylesheet that reads records, the decoding of what it writes,
and the schema of the articles table.
"""

from dataclasses import dataclass
from typing import TypeAlias

import polars as pl


@dataclass(frozen=True, slots=True)
class Value:
    """The text of an element without markup or of an attribute; null where it is absent or empty."""

    name: str
    path: str
    dtype: type[pl.DataType] = pl.String


@dataclass(frozen=True, slots=True)
class Text:
    """The text of an element with inline markup and MathML: every character kept, white space folded."""

    name: str
    path: str


@dataclass(frozen=True, slots=True)
class Date:
    """The Year, Month and Day inside an element, as far as they are there: 1998, 1998-12 or 1998-12-24."""

    name: str
    element: str

    @property
    def path(self) -> str:
        """The three as one text."""
        return f"concat({self.element}/Year, '-', {self.element}/Month, '-', {self.element}/Day)"


@dataclass(frozen=True, slots=True)
class Flag:
    """Whether a condition holds."""

    name: str
    path: str


@dataclass(frozen=True, slots=True)
class Values:
    """The text of each element, in order."""

    name: str
    path: str


@dataclass(frozen=True, slots=True)
class Rows:
    """A struct for each element, in order."""

    name: str
    path: str
    fields: tuple["Column", ...]


@dataclass(frozen=True, slots=True)
class Within:
    """The fields of one inner element."""

    path: str
    fields: tuple["Field", ...]


Column: TypeAlias = Value | Text | Date | Flag | Values | Rows
Field: TypeAlias = Column | Within


PERSON: tuple[Column, ...] = (
    Value("last_name", "LastName"),
    Value("fore_name", "ForeName"),
    Value("initials", "Initials"),
    Value("suffix", "Suffix"),
)
AUTHOR: tuple[Column, ...] = (
    *PERSON,
    Text("collective_name", "CollectiveName"),
    Value("orcid", "Identifier[@Source = 'ORCID']"),
    # Before 2015 the affiliation stood in the author itself.
    Values("affiliations", "AffiliationInfo/Affiliation | Affiliation"),
    Values("affiliation_ids", "AffiliationInfo/Identifier"),
    # Authors that NLM corrected stay in the record as not valid.
    Flag("valid", "not(@ValidYN = 'N')"),
    Flag("equal_contribution", "@EqualContrib = 'Y'"),
)
SECTION: tuple[Column, ...] = (Value("label", "@Label"), Value("category", "@NlmCategory"), Text("text", "."))
NAMED: tuple[Column, ...] = (Value("ui", "@UI"), Value("name", "."))
MAJOR = Flag("major", "@MajorTopicYN = 'Y'")
KEYWORDS = Rows("keywords", "KeywordList/Keyword", (Text("text", "."), MAJOR, Value("owner", "../@Owner")))
LOCATIONS = Rows("electronic_locations", "ELocationID", (Value("type", "@EIdType"), Value("id", ".")))
GRANTS = Rows(
    "grants",
    "GrantList/Grant",
    (Value("id", "GrantID"), Value("acronym", "Acronym"), Value("agency", "Agency"), Value("country", "Country")),
)
INVESTIGATORS = Rows("investigators", "InvestigatorList/Investigator", AUTHOR)
REFERENCES = Rows(
    "references",
    "ReferenceList//Reference",
    (
        Text("citation", "Citation"),
        Value("pmid", "ArticleIdList/ArticleId[@IdType = 'pubmed']", pl.Int64),
        Value("doi", "ArticleIdList/ArticleId[@IdType = 'doi']"),
        Value("pmcid", "ArticleIdList/ArticleId[@IdType = 'pmc']"),
    ),
)
IDENTITY: tuple[Field, ...] = (
    Value("pmid", "normalize-space(PMID)", pl.Int64),
    Value("version", "PMID/@Version", pl.Int32),
)
PAGES: tuple[Field, ...] = (
    Value("start_page", "StartPage"),
    Value("end_page", "EndPage"),
    Value("pages", "MedlinePgn"),
)
PUBLISHED: tuple[Field, ...] = (
    Value("published_year", "Year"),
    Value("published_month", "Month"),
    Value("published_day", "Day"),
    Value("season", "Season"),
    Value("medline_date", "MedlineDate"),
)
ABSTRACT: tuple[Field, ...] = (Rows("sections", "AbstractText", SECTION), Text("copyright", "CopyrightInformation"))

JOURNAL: tuple[Field, ...] = (
    Value("journal", "Title"),
    Value("journal_abbreviation", "ISOAbbreviation"),
    Within("ISSN", (Value("issn", "."), Value("issn_type", "@IssnType"))),
    Within("JournalIssue", (Value("volume", "Volume"), Value("issue", "Issue"), Within("PubDate", PUBLISHED))),
)
ARTICLE: tuple[Field, ...] = (
    Value("publication_model", "@PubModel"),
    Text("title", "ArticleTitle"),
    Text("vernacular_title", "VernacularTitle"),
    Within("Abstract", ABSTRACT),
    Rows("authors", "AuthorList/Author", AUTHOR),
    Values("language", "Language"),
    Rows("publication_types", "PublicationTypeList/PublicationType", NAMED),
    Within("Journal", JOURNAL),
    Within("Pagination", PAGES),
    LOCATIONS,
    Date("electronic_date", "ArticleDate"),
    Rows(
        "data_banks",
        "DataBankList/DataBank",
        (Value("name", "DataBankName"), Values("accession_numbers", "AccessionNumberList/AccessionNumber")),
    ),
    GRANTS,
)
CITATION: tuple[Field, ...] = (
    *IDENTITY,
    Value("status", "@Status"),
    Value("owner", "@Owner"),
    Value("indexing_method", "@IndexingMethod"),
    Value("version_id", "@VersionID"),
    Value("version_date", "@VersionDate"),
    Date("completed_date", "DateCompleted"),
    Date("revised_date", "DateRevised"),
    Within("Article", ARTICLE),
    Within(
        "MedlineJournalInfo",
        (
            Value("country", "Country"),
            Value("medline_abbreviation", "MedlineTA"),
            Value("nlm_id", "NlmUniqueID"),
            Value("issn_linking", "ISSNLinking"),
        ),
    ),
    Rows(
        "headings",
        "MeshHeadingList/MeshHeading/DescriptorName",
        (
            *NAMED,
            # A heading is major where its descriptor or one of its qualifiers is.
            Flag("major", "../*/@MajorTopicYN = 'Y'"),
            Value("type", "@Type"),
            Rows("qualifiers", "../QualifierName", (*NAMED, MAJOR)),
        ),
    ),
    Rows(
        "chemicals",
        "ChemicalList/Chemical/NameOfSubstance",
        (*NAMED, Value("registry_number", "../RegistryNumber")),
    ),
    Rows("supplementary_concepts", "SupplMeshList/SupplMeshName", (*NAMED, Value("type", "@Type"))),
    KEYWORDS,
    Rows(
        "corrections",
        "CommentsCorrectionsList/CommentsCorrections",
        (
            Value("kind", "@RefType"),
            Value("pmid", "PMID", pl.Int64),
            Text("citation", "RefSource"),
            Text("note", "Note"),
        ),
    ),
    Rows(
        "other_abstracts",
        "OtherAbstract/AbstractText",
        (Value("type", "../@Type"), Value("language", "../@Language"), *SECTION),
    ),
    Values("gene_symbols", "GeneSymbolList/GeneSymbol"),
    Rows("personal_name_subjects", "PersonalNameSubjectList/PersonalNameSubject", PERSON),
    INVESTIGATORS,
    Value("number_of_references", "NumberOfReferences", pl.Int32),
    Values("citation_subsets", "CitationSubset"),
    Rows("other_ids", "OtherID", (Value("source", "@Source"), Value("id", "."))),
    Values("space_flight_missions", "SpaceFlightMission"),
    Values("general_notes", "GeneralNote"),
    Text("conflict_of_interest", "CoiStatement"),
)
IDENTIFIERS = Within(
    "ArticleIdList",
    (
        Value("doi", "ArticleId[@IdType = 'doi']"),
        Value("pmcid", "ArticleId[@IdType = 'pmc']"),
        Value("pii", "ArticleId[@IdType = 'pii']"),
        Value("manuscript_id", "ArticleId[@IdType = 'mid']"),
        Value("bookshelf_id", "ArticleId[@IdType = 'bookaccession']"),
    ),
)
"""The record's own list alone: the lists inside its references belong to other articles."""
HISTORY: tuple[Field, ...] = (
    Value("publication_status", "PublicationStatus"),
    Rows("history", "History/PubMedPubDate", (Value("status", "@PubStatus"), Date("date", "."))),
    Rows("objects", "ObjectList/Object", (Value("type", "@Type"), Values("parameters", "Param"))),
)
BOOK: tuple[Field, ...] = (
    *IDENTITY,
    Text("title", "ArticleTitle | Book[not(../ArticleTitle)]/BookTitle"),
    Text("vernacular_title", "VernacularTitle"),
    Within("Abstract", ABSTRACT),
    Rows("authors", "AuthorList[not(@Type = 'editors')]/Author", AUTHOR),
    INVESTIGATORS,
    Values("language", "Language"),
    Rows("publication_types", "PublicationType", NAMED),
    Within("Pagination", PAGES),
    KEYWORDS,
    GRANTS,
    IDENTIFIERS,
    Date("contribution_date", "ContributionDate"),
    Date("revised_date", "DateRevised"),
    REFERENCES,
    Rows("book_sections", "Sections//Section", (Value("label", "LocationLabel"), Text("title", "SectionTitle"))),
    Within(
        "Book",
        (
            Text("book_title", "BookTitle"),
            Rows("editors", "AuthorList[@Type = 'editors']/Author", AUTHOR),
            Value("volume", "Volume"),
            Date("beginning_date", "BeginningDate"),
            Date("ending_date", "EndingDate"),
            Text("volume_title", "VolumeTitle"),
            Text("collection_title", "CollectionTitle"),
            Value("report_number", "ReportNumber"),
            Value("edition", "Edition"),
            Value("medium", "Medium"),
            Values("isbn", "Isbn"),
            Value("publisher", "Publisher/PublisherName"),
            Value("publisher_location", "Publisher/PublisherLocation"),
            LOCATIONS,
            Within("PubDate", PUBLISHED),
        ),
    ),
)

KINDS: dict[str, tuple[Field, ...]] = {
    "PubmedArticle": (
        Within("MedlineCitation", CITATION),
        Within("PubmedData", (IDENTIFIERS, *HISTORY, REFERENCES)),
    ),
    "MedlineCitation": CITATION,
    "PubmedBookArticle": (Within("BookDocument", BOOK), Within("PubmedBookData", HISTORY)),
    "PMID": (Value("pmid", "normalize-space(.)", pl.Int64), Value("version", "@Version", pl.Int32)),
}
"""The elements that are records. Until 2016 a set held citations by themselves; a PMID is one that was deleted."""
