"""``distillery extract`` and ``distillery annotate``: small students that extract, and what they find."""

from pathlib import Path
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
    UntilOption,
)
from deployments.cli.spending import show_dry_run
from tasks.percent import in_percent
from tasks.report.extraction_in_words import in_words

DEFAULT_SOURCE = ["sample"]


def extract(
    context: typer.Context,
    task: Annotated[
        str,
        typer.Option(
            help="ade: drugs and their adverse events; gda: gene-disease association; phi: personal data; or "
            "package.module:NAME of one of your own."
        ),
        Sets("task"),
    ] = "ade",
    branch: Annotated[
        str | None,
        typer.Option(help="Take sentences from articles of this MeSH branch; from all without."),
        Sets("branch"),
    ] = None,
    articles: Annotated[
        int, typer.Option(min=1, help="How many articles of the branch to sample."), Sets("articles")
    ] = 500,
    sentences: Annotated[
        int, typer.Option(min=1, help="How many sentences the teacher labels."), Sets("pool.sentences")
    ] = 1_000,
    most_of_a_drug: Annotated[
        int, typer.Option(min=1, help="How many sentences are taken for one drug."), Sets("pool.most_of_a_drug")
    ] = 20,
    source: SourceOption = DEFAULT_SOURCE,
    since: SinceOption = None,
    until: UntilOption = None,
    query: QueryOption = None,
    language: LanguageOption = None,
    publication_type: PublicationTypeOption = None,
    mesh_year: MeshYearOption = None,
    url: Annotated[
        str | None,
        typer.Option(help="A running language-model server as teacher. Without: vLLM starts."),
        Sets("teacher.language_model.url"),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(help="The teacher: a Hugging Face name, a folder or a GGUF file; with --url, a name there."),
        Sets("teacher.language_model.model"),
    ] = None,
    shots: Annotated[
        int, typer.Option(min=0, help="How many examples the teacher is shown."), Sets("teacher.shots")
    ] = 4,
    samples: Annotated[
        int, typer.Option(min=1, help="How often it is asked; several answers vote."), Sets("teacher.samples")
    ] = 1,
    agreement: Annotated[
        float,
        typer.Option(min=0.01, max=1, help="The share of the answers that a label must stand in."),
        Sets("teacher.agreement"),
    ] = 0.5,
    temperature: Annotated[
        float | None,
        typer.Option(min=0, help="Of the teacher; without it 0 for one answer, and 0.7 for several."),
        Sets("teacher.temperature"),
    ] = None,
    pre_filter: Annotated[
        bool,
        typer.Option("--pre-filter", help="Ask first whether a sentence says anything; label those with yes."),
        Sets("teacher.pre_filter"),
    ] = False,
    gold: Annotated[
        list[Path] | None,
        typer.Option(help="The task's gold corpus, to judge by; repeat for several files. Nothing is learnt from it."),
        Sets("gold"),
    ] = None,
    teacher_gold: Annotated[
        int,
        typer.Option(min=0, help="So many gold sentences the teacher labels, too, to stand beside the student."),
        Sets("teacher_gold"),
    ] = 300,
    root: RootOption = None,
    most_tokens: MostTokensOption = None,
    most_cost: MostCostOption = None,
    prompt_price: PromptPriceOption = None,
    completion_price: CompletionPriceOption = None,
    dry_run: Annotated[
        int | None,
        typer.Option(
            min=1, help="So many sentences alone: shows what they come to, and what the whole run will take and cost."
        ),
        Sets("dry_run"),
    ] = None,
    config: ConfigOption = None,
    changes: SetOption = None,
    print_config: PrintConfigOption = False,
    as_json: JsonOption = False,
) -> None:
    """Distil a teacher into a student that extracts.

    Takes sentences that mention a drug from harvested abstracts, has a language model label them, locates what it says,
    trains a small encoder on that, and judges it by a gold corpus, or by labels of the teacher that it has not seen.

    Examples:

    - `distillery extract --sentences 400` (the embedded models: shows the machinery)
    - `distillery extract --url http://gpu1:8000 --branch D27 --source baseline:/mirror/pubmed --gold ADE-Corpus-V2`
    - `distillery extract --set encoder=microsoft/BiomedNLP-BiomedBERT-base-uncased-abstract --set head=biaffine`
    """
    from flows.extraction_parameters import Extraction

    run_command(context, "extract", Extraction, _print_extraction, within="student")


def annotate(
    context: typer.Context,
    model: Annotated[
        Path | None,
        typer.Option(help="The student: a folder that `distillery extract` or `export-onnx` ended with."),
        Sets("student"),
    ] = None,
    branch: Annotated[
        str | None,
        typer.Option(help="Only articles with a heading in this MeSH branch; all articles without."),
        Sets("branch"),
    ] = None,
    newest: Annotated[
        int | None, typer.Option(min=1, help="Of these, only so many of the highest PMIDs."), Sets("newest")
    ] = None,
    precision: Annotated[
        str,
        typer.Option(help="float32, or bfloat16: half of the time where the hardware computes in it."),
        Sets("precision"),
    ] = "float32",
    source: SourceOption = DEFAULT_SOURCE,
    since: SinceOption = None,
    until: UntilOption = None,
    query: QueryOption = None,
    language: LanguageOption = None,
    publication_type: PublicationTypeOption = None,
    mesh_year: MeshYearOption = None,
    root: RootOption = None,
    config: ConfigOption = None,
    changes: SetOption = None,
    print_config: PrintConfigOption = False,
    as_json: JsonOption = False,
) -> None:
    """Annotate titles and abstracts with what a student finds.

    Writes one Parquet table: PMID, sentence, what was found with its characters and probability, and the UI where the
    words are a descriptor's name or entry term. Articles that were annotated before are taken as they are; those that
    are not indexed yet are read, too, and retracted ones are not.

    Examples:

    - `distillery annotate --model data/students/… --newest 1000`
    - `distillery annotate --model data/students/… --source pubmed --branch D27.505 --since 2026-11-01`
    - `distillery annotate --model data/students/… --source baseline:/mirror/pubmed`
    """
    from flows.extraction_parameters import Annotation

    run_command(context, "annotate", Annotation, _print_annotation)


def _print_extraction(summary: dict[str, Any]) -> None:
    if "dry_run" in summary:
        from tasks.estimate.in_words import labelled_rows

        show_dry_run(summary, labelled_rows(summary["outcomes"]))
        return
    table = Table(summary["task"], box=None, title=f"by {summary['judged_by']}", title_justify="left")
    for column in ("precision", "recall", "F1"):
        table.add_column(f"{column}, %", justify="right")
    for name, score in summary["scores"].items():
        table.add_row(name, *(in_percent(score[part]) for part in ("precision", "recall", "f1")))
    console = Console(highlight=False, soft_wrap=True, markup=False)
    console.print(table)
    console.print(f"{in_words(summary)}\nstudent: {summary['student']}\nreport:  {summary['report']}")


def _print_annotation(summary: dict[str, Any]) -> None:
    stage = summary["stages"]["annotations"]
    Console(highlight=False, soft_wrap=True, markup=False).print(
        f"{summary['found']:,} found in {summary['articles']:,} articles ({int(stage['reused']):,} annotated before), "
        f"{stage['seconds']:.1f} s\nannotations: {summary['annotations']}"
    )
