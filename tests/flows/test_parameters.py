import pytest
import typer
from pydantic import ValidationError
from upath import UPath

from deployments.cli.preflight import checked_distillation, evaluator_fields
from flows.parameters import Distillation
from tasks.questions.generator import default_generators
from tasks.questions.named_generators import save_generator
from tasks.serving.endpoint import EndpointError
from tasks.serving.model import LanguageModel, ModelFolderError
from tests.fake_llm import MODEL, FakeLlm

OPTIONS = {"branch": "C04", "articles": 3, "source": ["sample"], "seed": 1, "root": None}


def test_every_field_of_the_form_has_a_title():
    schema = Distillation.model_json_schema()
    for definition in (schema, *schema["$defs"].values()):
        for name, field in definition.get("properties", {}).items():
            assert field.get("title") or "$ref" in field, name


def test_defaults_survive_the_form():
    assert Distillation.model_validate(Distillation().model_dump(mode="json")) == Distillation()


def test_mistakes_are_named():
    with pytest.raises(ValidationError, match="generators need different names, got researcher, researcher"):
        Distillation(generators=[default_generators()[0]] * 2)
    with pytest.raises(ValidationError, match="articles"):
        Distillation(articles=0)
    with pytest.raises(ValidationError, match="Extra inputs"):
        Distillation(artikles=3)


def test_servers_are_taken_in_turn(llm):
    with FakeLlm() as other:
        parameters = checked_distillation(OPTIONS, [llm.url, other.url])
        assert [generator.language_model.url for generator in parameters.generators] == [llm.url, other.url]
    assert parameters.answerer.language_model.url == llm.url


def test_generators_are_had_by_name_and_asked_several_times(llm, tmp_path):
    saved = default_generators()[1].model_copy(update={"name": "mine"})
    save_generator(UPath(tmp_path), saved)
    options = OPTIONS | {"root": str(tmp_path)}
    parameters = checked_distillation(options, [llm.url], ["mine"], questions=3)
    draws = parameters.resolved().generators
    assert [(draw.name, draw.sampling.temperature) for draw in draws] == [(f"mine.{n}", 0.9) for n in (1, 2, 3)]
    assert parameters.resolved().resolved() == parameters.resolved()
    with pytest.raises(typer.BadParameter, match="no generator 'yours'"):
        checked_distillation(options, [], ["yours"])
    form = Distillation(root=str(tmp_path), named_generators=["mine"], questions=2, temperature=0.4).resolved()
    assert [(each.name, each.sampling.temperature) for each in form.generators] == [("mine.1", 0.4), ("mine.2", 0.4)]


def test_a_trained_generator_is_not_asked_at_a_url(llm, tmp_path):
    tuned = default_generators()[0].model_copy(
        update={"name": "tuned", "language_model": LanguageModel(adapter=str(tmp_path))}
    )
    save_generator(UPath(tmp_path), tuned)
    options = OPTIONS | {"root": str(tmp_path)}
    with pytest.raises(typer.BadParameter, match="tuned is a trained adapter, which a server would not know"):
        checked_distillation(options, [llm.url], ["tuned"])
    with pytest.raises(ModelFolderError, match=r"holds no \.safetensors file"):  # the adapter was deleted
        checked_distillation(options, [], ["tuned"])


def test_an_evaluator_is_alone_on_its_server(llm, tmp_path):
    assert evaluator_fields(llm.url) == {"url": llm.url}
    with pytest.raises(typer.BadParameter, match="is not a PEFT adapter"):
        evaluator_fields(str(tmp_path))
    with FakeLlm() as other:
        other.models = ["base", "evaluator"]
        with pytest.raises(typer.BadParameter, match="serves base, evaluator; start a server of the evaluator alone"):
            evaluator_fields(other.url)


def test_models_are_named_as_their_servers_name_them(llm):
    parameters = checked_distillation(OPTIONS, [llm.url]).resolved()
    assert {generator.language_model.model for generator in parameters.generators} == {MODEL}
    assert parameters.model_names() == [f"{MODEL}@main"]


def test_a_cluster_needs_servers(monkeypatch):
    monkeypatch.setenv("DISTILLERY_DASK", "tcp://127.0.0.1:8786")
    with pytest.raises(EndpointError, match="batches on a cluster start no vLLM"):
        Distillation().resolved()
