"""Check a command's options before anything is started, so that a mistake costs seconds."""

from typing import Any, TypeVar

import typer
from pydantic import ValidationError

from flows.parameters import Distillation, Harvesting
from mesh.branch import find_branch
from tasks.literature.sources import check_sources
from tasks.questions.generator import default_generators
from tasks.vocabulary.vocabulary import find_vocabulary

Parameters = TypeVar("Parameters", Distillation, Harvesting)


def checked_harvest(options: dict[str, Any]) -> Harvesting:
    """Return the harvest's parameters: sources there, branch known.

    Raises:
        BadParameter, SourceError, UnknownBranchError: what is wrong with an option.
    """
    parameters = _validated(Harvesting, options)
    check_sources(parameters.source)
    if parameters.branch:
        find_branch(find_vocabulary(parameters.mesh_year).hierarchy(), parameters.branch)
    return parameters


def checked_distillation(options: dict[str, Any], urls: list[str]) -> Distillation:
    """Return the run's parameters: sources there, branch known, servers answering.

    With URLs, generators take them in turn and answers come from the first.

    Raises:
        BadParameter, SourceError, UnknownBranchError, EndpointError: what is wrong with an option.
    """
    parameters = _validated(Distillation, options)
    check_sources(parameters.source)
    find_branch(find_vocabulary(parameters.mesh_year).hierarchy(), parameters.branch)
    if urls:
        parameters = served_by(parameters, urls)
    parameters.resolved()
    return parameters


def served_by(parameters: Distillation, urls: list[str]) -> Distillation:
    """Return the parameters with every model behind one of ``urls``."""
    generators = [
        generator.model_copy(update={"language_model": generator.language_model.model_copy(update={"url": url})})
        for place, generator in enumerate(default_generators())
        for url in [urls[place % len(urls)]]
    ]
    model = parameters.answerer.language_model.model_copy(update={"url": urls[0]})
    answerer = parameters.answerer.model_copy(update={"language_model": model})
    return parameters.model_copy(update={"generators": generators, "answerer": answerer})


def _validated(model: type[Parameters], options: dict[str, Any]) -> Parameters:
    try:
        return model(**options)
    except ValidationError as error:
        first = error.errors()[0]
        reason = first["msg"].removeprefix("Value error, ")
        field = next((part for part in reversed(first["loc"]) if isinstance(part, str)), "")
        if field in ("", "wanted"):  # about several options at once
            raise typer.BadParameter(reason) from error
        raise typer.BadParameter(f"{reason}, got {first['input']!r}", param_hint=f"--{field}") from error
