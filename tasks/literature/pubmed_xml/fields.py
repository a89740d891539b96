"""The fields of a PubMed record: the column that each becomes, and where the DTD keeps it.

Format: https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd. Paths are XPath from the element around them. One
declaration gives three things that must agree: the stylesheet that reads records, the decoding of what it writes,
and the schema of the articles table.
"""

import polars as pl

from tasks.literature.pubmed_xml.field_types import Column, Date, Field, Flag, Rows, Value, Values, Within

PERSON: tuple[Column, ...] = (
    Value("last_name", "LastName"),
    Value("fore_name", "ForeName | FirstName"),
    Value("initials", "Initials"),
    Value("suffix", "Suffix"),
)
AUTHOR: tuple[Column, ...] = (
    *PERSON,
    Value("collective_name", "CollectiveName"),
    Value("orcid", "Identifier[@Source = 'ORCID']"),
    # Before 2015 the affiliation stood in the author itself.
    Values("affiliations", "AffiliationInfo/Affiliation | Affiliation"),
    Values("affiliation_ids", "AffiliationInfo/Identifier"),
    # Authors that NLM corrected stay in the record as not valid.
    Flag("valid", "not(@ValidYN = 'N')"),
    Flag("equal_contribution", "@EqualContrib = 'Y'"),
)
SECTION: tuple[Column, ...] = (Value("label", "@Label"), Value("category", "@NlmCategory"), Value("text", "."))
NAMED: tuple[Column, ...] = (Value("ui", "@UI"), Value("name", "."))
MAJOR = Flag("major", "@MajorTopicYN = 'Y'")
AUTOMATIC = Flag("automatic", "@AutoHM = 'Y'")
KEYWORDS = Rows("keywords", "KeywordList/Keyword", (Value("text", "."), MAJOR, Value("owner", "../@Owner")))
LOCATIONS = Rows(
    "electronic_locations",
    "ELocationID",
    (Value("type", "@EIdType"), Value("id", "."), Flag("valid", "not(@ValidYN = 'N')")),
)
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
        Value("citation", "Citation"),
        Value("pmid", "ArticleIdList/ArticleId[@IdType = 'pubmed']", pl.Int64),
        Value("doi", "ArticleIdList/ArticleId[@IdType = 'doi']"),
        Value("pmcid", "ArticleIdList/ArticleId[@IdType = 'pmc']"),
    ),
)
IDENTITY: tuple[Field, ...] = (
    Value("pmid", "PMID", pl.Int64),
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
ABSTRACT: tuple[Field, ...] = (Rows("sections", "AbstractText", SECTION), Value("copyright", "CopyrightInformation"))

JOURNAL: tuple[Field, ...] = (
    Value("journal", "Title"),
    Value("journal_abbreviation", "ISOAbbreviation"),
    Within("ISSN", (Value("issn", "."), Value("issn_type", "@IssnType"))),
    Within("JournalIssue", (Value("volume", "Volume"), Value("issue", "Issue"), Within("PubDate", PUBLISHED))),
)
ARTICLE: tuple[Field, ...] = (
    Value("publication_model", "@PubModel"),
    Value("title", "ArticleTitle"),
    Value("vernacular_title", "VernacularTitle"),
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
    Date("created_date", "DateCreated"),
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
        "MeshHeadingList/MeshHeading/*[1]",  # DescriptorName, before 2002 Descriptor
        (
            *NAMED,
            # A heading is major where its descriptor or one of its qualifiers is.
            Flag("major", "../*/@MajorTopicYN = 'Y'"),
            AUTOMATIC,
            Value("type", "@Type"),
            Rows("qualifiers", "following-sibling::*", (*NAMED, MAJOR, AUTOMATIC)),
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
        # Before 2010 each kind was an element of its own.
        "CommentsCorrectionsList/CommentsCorrections | CommentsCorrections/*",
        (
            Value("kind", "concat(@RefType, substring(name(), 1, not(self::CommentsCorrections) * 99))"),
            Value("pmid", "PMID", pl.Int64),
            Value("citation", "RefSource"),
            Value("note", "Note"),
        ),
    ),
    Rows(
        "other_abstracts",
        "OtherAbstract/AbstractText",
        (
            Value("type", "../@Type"),
            Value("language", "../@Language"),
            *SECTION,
            Value("copyright", "../CopyrightInformation"),
        ),
    ),
    Values("gene_symbols", "GeneSymbolList/GeneSymbol"),
    Rows("personal_name_subjects", "PersonalNameSubjectList/PersonalNameSubject", PERSON),
    INVESTIGATORS,
    Value("number_of_references", "NumberOfReferences", pl.Int32),
    Values("citation_subsets", "CitationSubset"),
    Rows("other_ids", "OtherID", (Value("source", "@Source"), Value("id", "."))),
    Values("space_flight_missions", "SpaceFlightMission"),
    Values("general_notes", "GeneralNote"),
    Value("conflict_of_interest", "CoiStatement"),
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
    Rows(
        "objects",
        "ObjectList/Object",
        (Value("type", "@Type"), Rows("parameters", "Param", (Value("name", "@Name"), Value("value", ".")))),
    ),
)
WRITERS = "AuthorList[not(@Type = 'editors')]"
BOOK: tuple[Field, ...] = (
    *IDENTITY,
    Value("title", "ArticleTitle | Book[not(../ArticleTitle)]/BookTitle"),
    Value("vernacular_title", "VernacularTitle"),
    Within("Abstract", ABSTRACT),
    Rows("authors", f"{WRITERS}/Author | Book[not(../ArticleTitle)]/{WRITERS}/Author", AUTHOR),
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
    Value("location_label", "LocationLabel"),
    Rows("book_sections", "Sections//Section", (Value("label", "LocationLabel"), Value("title", "SectionTitle"))),
    Within(
        "Book",
        (
            Value("book_title", "BookTitle"),
            Rows("book_authors", f"{WRITERS}/Author", AUTHOR),
            Rows("editors", "AuthorList[@Type = 'editors']/Author", AUTHOR),
            Value("volume", "Volume"),
            Date("beginning_date", "BeginningDate"),
            Date("ending_date", "EndingDate"),
            Value("volume_title", "VolumeTitle"),
            Value("collection_title", "CollectionTitle"),
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
    "BookDocument": BOOK,
    "PMID": (Value("pmid", ".", pl.Int64), Value("version", "@Version", pl.Int32)),
}
"""The elements that are records. Until 2016 a set held citations by themselves; a PMID is one that was deleted."""
