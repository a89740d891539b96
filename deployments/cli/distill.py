"""``distillery distill``: the main job, from the command line."""

import json
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

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

DEFAULT_SOURCE = ["sample"]


def distill(
    branch: Annotated[
        str, typer.Option(help="MeSH branch: tree number (C04.588), UI (D009369) or name (Neoplasms).")
    ] = "Neoplasms",
    articles: Annotated[int, typer.Option(min=1, help="How many articles of the branch to sample.")] = 48,
    source: SourceOption = DEFAULT_SOURCE,
    since: SinceOption = None,
    until: UntilOption = None,
    query: QueryOption = None,
    language: LanguageOption = None,
    publication_type: PublicationTypeOption = None,
    major: MajorOption = False,
    subheading: SubheadingOption = None,
    root: RootOption = None,
    mesh_year: MeshYearOption = None,
    generator: Annotated[
        list[str] | None,
        typer.Option(
            help="researcher, clinician or the name of a trained one; repeat for several. Their questions "
            "compete; preferences are for the first to learn from. Without: researcher and clinician."
        ),
    ] = None,
    questions: Annotated[
        int, typer.Option(min=1, help="How many questions each generator asks of an article; several are sampled.")
    ] = 1,
    temperature: Annotated[
        float | None,
        typer.Option(min=0, help="Of the generators; for several questions 0.9 where they have none."),
    ] = None,
    evaluator: Annotated[
        str | None,
        typer.Option(
            help="Adapter folder of a trained evaluator, or a server's URL: verdicts decide in place of the MeSH score."
        ),
    ] = None,
    generator_url: Annotated[
        list[str] | None,
        typer.Option(help="A running OpenAI-compatible server; repeat for one per generator. Without: vLLM starts."),
    ] = None,
    search_articles: Annotated[
        int | None,
        typer.Option(
            min=0,
            help="How many articles to search for contexts, drawn evenly; 0: all. Without: all where there is a GPU, "
            "3,072 otherwise, since each has to be embedded first.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Decides which of equally placed articles are sampled.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of tables.")] = False,
) -> None:
    """Distil one MeSH branch into a dataset.

    Reads PubMed XML, samples articles spread over the branch, has generators ask questions of each, finds each
    question's nearest abstracts, scores them by MeSH similarity, pairs better with worse questions, has the better
    ones answered from the evidence, and writes corpora for training with an HTML report.

    Whatever an earlier run over the same --root computed is reused: the same command again computes nothing, another
    branch only what it adds, and a killed run goes on where it stopped.

    Examples:

    - `distillery distill` (the embedded sample and models)
    - `distillery distill --branch C04.588 --articles 200`
    - `distillery distill --source pubmed26n0001.xml.gz --branch "Heart Failure" --root /data/hf`
    - `distillery distill --source pubmed --branch C04.588 --since 2024-11-01`
    - `distillery distill --generator researcher --questions 5` (more candidates, for `distillery align`)
    """
    # pydantic models and their stages take a second to import
    from deployments.cli.preflight import checked_distillation, evaluator_fields

    wanted = wanted_options(since, until, query, language, publication_type, major, subheading)
    options: dict[str, Any] = {
        "branch": branch,
        "articles": articles,
        "source": source,
        "wanted": wanted,
        "mesh_year": mesh_year,
        "seed": seed,
        "root": root,
        "retrieval": {"max_articles": search_articles},
        "evaluator": None,
    }
    if evaluator is not None:
        options["evaluator"] = {"language_model": evaluator_fields(evaluator)}
    parameters = checked_distillation(options, generator_url or [], generator or [], questions, temperature)
    summary = run_flow("distill", parameters)
    if as_json:
        typer.echo(json.dumps(summary))
    else:
        _print_summary(summary)


def _print_summary(summary: dict[str, Any]) -> None:
    table = Table("stage", title=summary["branch"], title_justify="left", box=None)
    for column in ("rows", "computed", "reused", "dropped", "seconds"):
        table.add_column(column, justify="right")
    for name, stage in summary["stages"].items():
        counts = (f"{int(stage[column]):,}" for column in ("rows", "computed", "reused", "dropped"))
        table.add_row(name, *counts, f"{stage['seconds']:.1f}")
    console = Console(highlight=False, soft_wrap=True, markup=False)
    console.print(table)
    llm = summary["llm"]
    console.print(
        f"language models: {llm['requests']:,} requests, {llm['prompt_tokens']:,} prompt tokens, "
        f"{llm['completion_tokens']:,} completion tokens"
    )
    console.print(f"dataset: {summary['dataset']}\nreport:  {summary['report']}")
