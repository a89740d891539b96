"""``distillery harvest``: bring articles into the tables."""

from typing import Annotated, Any

import typer
from rich.console import Console

from deployments.cli.flow_command import run_command
from deployments.cli.options import (
    ConfigOption,
    JsonOption,
    LanguageOption,
    MajorOption,
    MeshYearOption,
    NoSourceOption,
    PrintConfigOption,
    PublicationTypeOption,
    QueryOption,
    RootOption,
    SetOption,
    Sets,
    SinceOption,
    SubheadingOption,
    UntilOption,
)


def harvest(
    context: typer.Context,
    source: NoSourceOption = None,
    branch: Annotated[
        str | None, typer.Option(help="MeSH branch to search PubMed for: tree number, UI or name."), Sets("branch")
    ] = None,
    since: SinceOption = None,
    until: UntilOption = None,
    query: QueryOption = None,
    language: LanguageOption = None,
    publication_type: PublicationTypeOption = None,
    major: MajorOption = False,
    subheading: SubheadingOption = None,
    mesh_year: MeshYearOption = None,
    licences: Annotated[
        bool, typer.Option(help="Ask PMC for the licence of every article that it holds."), Sets("licences")
    ] = False,
    root: RootOption = None,
    config: ConfigOption = None,
    changes: SetOption = None,
    print_config: PrintConfigOption = False,
    as_json: JsonOption = False,
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
    from flows.parameters import Harvesting

    if source is None and config is None and not changes and not print_config:
        raise typer.BadParameter("Missing option '--source', or a file of settings (--config)")
    run_command(context, "harvest", Harvesting, _print_summary)


def _print_summary(summary: dict[str, Any]) -> None:
    counts = ", ".join(f"{value:,} {name.replace('_', ' ')}" for name, value in summary.items() if name != "seconds")
    Console(highlight=False, soft_wrap=True, markup=False).print(f"{counts}; {summary['seconds']:.1f} s")
