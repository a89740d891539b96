import json

import pytest
from prefect.types.entrypoint import EntrypointType
from pydantic import ValidationError

from flows import tune
from flows.tuning_parameters import FORMS, GeneratorDpoTuning, GeneratorSftTuning, TargetCptTuning, training_of
from tasks.tuning.settings import GeneratorDpo, GeneratorSft, TargetCpt

KINDS = ["generator-sft", "generator-dpo", "evaluator-sft", "target-cpt", "target-sft"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_deployment_with_a_form_of_its_own(kind):
    flow = tune.TRAININGS[kind]
    deployment = flow.to_deployment(name=kind, entrypoint_type=EntrypointType.MODULE_PATH)
    name = kind.replace("-", "_")
    assert (flow.name, deployment.name, deployment.entrypoint) == ("tune", kind, f"flows.tune.{name}")
    assert getattr(tune, name) is flow
    schema = deployment._parameter_openapi_schema.model_dump()
    assert "oneOf" not in json.dumps(schema)  # the form does not draw unions
    definitions = schema["definitions"]
    form, settings = definitions[FORMS[kind].__name__], definitions[f"{FORMS[kind].kind.__name__}Changes"]
    assert list(form["properties"])[:3] == ["source", "language_model", "preset"]
    assert list(form["properties"])[-1] == "settings"
    assert set(settings["properties"]) == set(FORMS[kind].kind.model_fields) - {"kind"}


def test_a_form_that_says_nothing_but_the_source_goes_by_the_hardware_of_the_worker(monkeypatch):
    parameters = GeneratorDpoTuning(source=["dataset"])
    for gpu, expected in ((False, GeneratorDpo.cpu()), (True, GeneratorDpo())):
        monkeypatch.setattr("flows.tuning_parameters.has_gpu", lambda gpu=gpu: gpu)
        assert training_of(parameters) == expected
    assert training_of(GeneratorDpoTuning(source=["dataset"], preset="cpu")) == GeneratorDpo.cpu()


def test_changes_stand_in_the_place_of_the_presets_values():
    changes = {"epochs": 2, "lora": {"rank": 32, "alpha": None}, "seed": None}
    parameters = TargetCptTuning(source=["dataset"], preset="paper", settings=changes)
    plain = TargetCpt()
    lora = plain.lora.model_copy(update={"rank": 32})
    assert training_of(parameters) == plain.model_copy(update={"epochs": 2.0, "lora": lora})
    sent = TargetCptTuning.model_validate_json(parameters.model_dump_json())
    assert sent == parameters


def test_what_is_of_another_kind_is_refused():
    dpo = GeneratorDpo().model_dump(mode="json")
    with pytest.raises(ValidationError, match=r"settings\.kind"):
        GeneratorSftTuning(source=["golden.json"], settings=dpo)
    with pytest.raises(ValidationError, match=r"settings\.beta"):
        GeneratorSftTuning(source=["golden.json"], settings={"beta": 0.1})
    with pytest.raises(ValidationError, match="training"):
        GeneratorSftTuning(source=["golden.json"], training=dpo)
    with pytest.raises(ValidationError, match="save_as"):
        TargetCptTuning(source=["dataset"], save_as="mine")
    with pytest.raises(ValidationError, match="greater than 0"):
        TargetCptTuning(source=["dataset"], settings={"epochs": -1})


def test_an_empty_field_says_what_stands_without_it():
    fields = GeneratorSftTuning.model_json_schema()["$defs"]["GeneratorSftChanges"]["properties"]
    assert fields["epochs"]["description"] == "Empty: 6.0; with the preset cpu 2.0."
    assert fields["weight_decay"]["description"] == "Empty: 0.0."
    assert training_of(GeneratorSftTuning(source=["a"], preset="paper")) == GeneratorSft()


def test_the_parameters_choose_their_flow(monkeypatch):
    monkeypatch.setattr(tune, "TRAININGS", {kind: lambda _, kind=kind: {"kind": kind} for kind in KINDS})
    for kind, form in FORMS.items():
        assert tune.tune(form(source=["a"])) == {"kind": kind}
