"""``distillery train`` and ``distillery align``: fine-tune with LoRA."""

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from deployments.cli.flow_command import run_command
from deployments.cli.options import ConfigOption, JsonOption, PrintConfigOption, RootOption, SetOption, Sets


class Preset(StrEnum):
    """Where settings come from."""

    AUTO = "auto"
    PAPER = "paper"
    CPU = "cpu"


class Leakage(StrEnum):
    """What is done with rows that hold what models are judged on."""

    REFUSE = "refuse"
    DROP = "drop"
    ALLOW = "allow"


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
    str | None,
    typer.Option("--model", help="A Hugging Face name or a folder; the embedded small model without."),
    Sets("language_model.model"),
]
AdapterOption = Annotated[
    Path | None,
    typer.Option(
        "--adapter",
        help="An adapter to start from, merged before training into --model or what it was trained on.",
    ),
    Sets("language_model.adapter"),
]
PresetOption = Annotated[
    Preset,
    typer.Option(help="Settings: the paper's, or for a CPU; auto: the paper's where there is a GPU."),
    Sets("preset"),
]
EvaluationOption = Annotated[
    list[Path] | None,
    typer.Option(help="A file of PubMedQA or BioASQ whose text must not be trained on; repeatable."),
    Sets("evaluation"),
]
GeneratorOption = Annotated[
    str | None,
    typer.Option(help="Train this generator: researcher, clinician or a name given before with --save-as."),
    Sets("generator"),
]
SaveOption = Annotated[
    str | None,
    typer.Option(help="Name of the trained generator, for `distill --generator` and further trainings."),
    Sets("save_as"),
]
LeakageOption = Annotated[
    Leakage, typer.Option(help="What to do with such rows: refuse (to train), drop, or allow."), Sets("leakage")
]
SETTINGS = "settings"
"""Where a kind of training has its own settings, which --set names without it: ``--set lora.rank=16``."""


def train(
    context: typer.Context,
    what: Annotated[Trained, typer.Argument(help="Generator, evaluator, or the target model: cpt first, then sft.")],
    source: Annotated[
        list[Path] | None,
        typer.Argument(help="Generator: golden files of BioASQ (8B1_golden.json). Others: folders of datasets."),
        Sets("source"),
    ] = None,
    model: ModelOption = None,
    adapter: AdapterOption = None,
    preset: PresetOption = Preset.AUTO,
    generator: GeneratorOption = None,
    save_as: SaveOption = None,
    evaluation: EvaluationOption = None,
    leakage: LeakageOption = Leakage.REFUSE,
    root: RootOption = None,
    config: ConfigOption = None,
    changes: SetOption = None,
    print_config: PrintConfigOption = False,
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
    _train(context, KINDS[what])


def align(
    context: typer.Context,
    dataset: Annotated[
        list[Path] | None,
        typer.Argument(help="Folders of datasets that `distillery distill` wrote."),
        Sets("source"),
    ] = None,
    model: ModelOption = None,
    adapter: AdapterOption = None,
    preset: PresetOption = Preset.AUTO,
    generator: GeneratorOption = None,
    save_as: SaveOption = None,
    evaluation: EvaluationOption = None,
    leakage: LeakageOption = Leakage.REFUSE,
    root: RootOption = None,
    config: ConfigOption = None,
    changes: SetOption = None,
    print_config: PrintConfigOption = False,
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
    _train(context, "generator-dpo")


def _train(context: typer.Context, kind: str) -> None:
    from flows.tuning_parameters import FORMS

    run_command(context, "tune", FORMS[kind], _print_summary, within=SETTINGS, spread=_refuse_nothing)


def _refuse_nothing(values: dict[str, Any], is_decided: Callable[[tuple[str | int, ...]], bool]) -> None:
    """Refuse a --set of a training's setting to null, which would not mean "no limit" but the preset's value.

    Raises:
        BadParameter: there is one.
    """
    for name, value in values.get(SETTINGS, {}).items():
        inner = value if isinstance(value, dict) else {}
        for place, each in [((name,), value), *(((name, below), each) for below, each in inner.items())]:
            if each is None and is_decided((SETTINGS, *place)):
                raise typer.BadParameter(
                    f"'{'.'.join(place)}=null': expected a value; leave it out for the preset's, or give a large "
                    "number for no limit",
                    param_hint="--set",
                )


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
