"""Parameters are stored and shown: none of them takes an address with a password in it."""

import json

import pytest
from prefect.utilities.callables import parameter_schema
from prefect.utilities.schema_tools import validate
from pydantic import ValidationError
from typer.testing import CliRunner

from deployments.cli.app import app
from flows.annotate import annotate
from flows.distill import distill
from flows.evaluate import evaluate
from flows.evaluation_parameters import Evaluation
from flows.extract import extract
from flows.extraction_parameters import Annotation, Extraction
from flows.harvest import harvest
from flows.parameters import Distillation, Harvesting
from flows.tune import TRAININGS
from flows.tuning_parameters import FORMS

FLOWS = {
    harvest: (Harvesting, {}),
    distill: (Distillation, {}),
    extract: (Extraction, {}),
    annotate: (Annotation, {"student": "s"}),
    evaluate: (Evaluation, {"files": ["f"]}),
    **{flow: (FORMS[kind], {"source": ["d"]}) for kind, flow in TRAININGS.items()},
}
ADDRESS = "https://me:pa55word@host/pubmed"
SERVED = {"language_model": {"url": ADDRESS}}
FIELDS = [
    *[(flow, {"root": ADDRESS}) for flow in FLOWS],
    *[(flow, {"source": [f"baseline:{ADDRESS}"]}) for flow in (harvest, distill, extract, annotate)],
    (distill, {"answerer": SERVED}),
    (distill, {"evaluator": SERVED}),
    (extract, {"teacher": SERVED}),
    (evaluate, {"model": SERVED}),
    (evaluate, {"compare_with": SERVED}),
    *[(flow, SERVED) for flow in TRAININGS.values()],
]


@pytest.mark.parametrize(("flow", "field"), FIELDS, ids=lambda value: getattr(value, "name", "") or next(iter(value)))
def test_a_password_in_a_parameter_is_refused_and_not_shown(flow, field):
    model, needed = FLOWS[flow]
    with pytest.raises(ValidationError, match="leave them out") as refused:
        model(**{**needed, **field})
    assert "pa55" not in str(refused.value)


@pytest.mark.parametrize(("flow", "field"), FIELDS, ids=lambda value: getattr(value, "name", "") or next(iter(value)))
def test_prefects_server_refuses_it_by_the_schema_before_it_is_stored(flow, field):
    _, needed = FLOWS[flow]
    schema = parameter_schema(flow).model_dump()

    def mistakes(values: dict) -> list:
        return validate({"parameters": {**needed, **values}}, schema, raise_on_error=False, ignore_required=True)

    assert mistakes(field)
    assert mistakes(json.loads(json.dumps(field).replace("me:pa55word@", ""))) == []


@pytest.mark.parametrize("options", [
    ["distill", "--generator-url", ADDRESS],
    ["distill", "--source", f"baseline:{ADDRESS}"],
    ["distill", "--root", ADDRESS],
    ["distill", "--evaluator", ADDRESS],
    ["distill", "--set", f"answerer.language_model.url={ADDRESS}"],
    ["extract", "--url", ADDRESS],
])  # fmt: skip
def test_the_command_line_refuses_it_and_does_not_show_it(options):
    refused = CliRunner().invoke(app, options, env={"COLUMNS": "200"})
    assert refused.exit_code == 2
    assert "leave them out" in refused.output
    assert "pa55" not in refused.output


def test_an_address_without_a_password_is_taken_as_it_is():
    source = "baseline:https://host:8080/a@b"
    assert Distillation(source=[source]).source == [source]
