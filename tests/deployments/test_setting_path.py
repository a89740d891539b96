from datetime import date
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict

from deployments.cli.setting_path import (
    UnknownSettingError,
    assign,
    defaults_of,
    merge,
    schema_of,
    split_path,
    value_of,
)


class Sampling(BaseModel):
    model_config = ConfigDict(extra="forbid")

    temperature: float = 0.0
    seed: int | None = None
    stop: tuple[str, ...] = ()


class Entry(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    sampling: Sampling = Sampling()


WARM = Sampling(temperature=0.7)


class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid")

    needed: str
    warm: Sampling = WARM
    entries: tuple[Entry, ...] = (Entry(name="a"), Entry(name="b", sampling=WARM))
    second: Sampling | None = None
    headers: dict[str, str] = {}
    body: dict[str, Any] = {}
    numbers: list[int] = []
    day: date | None = None


def changed(name: str, text: str) -> Settings:
    values, place = {**defaults_of(Settings), "needed": "it"}, split_path(name)
    assign(values, place, value_of(text, schema_of(Settings).at(place)))
    return Settings.model_validate(values)


def test_one_change_leaves_everything_else_as_it_is():
    assert changed("warm.seed", "3").warm == Sampling(temperature=0.7, seed=3)
    entries = changed("entries.1.sampling.seed", "3").entries
    assert entries == (Entry(name="a"), Entry(name="b", sampling=Sampling(temperature=0.7, seed=3)))
    assert changed("second.temperature", "0.5").second == Sampling(temperature=0.5)


def test_what_was_not_given_is_told_from_what_was():
    assert changed("warm.seed", "3").warm.model_fields_set == {"temperature", "seed"}
    assert changed("entries.0.sampling.seed", "3").entries[0].sampling.model_fields_set == {"seed"}


def test_one_more_entry_is_a_new_one():
    assert changed("entries.2.name", "c").entries[2] == Entry(name="c")
    assert changed("numbers.0", "7").numbers == [7]
    with pytest.raises(UnknownSettingError, match="entries has 2 entries, counted from 0, and no 3"):
        changed("entries.3.name", "c")


def test_names_of_free_objects_are_free():
    assert changed("headers.OpenAI-Organization", "1").headers == {"OpenAI-Organization": "1"}
    assert changed("body.options.thinking", "false").body == {"options": {"thinking": False}}


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("needed", "2024", "2024"),
        ("needed", "null", "null"),
        ("needed", '"2024"', "2024"),
        ("needed", "a: b", "a: b"),
        ("needed", "2024-11-01", "2024-11-01"),
        ("needed", "", ""),
        ("day", "2024-13-45", "2024-13-45"),
        ("day", "null", None),
        ("warm.seed", "3", 3),
        ("warm.temperature", "true", True),  # refused by the model, as in a file
        ("numbers", "[1, 2]", [1, 2]),
        ("second", "{seed: 1}", {"seed": 1}),
        ("body.any", "1e-3", 0.001),
    ],
)
def test_a_text_is_read_as_what_fits(name, text, value):
    assert value_of(text, schema_of(Settings).at(split_path(name))) == value


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("warn.seed", "there is no setting 'warn'; did you mean warm?"),
        ("warm.sead", "there is no setting 'sead' below warm; did you mean seed?"),
        ("entries.0.xyz", "there is no setting 'xyz' below entries.0; there are name, sampling"),
        ("needed.x", "needed is one value; there is no 'x' in it"),
        ("numbers.x", "numbers is a list, whose entries are counted from 0; there is no 'x' in it"),
    ],
)
def test_an_unknown_name_is_told_with_those_that_come_near(name, told):
    with pytest.raises(UnknownSettingError) as refused:
        schema_of(Settings).at(split_path(name))
    assert str(refused.value) == told


def test_unknown_names_within_values_are_found():
    schema = schema_of(Settings)
    assert schema.unknown({"warm": {"seed": 1}, "body": {"any": {"thing": 1}}, "entries": [{"name": "a"}]}) is None
    place, told = schema.unknown({"entries": [{"name": "a"}, {"nam": "b"}]}) or ((), "")
    assert place == ("entries", 1, "nam")
    assert told == "there is no setting 'nam' below entries.1; did you mean name?"
    assert schema.unknown({"warm": [1]}) is None  # of another kind: the model says so


def test_objects_are_merged_and_lists_replaced():
    below = {"a": {"b": 1, "c": [1, 2]}, "d": None}
    assert merge(below, {"a": {"c": [3]}, "d": {"e": 1}}) == {"a": {"b": 1, "c": [3]}, "d": {"e": 1}}
    assert below == {"a": {"b": 1, "c": [1, 2]}, "d": None}
