"""What every command that runs a flow does: read its settings, check them, run, and show what came out."""

import json
from collections.abc import Callable
from datetime import datetime
from enum import Enum
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

import typer

from deployments.cli.options import Sets
from deployments.cli.run import run_flow

if TYPE_CHECKING:
    from deployments.cli.given_settings import GivenSettings, Option, Spread
    from flows.flow_parameters import FlowParameters

CONFIG, CHANGES, PRINT, AS_JSON = "config", "changes", "print_config", "as_json"
"""The arguments of a command of the kinds ``ConfigOption``, ``SetOption``, ``PrintConfigOption`` and ``JsonOption``."""


def run_command(
    context: typer.Context,
    flow: str,
    model: "type[FlowParameters]",
    show: Callable[[dict[str, Any]], None],
    within: str | None = None,
    spread: "Spread | None" = None,
) -> None:
    """Run a flow with what the command was given, or print its settings where that is asked for.

    The options that are marked with ``Sets`` are read from the context: one that was not given leaves the setting as
    it is.

    Args:
        flow: its name, and that of its module.
        model: its parameters.
        show: prints the summary where it is not to be JSON.
        within, spread: see ``GivenSettings``.

    Raises:
        BadParameter, DistilleryError: what is wrong with a setting.
    """
    from deployments.cli.config_file import as_yaml
    from flows.flow_parameters import SettingError

    given = given_settings(context, model, within, spread)
    try:
        parameters = given.parameters()
        if context.params[PRINT]:
            heading = f"{model.model_config.get('title')}: settings, for --config of `{context.command_path}`"
            typer.echo(as_yaml(parameters.with_bases(), heading), nl=False)
            return
        parameters.check()
    except SettingError as error:
        raise given.fault(error) from error
    summary = run_flow(flow, parameters)
    if context.params[AS_JSON]:
        typer.echo(json.dumps(summary))
    else:
        show(summary)


def given_settings(
    context: typer.Context,
    model: "type[FlowParameters]",
    within: str | None = None,
    spread: "Spread | None" = None,
) -> "GivenSettings[FlowParameters]":
    """Return what a command was given.

    Raises:
        BadParameter: the file of --config can not be read.
    """
    from deployments.cli.config_file import ConfigFileError, read_config
    from deployments.cli.given_settings import GivenSettings

    file = context.params[CONFIG]
    try:
        config = None if file is None else read_config(file)
    except ConfigFileError as error:
        raise typer.BadParameter(str(error), param_hint="--config") from error
    return GivenSettings(model, _options(context), config, context.params[CHANGES] or (), within, spread)


def marks(command: Callable[..., Any]) -> dict[str, Sets]:
    """Return which setting each argument of a command stands for."""
    hints = get_type_hints(command, include_extras=True)
    return {name: mark for name, hint in hints.items() for mark in get_args(hint)[1:] if isinstance(mark, Sets)}


def _options(context: typer.Context) -> "list[Option]":
    from deployments.cli.given_settings import Option
    from deployments.cli.setting_path import split_path

    assert context.command.callback is not None
    declared = marks(context.command.callback)
    options = []
    for parameter in context.command.params:
        mark = declared.get(str(parameter.name))
        if mark is None:
            continue
        source = context.get_parameter_source(str(parameter.name))
        given = source is not None and source.name != "DEFAULT"
        value = _as_setting(context.params[str(parameter.name)])
        spelling = next((name for name in parameter.opts if name.startswith("-")), str(parameter.name).upper())
        options.append(
            Option(spelling, split_path(mark.setting), mark.read(value) if given and mark.read else value, given)
        )
    return options


def _as_setting(value: Any) -> Any:  # noqa: ANN401 - any option's value
    if isinstance(value, list | tuple):
        return [_as_setting(each) for each in value]
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, Enum):
        return value.value
    return str(value) if isinstance(value, PurePath) else value
