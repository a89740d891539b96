"""``distillery distill``: the main job, from the command line."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from deployments.cli.flow_command import run_command
from deployments.cli.options import (
    CompletionPriceOption,
    ConfigOption,
    JsonOption,
    LanguageOption,
    MajorOption,
    MeshYearOption,
    MostCostOption,
    MostTokensOption,
    PrintConfigOption,
    PromptPriceOption,
    PublicationTypeOption,
    QueryOption,
    RootOption,
    SetOption,
    Sets,
    SinceOption,
    SourceOption,
    SubheadingOption,
    UntilOption,
)
from deployments.cli.spending import models_in_words, show_dry_run

DEFAULT_SOURCE = ["sample"]


def evaluator_fields(place: str) -> dict[str, str]:
    """Return the language model of an evaluator: an adapter's folder, or the URL of a server."""
    return {"url": place} if place.startswith(("http://", "https://")) else {"adapter": place}


def distill(
    context: typer.Context,
    branch: Annotated[
        str, typer.Option(help="MeSH branch: tree number (C04.588), UI (D009369) or name (Neoplasms)."), Sets("branch")
    ] = "Neoplasms",
    articles: Annotated[
        int, typer.Option(min=1, help="How many articles of the branch to sample."), Sets("articles")
    ] = 48,
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
    model: Annotated[
        str | None,
        typer.Option(
            help="Of all generators and of answers: the embedded small model (default), a Hugging Face name, a folder "
            "or a GGUF file; with --url, a name there."
        ),
    ] = None,
    url: Annotated[
        list[str] | None,
        typer.Option(
            "--url",
            "--generator-url",
            help="A running language-model server; generators take several in turn, answers come from the first. "
            "Without: vLLM starts.",
        ),
    ] = None,
    generator: Annotated[
        list[str] | None,
        typer.Option(
            help="researcher, clinician or the name of a trained one; repeat for several. Their questions "
            "compete; preferences are for the first to learn from. Without: researcher and clinician."
        ),
        Sets("named_generators"),
    ] = None,
    questions: Annotated[
        int,
        typer.Option(min=1, help="How many questions each generator asks of an article; several are sampled."),
        Sets("questions"),
    ] = 1,
    temperature: Annotated[
        float | None,
        typer.Option(min=0, help="Of the generators; for several questions 0.9 where they have none."),
        Sets("temperature"),
    ] = None,
    evaluator: Annotated[
        str | None,
        typer.Option(
            help="Adapter folder of a trained evaluator, or a server's URL: verdicts decide in place of the MeSH score."
        ),
        Sets("evaluator.language_model", evaluator_fields),
    ] = None,
    search_articles: Annotated[
        int | None,
        typer.Option(
            min=0,
            help="How many articles to search for contexts, drawn evenly; 0: all. Without: all where there is a GPU, "
            "3,072 otherwise, since each has to be embedded first.",
        ),
        Sets("retrieval.max_articles"),
    ] = None,
    seed: Annotated[int, typer.Option(help="Decides which of equally placed articles are sampled."), Sets("seed")] = 0,
    most_tokens: MostTokensOption = None,
    most_cost: MostCostOption = None,
    prompt_price: PromptPriceOption = None,
    completion_price: CompletionPriceOption = None,
    dry_run: Annotated[
        int | None,
        typer.Option(
            min=1, help="So many articles alone: shows what they come to, and what the whole run will take and cost."
        ),
        Sets("dry_run"),
    ] = None,
    config: ConfigOption = None,
    changes: SetOption = None,
    print_config: PrintConfigOption = False,
    as_json: JsonOption = False,
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
    - `distillery distill --model Qwen/Qwen3-8B --url http://gpu1:8000 --url http://gpu2:8000`
    - `distillery distill --generator researcher --questions 5` (more candidates, for `distillery align`)
    - `distillery distill --articles 20000 --dry-run 20` (what comes out, and how long and how much the whole will take)
    - `distillery distill --print-config > run.yaml`, then `distillery distill --config run.yaml --set seed=1`
    """
    from flows.parameters import Distillation

    spread = partial(ask_all, model, url or []) if model or url else None
    run_command(context, "distill", Distillation, _print_summary, spread=spread)


def ask_all(
    model: str | None, urls: list[str], values: dict[str, Any], is_decided: Callable[[tuple[str | int, ...]], bool]
) -> None:
    """Set the model, and one of the URLs in turn, of every generator and of answers, as far as no --set decides them.

    Generators by name stand for what they were saved as, to be asked elsewhere.

    Raises:
        BadParameter: a generator by name is no model that a server would know.
        UnknownGeneratorError: there is none of a name.
    """
    from flows.parameters import Distillation

    if values.get("named_generators"):
        named = Distillation(root=values.get("root"), named_generators=values.pop("named_generators")).with_generators()
        values["generators"] = [each.model_dump(exclude_unset=True) for each in named.generators]
    places: list[tuple[str | int, ...]] = [("generators", number) for number in range(len(values["generators"]))]
    for number, place in enumerate([*places, ("answerer",)]):
        holder = values["generators"][number] if place[0] == "generators" else values.setdefault("answerer", {})
        asked = holder.setdefault("language_model", {})
        url = urls[number % len(urls) if place in places else 0] if urls else None
        if url and asked.get("adapter"):
            raise typer.BadParameter(
                f"{holder['name']} is a trained adapter, which a server would not know; leave the URL out and vLLM "
                "starts with it",
                param_hint="--url",
            )
        for name, value in (("model", model), ("url", url)):
            if value is not None and not is_decided((*place, "language_model", name)):
                asked[name] = value


def _print_summary(summary: dict[str, Any]) -> None:
    if "dry_run" in summary:
        from tasks.estimate.in_words import distilled_rows

        show_dry_run(summary, distilled_rows(summary["outcomes"]))
        return
    table = Table("stage", title=summary["branch"], title_justify="left", box=None)
    for column in ("rows", "computed", "reused", "dropped", "seconds"):
        table.add_column(column, justify="right")
    for name, stage in summary["stages"].items():
        counts = (f"{int(stage[column]):,}" for column in ("rows", "computed", "reused", "dropped"))
        table.add_row(name, *counts, f"{stage['seconds']:.1f}")
    console = Console(highlight=False, soft_wrap=True, markup=False)
    console.print(table)
    console.print(models_in_words(summary["llm"]))
    console.print(f"dataset: {summary['dataset']}\nreport:  {summary['report']}")
