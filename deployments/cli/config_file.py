"""Settings in a YAML file: read with the lines that they stand on, and written with what they are about."""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel

from deployments.cli.setting_path import Place, Schema, Values, schema_of
from tasks.errors import DistilleryError
from tasks.text_files import read_text
from tasks.visible import in_one_line

COMMENT_WIDTH = 110
LONGEST_WORDS = 200
EXPECTED = "a YAML file of settings, such as --print-config prints"


class ConfigFileError(DistilleryError):
    """A file of settings can not be read; the message names it and the line."""


@dataclass(frozen=True)
class ConfigFile:
    """The settings that a file names, and where."""

    path: Path
    values: Values
    _node: yaml.MappingNode

    def place(self, path: Place) -> str | None:
        """Return file and line of a setting; None where the file does not name it or anything that holds it."""
        node: yaml.Node | None = self._node
        line = None
        for part in path:
            if isinstance(node, yaml.MappingNode):
                named = {key.value: (key, value) for key, value in node.value}
                key, node = named.get(str(part), (None, None))
            elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
                key = node = node.value[part]
            else:
                break
            if key is None:
                break
            line = key.start_mark.line + 1
        return None if line is None else f"{self.path}, line {line}"


def read_config(path: Path) -> ConfigFile:
    """Return the settings in a YAML file. Only plain data is read from it: no tag makes anything else.

    Raises:
        ConfigFileError: it can not be read, is no YAML, names a setting twice, or holds something else than settings.
    """
    text = read_text(path, ConfigFileError, EXPECTED)
    try:
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        if not isinstance(node, yaml.MappingNode) or not node.value:
            raise ConfigFileError(f"{path} holds no settings; expected {EXPECTED}")
        _check_once(node, path, {})
        values = loader.construct_document(node)
    except yaml.YAMLError as error:
        raise ConfigFileError(_said(path, error)) from error
    except (RecursionError, ValueError) as error:  # ValueError: a date or number that is none
        nested = isinstance(error, RecursionError)
        reason = "it is nested too deeply" if nested else in_one_line(str(error), LONGEST_WORDS)
        raise ConfigFileError(f"{path} can not be read ({reason}); expected {EXPECTED}") from error
    return ConfigFile(path, values, node)


def as_yaml(parameters: BaseModel, heading: str) -> str:
    """Return parameters as a YAML file that ``read_config`` takes, each setting under what it is about."""
    schema = schema_of(type(parameters))
    lines = [f"# {heading}", *_lines(schema, schema.top, parameters.model_dump(mode="json"), True)]
    return "\n".join(lines) + "\n"


def _lines(
    schema: Schema, nodes: Sequence[Mapping[str, Any]], values: Mapping[str, Any], explained: bool
) -> Iterator[str]:
    for name, value in values.items():
        if explained:
            yield from _comment(nodes, name)
        inner = schema.below(nodes, name)
        if isinstance(value, dict) and value:
            yield f"{_plain(name)}:"
            yield from (f"  {line}" for line in _lines(schema, inner, value, explained))
        elif isinstance(value, list) and value and all(isinstance(each, dict) and each for each in value):
            yield f"{_plain(name)}:"
            for place, each in enumerate(value):
                first, *others = _lines(schema, schema.below(inner, place), each, False)
                yield f"- {first}"
                yield from (f"  {line}" for line in others)
        else:
            yield from _plain({name: value}).splitlines()


def _comment(nodes: Sequence[Mapping[str, Any]], name: str) -> Iterator[str]:
    for node in nodes:
        about = node.get("properties", {}).get(name, {})
        words = [about[kind].rstrip(".") for kind in ("title", "description") if about.get(kind)]
        if words:
            wrapped = textwrap.wrap(". ".join(words) + ".", COMMENT_WIDTH, break_on_hyphens=False)
            yield from (f"# {line}" for line in wrapped)
            return


class _Dumper(yaml.SafeDumper):
    """Writes text of several lines as such."""

    def represent_text(self, text: str) -> yaml.Node:
        """Return a text as it is written."""
        return self.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _Dumper.represent_text)


def _plain(value: object) -> str:
    written = str(yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=COMMENT_WIDTH))
    return written.removesuffix("\n...\n").removesuffix("\n")


def _check_once(node: yaml.Node, path: Path, open_nodes: dict[int, bool]) -> None:
    """Refuse a name that stands twice in one object (YAML would take the last), and what holds itself.

    Args:
        open_nodes: whether those that were met are still being looked through.
    """
    if open_nodes.get(id(node)):
        raise ConfigFileError(f"{path}, line {node.start_mark.line + 1}: this holds itself; write it out")
    if id(node) in open_nodes or not isinstance(node, yaml.CollectionNode):
        return
    open_nodes[id(node)] = True
    inner = node.value
    if isinstance(node, yaml.MappingNode):
        names: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in names:
                line = key.start_mark.line + 1
                raise ConfigFileError(f"{path}, line {line}: {key.value} stands here a second time; keep one of them")
            names.add(str(key.value))
        inner = [value for _, value in node.value]
    for each in inner:
        _check_once(each, path, open_nodes)
    open_nodes[id(node)] = False


def _said(path: Path, error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    line = f", line {mark.line + 1}" if mark else ""
    problem = in_one_line(getattr(error, "problem", None) or str(error), LONGEST_WORDS)
    return f"{path}{line}: this is no YAML ({problem}); expected {EXPECTED}"
