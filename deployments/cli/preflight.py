"""Check a command's options before anything is started, so that a mistake costs seconds."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar, get_args

import typer
from pydantic import BaseModel, ValidationError
from upath import UPath

from flows.parameters import Distillation, Harvesting
from flows.tuning_parameters import Tuning
from mesh.branch import find_branch
from tasks.errors import DistilleryError
from tasks.literature.sources import check_sources
from tasks.questions.generator import Generator, default_generators
from tasks.questions.named_generators import named_generator
from tasks.serving.model import EMBEDDED_MODEL
from tasks.settings import settings
from tasks.tuning.base import adapted_model
from tasks.tuning.settings import AnyTraining
from tasks.vocabulary.vocabulary import find_vocabulary

WARM = 0.9

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
    root = UPath(options["root"] or settings().root)
    named = [named_generator(root, name) for name in dict.fromkeys(generators)] or list(default_generators())
    asked = [_sampled(each, questions, temperature) for each in named]
    parameters = validated(Distillation, {**options, "generators": asked})
    check_sources(parameters.source)
    find_branch(find_vocabulary(parameters.mesh_year).hierarchy(), parameters.branch)
    if urls:
        parameters = served_by(parameters, urls)
    parameters.resolved()
    return parameters


def checked_tuning(
    kind: str, preset: str | None, changes: list[str], model: dict[str, str | None], options: dict[str, Any]
) -> Tuning:
    """Return a training's parameters: a preset's settings with changes such as ``lora.rank=16``; sources there.

    Args:
        preset: cpu or paper; without one cpu for the embedded model, paper for all others.

    Raises:
        BadParameter, UnknownGeneratorError: what is wrong with an option.
    """
    named = language_model_fields(model)
    trained = named.get("model", EMBEDDED_MODEL)
    if options["generator"]:
        root = UPath(options["root"] or settings().root)
        trained = named_generator(root, options["generator"]).language_model.model
    preset = preset or ("cpu" if trained == EMBEDDED_MODEL else "paper")
    of_kind = {training.model_fields["kind"].default: training for training in get_args(get_args(AnyTraining)[0])}[kind]
    training = (of_kind.cpu() if preset == "cpu" else of_kind()).model_dump(mode="json")
    for change in changes:
        name, given, value = change.partition("=")
        *above, last = name.split(".")
        place = training
        for part in above:
            place = place[part] if isinstance(place.get(part), dict) else {}
        if not given or last not in place:
            known = ", ".join(name for name in training if name != "kind")
            raise typer.BadParameter(f"{change!r}: expected NAME=VALUE with one of {known}", param_hint="--set")
        place[last] = _plain(value)
    for path in [*options["source"], *options["evaluation"]]:
        if not Path(path).exists():
            raise typer.BadParameter(f"there is no {path}; name a file or folder that is there")
    return validated(Tuning, {**options, "training": training, "language_model": named})


def language_model_fields(given: dict[str, str | None]) -> dict[str, str]:
    """Return the fields of a language model that are given; an adapter alone brings the model that it was trained on.

    Raises:
        BadParameter: the adapter is none.
    """
    named = {name: value for name, value in given.items() if value is not None}
    if "adapter" in named and not {"model", "url"} & named.keys():
        try:
            named["model"] = adapted_model(Path(named["adapter"])).model
        except DistilleryError as error:
            raise typer.BadParameter(str(error)) from error
    return named


def _sampled(generator: Generator, questions: int, temperature: float | None) -> dict[str, Any]:
    """Return a generator's fields, with how often it is asked and how warm."""
    fields = generator.model_dump()
    if temperature is None and questions > 1 and generator.sampling.temperature == 0:
        temperature = WARM
    if temperature is not None:
        fields["sampling"]["temperature"] = temperature
    return {**fields, "draws": questions}


def _plain(value: str) -> Any:  # noqa: ANN401 - any JSON value
    try:
        return json.loads(value)
    except ValueError:
        return value


def served_by(parameters: Distillation, urls: Sequence[str]) -> Distillation:
    """Return the parameters with every model behind one of ``urls``."""
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
        if field in ("", "wanted", "language_model", "generators"):  # about several options at once
            raise typer.BadParameter(reason) from error
        raise typer.BadParameter(f"{reason}, got {first['input']!r}", param_hint=f"--{field}") from error
