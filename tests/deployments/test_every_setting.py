"""Every setting of every flow is had from the command line: the schema of its parameters is walked, no list is kept."""

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from deployments.cli.config_file import as_yaml, read_config
from deployments.cli.given_settings import GivenSettings
from deployments.cli.setting_path import Place, Schema, assign, defaults_of, dotted, schema_of
from flows.evaluation_parameters import Evaluation
from flows.extraction_parameters import Annotation, Extraction
from flows.flow_parameters import FlowParameters
from flows.parameters import Distillation, Harvesting
from flows.tuning_parameters import FORMS

SEARCH = {"source": ["pubmed"], "branch": "Neoplasms"}
# What each flow has to be given, and beside what every setting of it may stand.
NEEDED: dict[type[FlowParameters], dict[str, Any]] = {
    Distillation: SEARCH,
    Harvesting: SEARCH,
    Extraction: SEARCH,
    Annotation: {**SEARCH, "student": "students/a"},
    Evaluation: {"files": ["ori_pqal.json"]},
    **{form: {"source": ["datasets/a"]} for form in FORMS.values()},
}
# What a setting may need beside it: an address, an adapter that others were merged before, the rest of a prompt.
BESIDE: list[dict[str, Any]] = [
    {},
    {"url": "http://127.0.0.1:9"},
    {"adapter": "adapters/a"},
    {"prompt_price": 7.5, "completion_price": 7.5},
    {"template": "{evidence} {question}"},
    {"template": "{evidence} {question}", "fields": {"evidence": "a", "question": "b"}, "reply": "c"},
    {"template": "{evidence} {question}", "reply": "c", "evidence": "a", "question": "b"},
]
WORDS = [
    "words",
    "pubmed",
    "sample",
    "eng",
    "Review",
    "therapy",
    "2024-11-01",
    "http://127.0.0.1:9",
    "C04.588",
    "cpu",
    "env:NAME",
    "vllm",
    "{title} {abstract}",
    "{evidence} {question}",
]
NUMBERS = [3, 0.25, 2, 0.5, 1, 40, 400, 4000, 40_000]


def leaves(schema: Schema, nodes: list[Mapping[str, Any]], place: Place = ()) -> Iterator[tuple[Place, list]]:
    """Yield every setting that holds no other, with what may stand there; of lists of objects the first entry's."""
    within = dict.fromkeys(name for node in nodes for name in node.get("properties", ()))
    entries = [each for each in schema.below(nodes, 0) if each.get("properties")] if place else []
    if within:
        for name in within:
            yield from leaves(schema, schema.below(nodes, name), (*place, name))
    elif entries:
        yield from leaves(schema, entries, (*place, 0))
    elif any(node.get("type") == "object" for node in nodes):
        yield (*place, "some-name"), schema.below(nodes, "some-name")
    else:
        yield place, nodes


def candidates(schema: Schema, nodes: list[Mapping[str, Any]]) -> Iterator[Any]:
    for node in nodes:
        kind = node.get("type")
        if "enum" in node:
            yield from node["enum"]
        elif kind == "boolean":
            yield from (True, False)
        elif kind in ("integer", "number"):
            yield from NUMBERS
        elif kind == "array":
            entries = list(candidates(schema, schema.below([node], 0)))
            yield from ([each] for each in entries)
            yield from ([*each] for each in pairwise(entries))
        elif kind != "null":
            yield from WORDS


def at(values: Any, place: Place, otherwise: Any = None) -> Any:
    for part in place:
        if isinstance(values, dict) and part not in values:
            return otherwise
        values = values[part]
    return values


def taken(model: type[FlowParameters], **layers: Any) -> Any:
    try:
        return GivenSettings(model, (), **layers).parameters().model_dump(mode="json")
    except typer.BadParameter:
        return None


def in_file(model: type[FlowParameters], changes: dict[Place, Any], folder: Path) -> Any:
    """Return what a file with these settings alone makes; lists stand in it whole."""
    values = deepcopy(NEEDED[model])
    for place, value in changes.items():
        for end, part in enumerate(place):
            if isinstance(part, int) and at(values, place[:end], {}) == {}:
                assign(values, place[:end], deepcopy(at(defaults_of(model), place[:end])))
        assign(values, place, value)
    path = folder / "settings.yaml"
    path.write_text(yaml.safe_dump(values))
    return taken(model, config=read_config(path))


SETTINGS = [
    pytest.param(model, place, nodes, id=f"{model.__name__} {dotted(place)}")
    for model in NEEDED
    for place, nodes in leaves(schema_of(model), list(schema_of(model).top))
]


def test_there_are_many():
    assert len(SETTINGS) > 200


@pytest.mark.parametrize(("model", "place", "nodes"), SETTINGS)
def test_it_is_set_from_the_command_line_and_from_a_file(model, place, nodes, tmp_path):
    schema = schema_of(model)
    needed = [f"{name}={json.dumps(value)}" for name, value in NEEDED[model].items() if name != place[0]]
    before = taken(model, changes=[f"{name}={json.dumps(value)}" for name, value in NEEDED[model].items()])
    for beside in BESIDE:
        others = {
            (*above, name): value
            for above in (place[:end] for end in range(1, len(place)))
            for name, value in beside.items()
            if name not in place and any(name in node.get("properties", ()) for node in schema.at(above))
        }
        for value in candidates(schema, nodes):
            changes = {**others, place: value}
            words = [f"{dotted(each)}={json.dumps(wished)}" for each, wished in changes.items()]
            found = taken(model, changes=[*needed, *words])
            if found is None or found == before:
                continue
            assert at(found, place) == value
            assert at(in_file(model, changes, tmp_path), place) == value
            return
    pytest.fail(f"no value of {dotted(place)} is taken: extend BESIDE, WORDS or NUMBERS")


@pytest.mark.parametrize("model", NEEDED, ids=lambda model: model.__name__)
def test_defaults_are_what_nothing_makes(model):
    values = {**defaults_of(model), **NEEDED[model]}
    assert model.model_validate(values) == model(**NEEDED[model])
    assert values.keys() - NEEDED[model].keys() <= model.model_fields.keys()


@pytest.mark.parametrize("model", NEEDED, ids=lambda model: model.__name__)
def test_what_is_printed_is_read_back_and_says_what_each_setting_is(model, tmp_path):
    parameters = model(**NEEDED[model])
    path = tmp_path / "settings.yaml"
    path.write_text(as_yaml(parameters, "a heading"))
    assert GivenSettings(model, (), config=read_config(path)).parameters() == parameters
    root = path.read_text().splitlines().index("root: null")
    assert path.read_text().splitlines()[root - 1].startswith("# Root. Folder of the tables.")
