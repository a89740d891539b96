"""``distillery train`` and ``distillery align``: fine-tune with LoRA."""

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from deployments.cli.options import RootOption
from deployments.cli.run import run_flow


class Preset(StrEnum):
    """Where settings come from."""

    AUTO = "auto"
    PAPER = "paper"
    CPU = "cpu"


class Trained(StrEnum):
    """What is trained."""

    GENERATOR = "generator"
    EVALUATOR = "evaluator"
    TARGET_CPT = "target-cpt"
    TARGET_SFT = "target-sft"


KINDS = {
    Trained.GENERATOR: "generator-sft",
    Trained.EVALUATOR: "evaluator-sft",
    Trained.TARGET_CPT: "target-cpt",
    Trained.TARGET_SFT: "target-sft",
}
ModelOption = Annotated[
    str | None, typer.Option("--model", help="A Hugging Face name or a folder; the embedded small model without.")
]
AdapterOption = Annotated[
    Path | None,
    typer.Option(
        "--adapter",
        help="An adapter to start from, merged before training into --model or what it was trained on.",
    ),
]
PresetOption = Annotated[
    Preset, typer.Option(help="Settings: the paper's, or for a CPU; auto: the paper's where there is a GPU.")
]
SetOption = Annotated[
    list[str] | None, typer.Option("--set", help="A setting of its own, such as epochs=3 or lora.rank=16; repeatable.")
]
EvaluationOption = Annotated[
    list[Path] | None, typer.Option(help="A file of PubMedQA or BioASQ whose text must not be trained on; repeatable.")
]
GeneratorOption = Annotated[
    str | None, typer.Option(help="Train this generator: researcher, clinician or a name given before with --save-as.")
]
SaveOption = Annotated[
    str | None, typer.Option(help="Name of the trained generator, for `distill --generator` and further trainings.")
]
LeakageOption = Annotated[str, typer.Option(help="What to do with such rows: refuse (to train), drop, or allow.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a table.")]
DatasetArgument = Annotated[list[Path], typer.Argument(help="Folders of datasets that `distillery distill` wrote.")]


def train(
    what: Annotated[Trained, typer.Argument(help="Generator, evaluator, or the target model: cpt first, then sft.")],
    source: Annotated[
        list[Path],
        typer.Argument(help="Generator: golden files of BioASQ (8B1_golden.json). Others: folders of datasets."),
    ],
    model: ModelOption = None,
    adapter: AdapterOption = None,
    preset: PresetOption = Preset.AUTO,
    settings: SetOption = None,
    generator: GeneratorOption = None,
    save_as: SaveOption = None,
    evaluation: EvaluationOption = None,
    leakage: LeakageOption = "refuse",
    root: RootOption = None,
    as_json: JsonOption = False,
) -> None:
    """Train a LoRA adapter: a generator to ask about documents, an evaluator or a target model on distilled datasets.

    Examples:

    - `distillery train generator bioasq/*.json --save-as bioasq-a`
    - `distillery train generator bioasq/*.json --generator clinician --set seed=1 --save-as bioasq-b`
    - `distillery train evaluator data/datasets/…`
    - `distillery train target-cpt data/datasets/…`
    - `distillery train target-sft data/datasets/… --adapter data/adapters/…/finished/adapter`
    """
    options = _options(source, generator, save_as, evaluation, leakage, root)
    _train(KINDS[what], options, model, adapter, preset, settings, as_json)


def align(
    dataset: DatasetArgument,
    model: ModelOption = None,
    adapter: AdapterOption = None,
    preset: PresetOption = Preset.AUTO,
    settings: SetOption = None,
    generator: GeneratorOption = None,
    save_as: SaveOption = None,
    evaluation: EvaluationOption = None,
    leakage: LeakageOption = "refuse",
    root: RootOption = None,
    as_json: JsonOption = False,
) -> None:
    """Align a generator with the preferences of a distilled dataset, by DPO.

    It goes on from the generator that came first in the dataset's distillation, which is the reference, too. For
    another round, distil with the tuned generator and align that.

    Examples:

    - `distillery distill --generator researcher --questions 5`
    - `distillery align data/datasets/… --save-as tuned`
    - `distillery distill --generator tuned --questions 5`
    - `distillery align data/datasets/… --save-as tuned-twice`
    """
    options = _options(dataset, generator, save_as, evaluation, leakage, root)
    _train("generator-dpo", options, model, adapter, preset, settings, as_json)


def _options(
    source: list[Path],
    generator: str | None,
    save_as: str | None,
    evaluation: list[Path] | None,
    leakage: str,
    root: str | None,
) -> dict[str, Any]:
    return {
        "source": [str(path) for path in source],
        "generator": generator,
        "save_as": save_as,
        "evaluation": [str(path) for path in evaluation or []],
        "leakage": leakage,
        "root": root,
    }


def _train(
    kind: str,
    options: dict[str, Any],
    model: str | None,
    adapter: Path | None,
    preset: Preset,
    settings: list[str] | None,
    as_json: bool,
) -> None:
    from deployments.cli.preflight import checked_tuning  # pydantic models and transformers take a second to import

    language_model = {"model": model, "adapter": str(adapter) if adapter else None}
    parameters = checked_tuning(kind, preset.value, settings or [], language_model, options)
    summary = run_flow("tune", parameters)
    if as_json:
        typer.echo(json.dumps(summary))
    else:
        _print_summary(summary)


def _print_summary(summary: dict[str, Any]) -> None:
    console = Console(highlight=False, soft_wrap=True, markup=False)
    steps = f"{summary['steps']:,} steps of {summary['seconds_per_step']:.2f} s, {summary['peak_memory_mb']:,.0f} MB"
    console.print(f"{summary['kind']}: {summary['rows']:,} rows, {'reused' if summary['reused'] else steps}")
    for reason, count in summary["refused"].items():
        console.print(f"  refused: {count:,} {reason}")
    if summary["held_out_before"] and summary["held_out_after"]:
        table = Table("held out", box=None)
        for column in ("before", "after"):
            table.add_column(column, justify="right")
        for name, after in summary["held_out_after"].items():
            if isinstance(after, float):
                before = summary["held_out_before"].get(name)
                table.add_row(name.replace("_", " "), "" if before is None else f"{before:.4f}", f"{after:.4f}")
        console.print(table)
    console.print(f"adapter: {summary['adapter']}\nreport:  {summary['report']}")
    if summary["generator"]:
        console.print(f"generator: {summary['generator']} (distillery distill --generator {summary['generator']})")
