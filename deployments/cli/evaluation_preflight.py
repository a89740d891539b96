"""Check an evaluation's options before anything is started."""

from pathlib import Path
from typing import Any

import typer

from deployments.cli.preflight import validated
from flows.evaluation_parameters import EvaluatedModel, Evaluation, SameModelError
from tasks.serving.adapter_base import check_bases


def checked_evaluation(options: dict[str, Any]) -> Evaluation:
    """Return the evaluation's parameters: files readable, models' folders there, servers answering.

    Raises:
        BadParameter, DistilleryError: what is wrong with an option.
    """
    parameters = validated(Evaluation, options)
    parameters.read()
    _check_folders(parameters.model, "--")
    if parameters.compare_with is not None:
        _check_folders(parameters.compare_with, "--compare-")
    try:
        parameters.resolved()
    except SameModelError as error:
        raise typer.BadParameter(str(error), param_hint="--compare-model") from error
    return parameters


def _check_folders(evaluated: EvaluatedModel, prefix: str) -> None:
    model, adapter = evaluated.language_model.model, evaluated.language_model.adapter
    if evaluated.language_model.url is not None:
        return
    if adapter is not None:
        _check_folder(adapter, "adapter_config.json", "a PEFT adapter", f"{prefix}adapter")
    if Path(model).is_dir() or model.startswith((".", "/", "~")):
        _check_folder(model, "config.json", "a model", f"{prefix}model")
    check_bases(evaluated.language_model)


def _check_folder(folder: str, config: str, what: str, option: str) -> None:
    path = Path(folder)
    if not ((path / config).is_file() and any(path.glob("*.safetensors"))):
        raise typer.BadParameter(
            f"{folder} is not {what}; expected a folder with {config} and a .safetensors file", param_hint=option
        )
