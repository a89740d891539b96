import re

import pytest
from pydantic import ValidationError
from upath import UPath

from flows.evaluation_parameters import Evaluation
from flows.extraction_parameters import Extraction
from flows.parameters import Distillation
from flows.tuning_parameters import FORMS
from tasks.questions.generator import default_generators
from tasks.questions.named_generators import save_generator
from tests.fake_llm import MODEL


def test_every_field_of_the_form_has_a_title():
    schema = Distillation.model_json_schema()
    for definition in (schema, *schema["$defs"].values()):
        for name, field in definition.get("properties", {}).items():
            assert field.get("title") or "$ref" in field, name


@pytest.mark.parametrize("form", [Distillation, Extraction, Evaluation, *FORMS.values()])
def test_no_words_of_a_form_are_taken_for_html_and_left_out(form):
    schema = form.model_json_schema()
    for definition in (schema, *schema.get("$defs", {}).values()):
        for told in (definition, *definition.get("properties", {}).values()):
            assert "<" not in re.sub("`[^`]*`", "", told.get("description", ""))


def test_defaults_survive_the_form():
    assert Distillation.model_validate(Distillation().model_dump(mode="json")) == Distillation()


def test_mistakes_are_named():
    with pytest.raises(ValidationError, match="generators need different names, got researcher, researcher"):
        Distillation(generators=[default_generators()[0]] * 2)
    with pytest.raises(ValidationError, match="articles"):
        Distillation(articles=0)
    with pytest.raises(ValidationError, match="Extra inputs"):
        Distillation(artikles=3)


def test_generators_are_had_by_name_and_asked_several_times(tmp_path):
    saved = default_generators()[1].model_copy(update={"name": "mine"})
    save_generator(UPath(tmp_path), saved)
    form = Distillation(root=str(tmp_path), named_generators=["mine"], questions=3)
    draws = form.resolved().generators
    assert [(draw.name, draw.sampling.temperature) for draw in draws] == [(f"mine.{n}", 0.9) for n in (1, 2, 3)]
    assert form.resolved().resolved() == form.resolved()
    form = Distillation(root=str(tmp_path), named_generators=["mine"], questions=2, temperature=0.4).resolved()
    assert [(each.name, each.sampling.temperature) for each in form.generators] == [("mine.1", 0.4), ("mine.2", 0.4)]


def test_models_are_named_as_their_servers_name_them(llm):
    served = {"language_model": {"url": llm.url}}
    generators = [{**generator.model_dump(), **served} for generator in default_generators()]
    parameters = Distillation(generators=generators, answerer=served).resolved()
    assert {generator.language_model.model for generator in parameters.generators} == {MODEL}
    assert parameters.model_names() == [f"{MODEL}@main"]


def test_a_dry_run_is_named_as_one():
    assert Extraction(dry_run=5, branch="C04").label == "ade, dry run of 5 of 1000 sentences of C04"
