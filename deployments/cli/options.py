"""Options that several commands have."""

from datetime import datetime
from typing import Annotated, Any

import typer

from tasks.root import usable_root

DAY = ["%Y-%m-%d"]

SourceOption = Annotated[
    list[str],
    typer.Option(
        help="Where articles come from; repeat for several, later ones replace. A file of PubMed XML or MEDLINE format "
        "(.nbib), plain or gzip, or a folder of them; 'sample': two real files; 'pubmed': a search of PubMed for the "
        "branch; 'pmids:FILE': the PMIDs that it lists; 'baseline:FOLDER-OR-URL': NLM's baseline and update files "
        "('baseline:' alone: its server)."
    ),
]
SinceOption = Annotated[datetime | None, typer.Option(formats=DAY, help="First day of publication, 2024-11-01.")]
UntilOption = Annotated[datetime | None, typer.Option(formats=DAY, help="Last day of publication.")]
QueryOption = Annotated[str | None, typer.Option(help="What else a search of PubMed asks, in its own syntax.")]
LanguageOption = Annotated[
    list[str] | None, typer.Option(help="Only this language: eng, en or English; repeat for several.")
]
PublicationTypeOption = Annotated[
    list[str] | None, typer.Option(help="Only this publication type: Review, or its UI; repeat for several.")
]
MajorOption = Annotated[bool, typer.Option("--major", help="Search PubMed for the branch as a major topic.")]
SubheadingOption = Annotated[
    list[str] | None, typer.Option(help="Search PubMed for the branch with this one, such as therapy; repeatable.")
]
MeshYearOption = Annotated[
    int | None, typer.Option(help="The year of MeSH to go by; the shipped 2024 without it, see `mesh update`.")
]


def _root(given: str | None) -> str | None:
    """Refuse a folder that can hold no tables before anything is asked or started."""
    if given is not None:
        usable_root(given)
    return given


RootOption = Annotated[
    str | None,
    typer.Option(help="Folder of all tables and results; DISTILLERY_ROOT or ./data otherwise.", callback=_root),
]


def wanted_options(
    since: datetime | None,
    until: datetime | None,
    query: str | None,
    languages: list[str] | None,
    publication_types: list[str] | None,
    major: bool,
    subheadings: list[str] | None,
) -> dict[str, Any]:
    """Return the options as the fields of ``Wanted``."""
    return {
        "since": since.date() if since else None,
        "until": until.date() if until else None,
        "query": query,
        "languages": tuple(languages or ()),
        "publication_types": tuple(publication_types or ()),
        "major_only": major,
        "qualifiers": tuple(subheadings or ()),
    }
