"""A flow's parameters from the command line: defaults, --config, options and --set, each over those before it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import typer
from pydantic import BaseModel, ValidationError

from deployments.cli.config_file import ConfigFile
from deployments.cli.setting_path import (
    Place,
    UnknownSettingError,
    Values,
    assign,
    defaults_of,
    dotted,
    merge,
    schema_of,
    split_path,
    value_of,
)
from flows.flow_parameters import SettingError
from tasks.network.mask import mask
from tasks.visible import in_one_line

Parameters = TypeVar("Parameters", bound=BaseModel)
Spread = Callable[[Values, Callable[[Place], bool]], None]
LONGEST_VALUE = 100
OURS = ("value_error", "assertion_error")
"""Faults whose words are this project's own, and name the value where that helps."""


@dataclass(frozen=True, slots=True)
class Option:
    """An option of the command line: how it is spelt, and the setting and value that it stands for."""

    spelling: str
    place: Place
    value: Any
    given: bool


@dataclass(frozen=True, slots=True)
class Change:
    """A --set: its words as they may be shown, the setting and the value."""

    words: str
    place: Place
    value: Any


@dataclass
class GivenSettings(Generic[Parameters]):
    """What a command was given, layer by layer, as the parameters of its flow.

    Attributes:
        options: those of the command, given or not.
        changes: as they were typed.
        within: the setting below which a change's name is looked up where the parameters have none of that name.
        spread: sets what an option says of many settings, in the values given it; it asks the function given it
            whether a --set has decided on a place.
    """

    model: type[Parameters]
    options: Sequence[Option]
    config: ConfigFile | None = None
    changes: Sequence[str] = ()
    within: str | None = None
    spread: Spread | None = None
    _decided: list[Change] = field(default_factory=list, init=False)

    def parameters(self) -> Parameters:
        """Return the parameters.

        Raises:
                BadParameter: the first thing that is wrong: where it was given, and why.
        """
        values = self._with_config(defaults_of(self.model))
        for option in self.options:
            if option.given:
                self._check_known(option.place, option.spelling)
                assign(values, option.place, option.value)
        self._decided = [self._change(words) for words in self.changes]
        for change in self._decided:
            try:
                assign(values, change.place, change.value)
            except UnknownSettingError as error:
                raise typer.BadParameter(f"{change.words!r}: {error}", param_hint="--set") from error
        parameters = self._validated(values)
        if self.spread is None:
            return parameters
        self.spread(values, self._is_decided)
        return self._validated(values)

    def fault(self, error: SettingError) -> typer.BadParameter:
        """Return what a check found, in the words of what was given."""
        return self._worded(split_path(error.setting), str(error))

    def _validated(self, values: Values) -> Parameters:
        try:
            return self.model.model_validate(values)
        except ValidationError as error:
            raise self._refusal(error) from error

    def _with_config(self, values: Values) -> Values:
        if self.config is None:
            return values
        unknown = schema_of(self.model).unknown(self.config.values)
        if unknown is not None:
            place, problem = unknown
            raise typer.BadParameter(f"{self.config.place(place)}: {problem}", param_hint="--config")
        return merge(values, self.config.values)

    def _check_known(self, place: Place, spelling: str) -> None:
        try:
            schema_of(self.model).at(place)
        except UnknownSettingError as error:
            title = self.model.model_config.get("title", self.model.__name__)
            raise typer.BadParameter(f"{title} has no setting {dotted(place)}", param_hint=spelling) from error

    def _change(self, words: str) -> Change:
        name, equals, text = words.partition("=")
        words = mask(in_one_line(words, LONGEST_VALUE))
        if not (name and equals):
            raise typer.BadParameter(f"{words!r}: expected NAME=VALUE, such as root=data", param_hint="--set")
        schema = schema_of(self.model)
        try:
            place = schema.find(split_path(name.strip()), split_path(self.within) if self.within else ())
            value = value_of(text, schema.at(place))
        except UnknownSettingError as error:
            raise typer.BadParameter(f"{words!r}: {error}", param_hint="--set") from error
        unknown = schema.unknown(value, place)
        if unknown is not None:
            raise typer.BadParameter(f"{words!r}: {unknown[1]}", param_hint="--set")
        return Change(words, place, value)

    def _is_decided(self, place: Place) -> bool:
        return any(_holds(place, change) for change in self._decided)

    def _refusal(self, error: ValidationError) -> typer.BadParameter:
        first = error.errors()[0]
        place, problem = first["loc"], first["msg"].removeprefix("Value error, ")
        if first["type"] == "missing":
            return self._worded(place, "it is missing, and has to be given")
        shown = first["input"]
        if first["type"] not in OURS and isinstance(shown, str | int | float | bool | None):
            problem += f", got {mask(in_one_line(repr(shown), LONGEST_VALUE))}"
        return self._worded(place, problem)

    def _worded(self, place: Place, problem: str) -> typer.BadParameter:
        """Return a fault with where its setting was given: by a --set, an option, the file, or nowhere."""
        for change in reversed(self._decided):
            if _begins(place, change.place) or (place and _begins(change.place, place)):
                return typer.BadParameter(f"{change.words!r}: {problem}", param_hint="--set")
        options = [option for option in self.options if _begins(place, option.place)]
        for option in options:
            if option.given:
                return typer.BadParameter(problem, param_hint=option.spelling)
        line = None if self.config is None else self.config.place(place)
        if line is not None:
            return typer.BadParameter(f"{line}: {dotted(place)}: {problem}", param_hint="--config")
        if options:
            return typer.BadParameter(problem, param_hint=options[0].spelling)
        return typer.BadParameter(f"{dotted(place)}: {problem}" if place else problem)


def _begins(place: Place, start: Place) -> bool:
    return place[: len(start)] == start


def _holds(place: Place, change: Change) -> bool:
    """Return whether a change says what stands at a place."""
    if not _begins(place, change.place):
        return False
    value = change.value
    for part in place[len(change.place) :]:
        inner = dict(enumerate(value)) if isinstance(value, list) else value
        if not isinstance(inner, Mapping) or part not in inner:
            return False
        value = inner[part]
    return True
