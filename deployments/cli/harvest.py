"""``distillery harvest``: bring articles into the tables."""

import json
from typing import Annotated

import typer
from rich.console import Console

from deployments.cli.options import (
    LanguageOption,
    MajorOption,
    MeshYearOption,
    PublicationTypeOption,
    QueryOption,
    RootOption,
    SinceOption,
    SourceOption,
    SubheadingOption,
    UntilOption,
    wanted_options,
)
from deployments.cli.run import run_flow


def harvest(
    source: SourceOption,
    branch: Annotated[
        str | None, typer.Option(help="MeSH branch to search PubMed for: tree number, UI or name.")
    ] = None,
    since: SinceOption = None,
    until: UntilOption = None,
    query: QueryOption = None,
    language: LanguageOption = None,
    publication_type: PublicationTypeOption = None,
    major: MajorOption = False,
    subheading: SubheadingOption = None,
    mesh_year: MeshYearOption = None,
    licences: Annotated[bool, typer.Option(help="Ask PMC for the licence of every article that it holds.")] = False,
    root: RootOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a sentence.")] = False,
) -> None:
    """Harvest articles into the tables; what they hold already is not fetched or read again.

    Counts are of what was read now: new, replaced and deleted articles; records without headings yet; retracted
    articles and notices. What could not be read or fetched is quarantined, and asked for again by the next harvest.

    Examples:

    - `distillery harvest --source pubmed --branch C04.588 --since 2024-11-01` (NCBI_EMAIL has to be set)
    - `distillery harvest --source baseline: --root /data` (about 50 GB from NLM; again for the daily updates)
    - `distillery harvest --source baseline:/mirror/pubmed`
    - `distillery harvest --source pmids:mine.txt --source saved/ --source export.nbib`
    """
    from deployments.cli.preflight import checked_harvest  # pydantic models take a second to import

    wanted = wanted_options(since, until, query, language, publication_type, major, subheading)
    options = {
        "source": source,
        "branch": branch,
        "wanted": wanted,
        "mesh_year": mesh_year,
        "licences": licences,
        "root": root,
    }
    summary = run_flow("harvest", checked_harvest(options))
    if as_json:
        typer.echo(json.dumps(summary))
        return
    counts = ", ".join(f"{value:,} {name.replace('_', ' ')}" for name, value in summary.items() if name != "seconds")
    Console(highlight=False, soft_wrap=True, markup=False).print(f"{counts}; {summary['seconds']:.1f} s")
