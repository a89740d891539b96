"""Check a command's options before anything is started, so that a mistake costs seconds."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

import typer
from pydantic import BaseModel, ValidationError
from upath import UPath

from flows.parameters import Distillation, Harvesting
from flows.setting_changes import FIXED, unchanged
from flows.tuning_parameters import FORMS, AnyTuning
from mesh.branch import find_branch
from tasks.errors import DistilleryError
from tasks.literature.sources import check_sources
from tasks.network.address import without_password
from tasks.network.mask import mask
from tasks.questions.generator import Generator
from tasks.questions.named_generators import UnknownGeneratorError, named_generator
from tasks.root import usable_root
from tasks.serving.adapter_base import check_bases
from tasks.serving.endpoint import served_models
from tasks.tuning.base import adapted_model
from tasks.vocabulary.vocabulary import find_vocabulary

Parameters = TypeVar("Parameters", bound=BaseModel)


def checked_harvest(options: dict[str, Any]) -> Harvesting:
    """Return the harvest's parameters: sources there, branch known.

    Raises:
        BadParameter, SourceError, UnknownBranchError: what is wrong with an option.
    """
    parameters = validated(Harvesting, options)
    check_sources(parameters.source)
    if parameters.branch:
        find_branch(find_vocabulary(parameters.mesh_year).hierarchy(), parameters.branch)
    return parameters


def checked_distillation(
    options: dict[str, Any],
    urls: Sequence[str] = (),
    generators: Sequence[str] = (),
    questions: int = 1,
    temperature: float | None = None,
) -> Distillation:
    """Return the run's parameters: sources there, branch known, servers answering.

    With URLs, generators take them in turn and answers come from the first.

    Args:
        generators: names; none for those built in.
        questions: how many each generator asks of an article.

    Raises:
        BadParameter, SourceError, UnknownBranchError, UnknownGeneratorError, EndpointError: what is wrong with an
            option.
    """
    if generators:
        options = {**options, "generators": [_named(options["root"], name) for name in dict.fromkeys(generators)]}
    asked = {"questions": questions, "temperature": temperature}
    parameters = validated(Distillation, {**options, **asked})
    check_sources(parameters.source)
    find_branch(find_vocabulary(parameters.mesh_year).hierarchy(), parameters.branch)
    if urls:
        parameters = served_by(parameters, urls)
    parameters.resolved().model_names()
    return parameters


def checked_tuning(
    kind: str, preset: str, changes: list[str], model: dict[str, str | None], options: dict[str, Any]
) -> AnyTuning:
    """Return a training's parameters: a preset's settings with changes such as ``lora.rank=16``; sources there.

    Args:
        preset: auto, cpu or paper.

    Raises:
        BadParameter, UnknownGeneratorError: what is wrong with an option.
    """
    form, given = FORMS[kind], {name: value for name, value in options.items() if value is not None}
    named = language_model_fields(model)
    if options["generator"]:
        _named(options["root"], options["generator"])
    for name in ("generator", "save_as"):
        if name in given and name not in form.model_fields:
            raise typer.BadParameter(f"{kind} trains no generator", param_hint=f"--{name.replace('_', '-')}")
    settings = unchanged(form.kind)
    _check_changes(changes)
    change_settings(settings, changes)
    for path in [*options["source"], *options["evaluation"]]:
        if not Path(path).exists():
            raise typer.BadParameter(f"there is no {path}; name a file or folder that is there")
    parameters = validated(form, {**given, "preset": preset, "settings": settings, "language_model": named})
    check_bases(parameters.language_model)
    return parameters


def _check_changes(changes: Sequence[str]) -> None:
    """Check that changes leave the kind of training alone, and name values.

    Raises:
        BadParameter: they do not.
    """
    for change in changes:
        name, _, value = change.partition("=")
        if name in FIXED:
            raise typer.BadParameter(
                f"{change!r}: what is trained is chosen by the command (`distillery train generator`, evaluator, "
                "target-cpt or target-sft, or `distillery align`)",
                param_hint="--set",
            )
        if value == "null":
            raise typer.BadParameter(
                f"{change!r}: expected a value; leave it out for the preset's, or give a large number for no limit",
                param_hint="--set",
            )


def change_settings(values: dict[str, Any], changes: Sequence[str]) -> None:
    """Change settings in place, each named as ``NAME=VALUE`` or ``NAME.INNER=VALUE``.

    Raises:
        BadParameter: there is no such setting.
    """
    for change in changes:
        name, given, value = change.partition("=")
        *above, last = name.split(".")
        place = values
        for part in above:
            place = place[part] if isinstance(place.get(part), dict) else {}
        if not given or last not in place:
            known = ", ".join(values)
            raise typer.BadParameter(f"{change!r}: expected NAME=VALUE with one of {known}", param_hint="--set")
        place[last] = _plain(value)


def language_model_fields(given: dict[str, str | None], option: str = "adapter") -> dict[str, Any]:
    """Return the fields of a language model that are given; an adapter alone brings the model that it was trained on.

    Args:
        option: the option that names the adapter, without dashes.

    Raises:
        BadParameter: the adapter is none.
    """
    named = {name: value for name, value in given.items() if value is not None}
    if "adapter" in named and not {"model", "url"} & named.keys():
        try:
            trained = adapted_model(Path(named["adapter"]))
        except DistilleryError as error:
            raise typer.BadParameter(str(error), param_hint=f"--{option}") from error
        named = {**trained.model_dump(exclude_defaults=True), **named}
    return named


def evaluator_fields(place: str) -> dict[str, Any]:
    """Return the fields of an evaluator's language model: an adapter's folder, or the URL of a server with one model.

    Raises:
        BadParameter: the folder is no adapter's, or the server has several models.
        EndpointError: no server answers.
    """
    if not place.startswith(("http://", "https://")):
        return language_model_fields({"adapter": place}, "evaluator")
    served = served_models(place)
    if len(served) > 1:
        raise typer.BadParameter(
            f"{place} serves {', '.join(served)}; start a server of the evaluator alone, or name its model in the form",
            param_hint="--evaluator",
        )
    return {"url": place}


def _named(root: str | None, name: str) -> Generator:
    try:
        return named_generator(UPath(usable_root(root)), name)
    except UnknownGeneratorError as error:
        raise typer.BadParameter(str(error), param_hint="--generator") from error


def _plain(value: str) -> Any:  # noqa: ANN401 - any JSON value
    try:
        return json.loads(value)
    except ValueError:
        return value


def served_by(parameters: Distillation, urls: Sequence[str]) -> Distillation:
    """Return the parameters with every model behind one of ``urls``."""
    for generator in parameters.generators:
        if generator.language_model.adapter is not None:
            raise typer.BadParameter(
                f"{generator.name} is a trained adapter, which a server would not know; leave the URL out and vLLM "
                "starts with it",
                param_hint="--generator-url",
            )
    for url in urls:
        try:
            without_password(url)
        except ValueError as error:
            raise typer.BadParameter(str(error), param_hint="--generator-url") from error
    generators = [
        generator.model_copy(update={"language_model": generator.language_model.model_copy(update={"url": url})})
        for place, generator in enumerate(parameters.generators)
        for url in [urls[place % len(urls)]]
    ]
    model = parameters.answerer.language_model.model_copy(update={"url": urls[0]})
    answerer = parameters.answerer.model_copy(update={"language_model": model})
    return parameters.model_copy(update={"generators": generators, "answerer": answerer})


def validated(model: type[Parameters], options: dict[str, Any]) -> Parameters:
    """Return the parameters that the options make.

    Raises:
        BadParameter: the first option that is wrong, and why.
    """
    try:
        return model(**options)
    except ValidationError as error:
        first = error.errors()[0]
        reason = first["msg"].removeprefix("Value error, ")
        field = next((part for part in reversed(first["loc"]) if isinstance(part, str)), "")
        if field in ("", "language_model", "generators") or "wanted" in first["loc"]:  # the reason names the value
            raise typer.BadParameter(reason) from error
        hint = f"--{field.replace('_', '-')}"
        raise typer.BadParameter(f"{reason}, got {mask(repr(first['input']))}", param_hint=hint) from error
