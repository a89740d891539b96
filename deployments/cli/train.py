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

    PAPER = "paper"
    CPU = "cpu"


class Trained(StrEnum):
    """What is trained."""

    GENERATOR = "generator"
    TARGET_CPT = "target-cpt"
    TARGET_SFT = "target-sft"


KINDS = {Trained.GENERATOR: "generator-sft", Trained.TARGET_CPT: "target-cpt", Trained.TARGET_SFT: "target-sft"}
ModelOption = Annotated[
    str | None, typer.Option("--model", help="A Hugging Face name or a folder; the embedded small model without.")
]
AdapterOption = Annotated[
    Path | None, typer.Option("--adapter", help="An adapter to start from: it is merged before training.")
]
PresetOption = Annotated[
    Preset | None, typer.Option(help="Settings: the paper's, or for the small model on a CPU (its default).")
]
SetOption = Annotated[
    list[str] | None, typer.Option("--set", help="A setting of its own, such as epochs=3 or lora.rank=16; repeatable.")
]
EvaluationOption = Annotated[
    list[Path] | None, typer.Option(help="A file of PubMedQA or BioASQ whose text must not be trained on; repeatable.")
]
LeakageOption = Annotated[str, typer.Option(help="What to do with such rows: refuse (to train), drop, or allow.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a table.")]
DatasetArgument = Annotated[list[Path], typer.Argument(help="Folders of datasets that `distillery distill` wrote.")]


def train(
    what: Annotated[Trained, typer.Argument(help="The generator, or the target model: cpt first, then sft.")],
    source: Annotated[
        list[Path],
        typer.Argument(help="Generator: golden files of BioASQ (8B1_golden.json). Target: folders of datasets."),
    ],
    model: ModelOption = None,
    adapter: AdapterOption = None,
    preset: PresetOption = None,
    settings: SetOption = None,
    evaluation: EvaluationOption = None,
    leakage: LeakageOption = "refuse",
    root: RootOption = None,
    as_json: JsonOption = False,
) -> None:
    """Train a LoRA adapter: a generator to ask about documents, or a target model on a distilled dataset.

    Examples:

    - `distillery train generator bioasq/*.json`
    - `distillery train target-cpt data/datasets/…`
    - `distillery train target-sft data/datasets/… --adapter data/adapters/…/finished/adapter`
    """
    _train(KINDS[what], source, model, adapter, preset, settings, evaluation, leakage, root, as_json)


def align(
    dataset: DatasetArgument,
    model: ModelOption = None,
    adapter: AdapterOption = None,
    preset: PresetOption = None,
    settings: SetOption = None,
    evaluation: EvaluationOption = None,
    leakage: LeakageOption = "refuse",
    root: RootOption = None,
    as_json: JsonOption = False,
) -> None:
    """Align a generator with the preferences of a distilled dataset, by DPO.

    The reference is the model without the new adapter. For another round, distil with the tuned generator and align
    again with its adapter as --adapter.

    Example: `distillery align data/datasets/…`
    """
    _train("generator-dpo", dataset, model, adapter, preset, settings, evaluation, leakage, root, as_json)


def _train(
    kind: str,
    source: list[Path],
    model: str | None,
    adapter: Path | None,
    preset: Preset | None,
    settings: list[str] | None,
    evaluation: list[Path] | None,
    leakage: str,
    root: str | None,
    as_json: bool,
) -> None:
    from deployments.cli.preflight import checked_tuning  # pydantic models and transformers take a second to import

    options = {
        "source": [str(path) for path in source],
        "evaluation": [str(path) for path in evaluation or []],
        "leakage": leakage,
        "root": root,
    }
    language_model = {"model": model, "adapter": str(adapter) if adapter else None}
    chosen = preset or (Preset.CPU if model is None else Preset.PAPER)
    summary = run_flow("tune", checked_tuning(kind, chosen.value, settings or [], language_model, options))
    if as_json:
        typer.echo(json.dumps(summary))
    else:
        _print_summary(summary)


def _print_summary(summary: dict[str, Any]) -> None:
    console = Console(highlight=False, soft_wrap=True)
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
