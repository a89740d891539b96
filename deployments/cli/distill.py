"""``distillery distill``: the main job, from the command line."""

import json
import logging
import os
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from tasks.logger import logger

if TYPE_CHECKING:
    from prefect import Flow

    from flows.parameters import Distillation

DEFAULT_SOURCE = ["sample"]


def distill(
    branch: Annotated[
        str, typer.Option(help="MeSH branch: tree number (C04.588), UI (D009369) or name (Neoplasms).")
    ] = "Neoplasms",
    articles: Annotated[int, typer.Option(min=1, help="How many articles of the branch to sample.")] = 48,
    source: Annotated[
        list[str], typer.Option(help="PubMed XML file (.xml, .xml.gz); repeat for several. 'sample': two real files.")
    ] = DEFAULT_SOURCE,
    root: Annotated[
        str | None, typer.Option(help="Folder of all tables and results; DISTILLERY_ROOT or ./data otherwise.")
    ] = None,
    generator_url: Annotated[
        list[str] | None,
        typer.Option(help="A running OpenAI-compatible server; repeat for one per generator. Without: vLLM starts."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Decides which of equally placed articles are sampled.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of tables.")] = False,
) -> None:
    """Distil one MeSH branch into a dataset.

    Reads PubMed XML, samples articles spread over the branch, has two generators ask a question of each, finds each
    question's nearest abstracts, scores them by MeSH similarity, pairs better with worse questions, has the better
    ones answered from the evidence, and writes corpora for training with an HTML report.

    Whatever an earlier run over the same --root computed is reused: the same command again computes nothing, another
    branch only what it adds, and a killed run goes on where it stopped.

    Examples:

    - `distillery distill` (the embedded sample and models)
    - `distillery distill --branch C04.588 --articles 200`
    - `distillery distill --source pubmed26n0001.xml.gz --branch "Heart Failure" --root /data/hf`
    """
    from deployments.cli.preflight import checked_parameters  # pydantic models and their stages take a second to import

    options = {"branch": branch, "articles": articles, "source": source, "seed": seed, "root": root}
    parameters = checked_parameters(options, generator_url or [])
    summary = run_distillation(parameters)
    if as_json:
        typer.echo(json.dumps(summary))
    else:
        _print_summary(summary)


def run_distillation(parameters: "Distillation") -> dict[str, Any]:
    """Run the flow against the Prefect server there is, or one of its own; progress goes to standard error."""
    from deployments.prefect_server import prefect_server
    from tasks.settings import settings

    _log_to_stderr()
    os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "CRITICAL")
    os.environ.setdefault("PREFECT_LOGGING_EXTRA_LOGGERS", "distillery")
    os.environ.setdefault("PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW", "ignore")
    with prefect_server(parameters.root or settings().root, meanwhile=_import_flow) as url:
        logger.info("Prefect: %s", url.removesuffix("/api"))
        return _import_flow()(parameters)


def _import_flow() -> "Flow[..., dict[str, Any]]":
    """Prefect reads its settings when it is imported, so this comes after they are set."""
    from flows.distill import distill

    return distill


def _log_to_stderr() -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%H:%M:%S"))
    logger.addHandler(handler)


def _print_summary(summary: dict[str, Any]) -> None:
    table = Table("stage", title=summary["branch"], title_justify="left", box=None)
    for column in ("rows", "computed", "reused", "dropped", "seconds"):
        table.add_column(column, justify="right")
    for name, stage in summary["stages"].items():
        counts = (f"{int(stage[column]):,}" for column in ("rows", "computed", "reused", "dropped"))
        table.add_row(name, *counts, f"{stage['seconds']:.1f}")
    console = Console(highlight=False, soft_wrap=True)
    console.print(table)
    llm = summary["llm"]
    console.print(
        f"language models: {llm['requests']:,} requests, {llm['prompt_tokens']:,} prompt tokens, "
        f"{llm['completion_tokens']:,} completion tokens"
    )
    console.print(f"dataset: {summary['dataset']}\nreport:  {summary['report']}")
