"""Settings by name: which there are below the parameters of a flow, what stands there, and setting one of them.

Names are looked up in the JSON schema of the parameters, from which the form in the Prefect UI is drawn, too: so every
setting of every flow has a name here, whatever its model, without being listed anywhere.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from functools import lru_cache
from typing import Any

import yaml
from pydantic import BaseModel

Place = tuple[str | int, ...]
Values = dict[str, Any]
NEAR, LISTED = 3, 12
JSON_TYPES = {
    "null": type(None), "boolean": bool, "integer": int, "number": (int, float), "string": str, "array": list,
    "object": dict,
}  # fmt: skip


class UnknownSettingError(ValueError):
    """There is no setting of this name; the message suggests the nearest."""


class Schema:
    """The JSON schema of a flow's parameters, walked by names and places in lists."""

    def __init__(self, model: type[BaseModel]) -> None:
        self._whole = model.model_json_schema()
        self.top = self._alternatives(self._whole)

    def below(self, nodes: Sequence[Mapping[str, Any]], part: str | int) -> list[Mapping[str, Any]]:
        """Return what may stand under a name, or at a place of a list; nothing where there is no such setting."""
        found: list[Mapping[str, Any]] = []
        for node in nodes:
            place = str(part).isdecimal() and node.get("type") == "array"
            if not node:
                found.append(node)  # anything may stand here, and so below
            elif part in node.get("properties", {}):
                found += self._alternatives(node["properties"][part])
            elif place:
                fixed = node.get("prefixItems", [])
                here = fixed[int(part)] if int(part) < len(fixed) else node.get("items", {})
                found += self._alternatives(here)
            elif node.get("type") == "object" and "properties" not in node:
                others = node.get("additionalProperties", {})
                found += self._alternatives(others if isinstance(others, dict) else {})
        return found

    def at(self, path: Place) -> list[Mapping[str, Any]]:
        """Return what may stand at a path.

        Raises:
            UnknownSettingError: there is no such setting.
        """
        nodes: list[Mapping[str, Any]] = self.top
        for place, part in enumerate(path):
            deeper = self.below(nodes, part)
            if not deeper:
                raise UnknownSettingError(_unknown(part, path[:place], self._names(nodes), nodes))
            nodes = deeper
        return nodes

    def find(self, path: Place, within: Place = ()) -> Place:
        """Return a path of a setting: itself, or below ``within`` where the parameters have none of its first name.

        Raises:
            UnknownSettingError: there is no such setting.
        """
        if within and not self.below(self.top, path[0]):
            inner = self.at(within)
            if not self.below(inner, path[0]):
                names = [*self._names(inner), *self._names(self.top)]
                raise UnknownSettingError(_unknown(path[0], (), names, inner))
            path = (*within, *path)
        self.at(path)
        return path

    def unknown(self, values: object, path: Place = ()) -> tuple[Place, str] | None:
        """Return the first name in nested values that is none of a setting, and what is wrong with it."""
        if isinstance(values, dict):
            inner: Iterable[tuple[str | int, Any]] = values.items()
        elif isinstance(values, list):
            inner = enumerate(values)
        else:
            return None
        if not any(
            node.get("type") in (None, "array" if isinstance(values, list) else "object") for node in self.at(path)
        ):
            return None  # of another kind than the setting, which its model says better
        for name, value in inner:
            try:
                self.at((*path, name))
            except UnknownSettingError as error:
                return (*path, name), str(error)
            deeper = self.unknown(value, (*path, name))
            if deeper is not None:
                return deeper
        return None

    def _alternatives(self, node: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """Return what a node of the schema allows, each without references and unions."""
        if "$ref" in node:
            return self._alternatives(self._whole["$defs"][node["$ref"].rpartition("/")[2]])
        inner = [each for kind in ("anyOf", "oneOf", "allOf") for each in node.get(kind, ())]
        return [one for each in inner for one in self._alternatives(each)] if inner else [node]

    @staticmethod
    def _names(nodes: Iterable[Mapping[str, Any]]) -> list[str]:
        return list(dict.fromkeys(name for node in nodes for name in node.get("properties", ())))


@lru_cache
def schema_of(model: type[BaseModel]) -> Schema:
    """Return the schema of a flow's parameters."""
    return Schema(model)


def defaults_of(model: type[BaseModel]) -> Values:
    """Return what parameters begin with, as values: lists with what stands in them, objects with what differs in them.

    A setting that has its model's own default is left out: so a model can tell what was given from what was not, and
    ``generators.0.sampling.seed`` finds a first generator.
    """
    given: Values = _given(model.model_construct())
    return given


def split_path(name: str) -> Place:
    """Return the parts of a name such as ``generators.0.sampling.temperature``."""
    return tuple(int(part) if part.isdecimal() else part for part in name.split("."))


def assign(values: Values, path: Place, value: object) -> None:
    """Set a value at a path, in place; objects on the way are made where there are none.

    Raises:
        UnknownSettingError: a list on the way has no such place; one more than it has is a new one.
    """
    holder: Any = values
    for place, part in enumerate(path):
        last = place == len(path) - 1
        deeper: Any = value if last else [] if isinstance(path[place + 1], int) else {}
        if isinstance(holder, list):
            if not isinstance(part, int) or part > len(holder):
                raise UnknownSettingError(
                    f"{dotted(path[:place])} has {len(holder)} entries, counted from 0, and no {part!r}"
                )
            if part == len(holder):
                holder.append(deeper)
            elif last or not isinstance(holder[part], dict | list):
                holder[part] = deeper
        elif last or not isinstance(holder.get(part), dict | list):
            holder[part] = deeper
        holder = holder[part]


def merge(below: Values, above: Mapping[str, Any]) -> Values:
    """Return values with others over them: objects are merged name by name, all else replaces what stood there."""
    merged = dict(below)
    for name, value in above.items():
        known = merged.get(name)
        merged[name] = merge(known, value) if isinstance(known, dict) and isinstance(value, dict) else value
    return merged


def value_of(text: str, nodes: Sequence[Mapping[str, Any]]) -> Any:  # noqa: ANN401 - any YAML value
    """Return what a text means at a place of the schema: YAML or JSON, or the text itself where that is what fits."""
    try:
        value = json.loads(text)
    except ValueError:
        try:
            value = yaml.safe_load(text)
        except (yaml.YAMLError, ValueError):  # ValueError: a date that is none
            return text
    return text if not _fits(value, nodes) and _fits(text, nodes) else value


def dotted(path: Place) -> str:
    """Return a path as it is written."""
    return ".".join(map(str, path))


def _fits(value: object, nodes: Sequence[Mapping[str, Any]]) -> bool:
    for node in nodes:
        kinds = JSON_TYPES.get(node.get("type", ""), object)
        if isinstance(value, kinds) and not (isinstance(value, bool) and kinds not in (bool, object)):  # type: ignore[arg-type]
            return True
    return False


def _given(value: Any) -> Any:  # noqa: ANN401 - any value of a field
    if isinstance(value, BaseModel):
        inner = {name: _given(each) for name, each in value.__dict__.items()}
        given = value.model_fields_set
        return {name: each for name, each in inner.items() if name in given or (isinstance(each, dict | list) and each)}
    if isinstance(value, list | tuple):
        return [_given(each) for each in value]
    return dict(value) if isinstance(value, dict) else value


def _unknown(part: str | int, above: Place, known: Sequence[str], nodes: Sequence[Mapping[str, Any]]) -> str:
    """Return what took a setting's place where its model says so (``removed``), else that there is none."""
    where = f" below {dotted(above)}" if above else ""
    removed = next((node["removed"][part] for node in nodes if part in node.get("removed", {})), None)
    if removed is not None:
        return str(removed)
    if not known:
        lists = any(node.get("type") == "array" for node in nodes)
        kind = "a list, whose entries are counted from 0" if lists else "one value"
        return f"{dotted(above)} is {kind}; there is no {part!r} in it"
    near = get_close_matches(str(part), known, NEAR)
    if near:
        return f"there is no setting {str(part)!r}{where}; did you mean {' or '.join(near)}?"
    more = f" and {len(known) - LISTED} more (--print-config)" if len(known) > LISTED else ""
    return f"there is no setting {str(part)!r}{where}; there are {', '.join(known[:LISTED])}{more}"
