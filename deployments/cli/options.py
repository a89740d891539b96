"""Options that several commands have, and the mark that says which setting an option stands for."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

DAY = ["%Y-%m-%d"]
ALL_SETTINGS = "All settings"


@dataclass(frozen=True, slots=True)
class Sets:
    """Marks an option: which setting of the flow it stands for, by its path, and how its value becomes the setting's.

    What a command's options stand for is so declared where they are; ``run_command`` reads the marks.
    """

    setting: str
    read: Callable[[Any], Any] | None = None


_SOURCE = typer.Option(
    help="Where articles come from; repeat for several, later ones replace. A file of PubMed XML or MEDLINE format "
    "(.nbib), plain or gzip, or a folder of them; 'sample': two real files; 'pubmed': a search of PubMed for the "
    "branch; 'pmids:FILE': the PMIDs that it lists; 'baseline:FOLDER-OR-URL': NLM's baseline and update files "
    "('baseline:' alone: its server)."
)
SourceOption = Annotated[list[str], _SOURCE, Sets("source")]
NoSourceOption = Annotated[list[str] | None, _SOURCE, Sets("source")]
SinceOption = Annotated[
    datetime | None, typer.Option(formats=DAY, help="First day of publication, 2024-11-01."), Sets("wanted.since")
]
UntilOption = Annotated[
    datetime | None, typer.Option(formats=DAY, help="Last day of publication."), Sets("wanted.until")
]
QueryOption = Annotated[
    str | None, typer.Option(help="What else a search of PubMed asks, in its own syntax."), Sets("wanted.query")
]
LanguageOption = Annotated[
    list[str] | None,
    typer.Option(help="Only this language: eng, en or English; repeat for several."),
    Sets("wanted.languages"),
]
PublicationTypeOption = Annotated[
    list[str] | None,
    typer.Option(help="Only this publication type: Review, or its UI; repeat for several."),
    Sets("wanted.publication_types"),
]
MajorOption = Annotated[
    bool, typer.Option("--major", help="Search PubMed for the branch as a major topic."), Sets("wanted.major_only")
]
SubheadingOption = Annotated[
    list[str] | None,
    typer.Option(help="Search PubMed for the branch with this one, such as therapy; repeatable."),
    Sets("wanted.qualifiers"),
]
MeshYearOption = Annotated[
    int | None,
    typer.Option(help="The year of MeSH to go by; the shipped 2024 without it, see `mesh update`."),
    Sets("mesh_year"),
]
MostTokensOption = Annotated[
    int | None,
    typer.Option(min=1, help="The run ends, and keeps what was answered, once models took so many tokens."),
    Sets("limits.most_tokens"),
]
MostCostOption = Annotated[
    float | None, typer.Option(help="The same for what they cost; needs both prices."), Sets("limits.most_cost")
]
PromptPriceOption = Annotated[
    float | None, typer.Option(help="Of a million prompt tokens, in your currency."), Sets("limits.prompt_price")
]
CompletionPriceOption = Annotated[
    float | None, typer.Option(help="Of a million tokens of answers."), Sets("limits.completion_price")
]


def _root(given: str | None) -> str | None:
    """Refuse a folder that can hold no tables before anything is asked or started."""
    if given is not None:
        from tasks.root import usable_root

        usable_root(given)
    return given


RootOption = Annotated[
    str | None,
    typer.Option(help="Folder of all tables and results; DISTILLERY_ROOT or ./data otherwise.", callback=_root),
    Sets("root"),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of tables.")]

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="A YAML file of settings, as --print-config prints them; what it leaves out stays as it is. Options given "
        "beside it count more.",
        rich_help_panel=ALL_SETTINGS,
    ),
]
SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="Any one setting by its name in that file, inner ones as in outer.inner=VALUE, entries of lists as in "
        "list.0=VALUE; repeatable. Counts more than all else.",
        rich_help_panel=ALL_SETTINGS,
    ),
]
PrintConfigOption = Annotated[
    bool,
    typer.Option(
        "--print-config",
        help="Print every setting as this command has it, with what it is about, and start nothing.",
        rich_help_panel=ALL_SETTINGS,
    ),
]
