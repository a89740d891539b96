"""``distillery evaluate``: judge models on questions answered by experts."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Console
from rich.table import Table

from deployments.cli.flow_command import run_command
from deployments.cli.options import (
    CompletionPriceOption,
    ConfigOption,
    JsonOption,
    MostCostOption,
    MostTokensOption,
    PrintConfigOption,
    PromptPriceOption,
    RootOption,
    SetOption,
    Sets,
)
from deployments.cli.spending import models_in_words
from tasks.percent import in_percent

app = typer.Typer(
    help="Judge one model, or two against each other, on questions answered by experts.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
)

LABEL_CELLS, SCORE_CELLS = 29, 17

PromptChoice = Literal["instructed", "fine-tuned"]


def one_file(path: str) -> list[str]:
    """Return the one file of a benchmark as its files."""
    return [path]


class SettingChoice(StrEnum):
    """What an item is asked with."""

    REASONING_REQUIRED = "reasoning-required"
    QUESTION_ONLY = "question-only"


class MethodChoice(StrEnum):
    """How a decision is had."""

    CHOICE = "choice"
    GENERATED = "generated"


UrlOption = Annotated[
    str | None,
    typer.Option(help="A running language-model server. Without: vLLM starts."),
    Sets("model.language_model.url"),
]
ModelOption = Annotated[
    str | None,
    typer.Option(
        help="The embedded small model (default), a Hugging Face name, a folder or a GGUF file; with --url, its name "
        "there."
    ),
    Sets("model.language_model.model"),
]
AdapterOption = Annotated[
    str | None,
    typer.Option(help="A PEFT adapter folder, of --model or of what it was trained on; vLLM starts with it."),
    Sets("model.language_model.adapter"),
]
RevisionOption = Annotated[
    str | None,
    typer.Option(help="Commit or tag of --model; with --url, whatever tells its weights from others."),
    Sets("model.language_model.revision"),
]
PromptOption = Annotated[
    PromptChoice | None,
    typer.Option(
        help="How --model wants to be asked; instructed without it; fine-tuned: as in a dataset's sft records."
    ),
    Sets("model.prompt"),
]
CompareUrlOption = Annotated[
    str | None,
    typer.Option(help="The server of a second model, to compare with."),
    Sets("compare_with.language_model.url"),
]
CompareModelOption = Annotated[
    str | None, typer.Option(help="The second model."), Sets("compare_with.language_model.model")
]
CompareAdapterOption = Annotated[
    str | None, typer.Option(help="The second model's adapter."), Sets("compare_with.language_model.adapter")
]
CompareRevisionOption = Annotated[
    str | None, typer.Option(help="The second model's revision."), Sets("compare_with.language_model.revision")
]
ComparePromptOption = Annotated[
    PromptChoice | None,
    typer.Option(help="How the second model wants to be asked; as the first without it."),
    Sets("compare_with.prompt"),
]
SettingOption = Annotated[
    list[SettingChoice] | None,
    typer.Option(help="With contexts, or the question alone; both without it."),
    Sets("settings"),
]
MethodOption = Annotated[
    list[MethodChoice] | None,
    typer.Option(
        help="By the probabilities of the words allowed, or by the text that a model writes; both without it."
    ),
    Sets("methods"),
]
MaxTokensOption = Annotated[int, typer.Option(min=1, help="The longest generated text, in tokens."), Sets("max_tokens")]
LimitOption = Annotated[int | None, typer.Option(min=1, help="Ask only the first items."), Sets("limit")]
SmallestSliceOption = Annotated[
    int, typer.Option(min=1, help="The fewest items of a slice by year, heading or file."), Sets("smallest_slice")
]


@app.command()
def pubmedqa(
    context: typer.Context,
    file: Annotated[
        Path | None,
        typer.Argument(help="ori_pqal.json, or a file like it.", show_default=False),
        Sets("files", one_file),
    ] = None,
    ground_truth: Annotated[
        Path | None,
        typer.Option(help="test_ground_truth.json: ask only its items, the official test set."),
        Sets("ground_truth"),
    ] = None,
    url: UrlOption = None,
    model: ModelOption = None,
    adapter: AdapterOption = None,
    revision: RevisionOption = None,
    prompt: PromptOption = None,
    compare_url: CompareUrlOption = None,
    compare_model: CompareModelOption = None,
    compare_adapter: CompareAdapterOption = None,
    compare_revision: CompareRevisionOption = None,
    compare_prompt: ComparePromptOption = None,
    setting: SettingOption = None,
    method: MethodOption = None,
    max_tokens: MaxTokensOption = 256,
    limit: LimitOption = None,
    smallest_slice: SmallestSliceOption = 20,
    root: RootOption = None,
    most_tokens: MostTokensOption = None,
    most_cost: MostCostOption = None,
    prompt_price: PromptPriceOption = None,
    completion_price: CompletionPriceOption = None,
    config: ConfigOption = None,
    changes: SetOption = None,
    print_config: PrintConfigOption = False,
    as_json: JsonOption = False,
) -> None:
    """Judge a model on PubMedQA: yes, no or maybe to questions that abstracts answer.

    Accuracy and macro-F1 with 95 % intervals, beside the majority and published results; two models are compared item
    by item. What a model was asked before is not asked again. JSON, an HTML page and predictions in PubMedQA's own
    format (an item without an answer is written as maybe) appear below --root/evaluations.

    Examples:

    - `distillery evaluate pubmedqa ori_pqal.json` (the embedded model)
    - `distillery evaluate pubmedqa ori_pqal.json --ground-truth test_ground_truth.json --url http://gpu1:8000`
    - `distillery evaluate pubmedqa ori_pqal.json --adapter tuned --prompt fine-tuned --compare-prompt instructed`
    """
    _evaluate(context, "pubmedqa")


@app.command()
def bioasq(
    context: typer.Context,
    files: Annotated[
        list[Path] | None, typer.Argument(help="Golden files of task B, such as 8B1_golden.json."), Sets("files")
    ] = None,
    url: UrlOption = None,
    model: ModelOption = None,
    adapter: AdapterOption = None,
    revision: RevisionOption = None,
    prompt: PromptOption = None,
    compare_url: CompareUrlOption = None,
    compare_model: CompareModelOption = None,
    compare_adapter: CompareAdapterOption = None,
    compare_revision: CompareRevisionOption = None,
    compare_prompt: ComparePromptOption = None,
    setting: SettingOption = None,
    method: MethodOption = None,
    max_tokens: MaxTokensOption = 256,
    limit: LimitOption = None,
    smallest_slice: SmallestSliceOption = 20,
    root: RootOption = None,
    most_tokens: MostTokensOption = None,
    most_cost: MostCostOption = None,
    prompt_price: PromptPriceOption = None,
    completion_price: CompletionPriceOption = None,
    config: ConfigOption = None,
    changes: SetOption = None,
    print_config: PrintConfigOption = False,
    as_json: JsonOption = False,
) -> None:
    """Judge a model on BioASQ's yes/no questions; contexts are the snippets that experts chose.

    As `distillery evaluate pubmedqa`, with two decisions instead of three, and slices by file.

    Example: `distillery evaluate bioasq 8B*_golden.json --url http://gpu1:8000`
    """
    _evaluate(context, "bioasq")


def _evaluate(context: typer.Context, benchmark: str) -> None:
    """Each command is of one benchmark; settings of another are refused rather than turned into its own."""
    from flows.evaluation_parameters import Evaluation

    def of_benchmark(values: dict[str, Any], _is_decided: object) -> None:
        if values.setdefault("benchmark", benchmark) != benchmark:
            raise typer.BadParameter(f"these settings are of {values['benchmark']}; use `distillery evaluate` with it")

    run_command(context, "evaluate", Evaluation, _print_results, spread=of_benchmark)


def _print_results(found: dict[str, Any]) -> None:
    console = Console(highlight=False, soft_wrap=True, markup=False)
    left_out = ", ".join(f"{count:,} {reason}" for reason, count in found["left_out"].items())
    console.print(f"{found['items']:,} items{f'; left out: {left_out}' if left_out else ''}")
    for name in dict.fromkeys(result["model"] for result in found["results"]):
        table = _table(name)
        for result in found["results"]:
            if result["model"] == name:
                _add_scores(table, f"{result['setting']}, {result['method']}", result)
        console.print(table)
    for result in found["results"]:
        for reason, count in result["unanswered_because"].items():
            way = f"{result['model']}, {result['setting']}, {result['method']}"
            console.print(f"unanswered: {way}: {count:,} of {result['items']:,}, {reason}")
    console.print(_references(found["references"]))
    for pair in found["comparisons"]:
        console.print(
            f"{pair['first']} against {pair['second']}, {pair['setting']}, {pair['method']}: accuracy "
            f"{_points(pair['accuracy'])}, macro-F1 {_points(pair['macro_f1'])}, p = {pair['p_value']:.3g} (McNemar)"
        )
    counted, llm = found["stages"]["predictions"], found["llm"]
    console.print(
        f"predictions: {counted['computed']:,.0f} computed, {counted['reused']:,.0f} reused, "
        f"{counted['dropped']:,.0f} refused; {models_in_words(llm)}"
    )
    console.print(f"values: {found['json']}\npage:   {found['report']}")


def _references(references: dict[str, Any]) -> Table:
    table = _table("to compare with")
    _add_scores(table, f"always {references['majority']['prediction']}", references["majority"])
    if references["human"]:
        _add_scores(table, "annotator, same items", references["human"])
    for point in references["published"]:
        if point["name"] != "majority":
            table.add_row(f"{point['name']}, published", f"{100 * point['accuracy']:.1f}", "", "")
    return table


def _table(title: str) -> Table:
    table = Table(title=title, title_justify="left", box=None)
    table.add_column("", min_width=LABEL_CELLS)
    for column in ("accuracy, %", "macro-F1, %", "unanswered"):
        table.add_column(column, justify="right", min_width=SCORE_CELLS if "%" in column else 0, no_wrap=True)
    return table


def _add_scores(table: Table, label: str, scores: dict[str, Any]) -> None:
    table.add_row(label, in_percent(scores["accuracy"]), in_percent(scores["macro_f1"]), f"{scores['unanswered']:,}")


def _points(interval: dict[str, float]) -> str:
    value, low, high = (100 * interval[name] for name in ("value", "low", "high"))
    return f"{value:+.1f} [{low:+.1f}, {high:+.1f}] points"
