import re

import pytest
from pydantic import ValidationError
from upath import UPath

from flows.evaluation_parameters import Evaluation
from flows.extraction_parameters import Extraction
from flows.parameters import Distillation
from flows.tuning_parameters import FORMS
from tasks.kinds import Kind
from tasks.questions.generator import Generator, default_generators
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


def named(parameters: Distillation) -> list[tuple[str, str]]:
    return [(each.name, each.kind.value) for each in parameters.generators]


def test_each_generator_asks_each_kind_that_has_a_share():
    mixed = Distillation(kinds={"yes/no": 0.5, "list": 0.5, "factoid": 0}).resolved()
    asked = [("researcher", "yes/no"), ("clinician", "yes/no"), ("researcher", "list"), ("clinician", "list")]
    assert named(mixed) == asked
    assert mixed.resolved() == mixed
    assert named(Distillation().resolved()) == asked[:2]
    assert [each.prompt for each in mixed.generators[:2]] == [each.prompt for each in default_generators()]
    assert [(each.name, each.kind) for each in mixed.first_of_each_kind()] == [
        ("researcher", Kind.YES_NO), ("researcher", Kind.LIST),
    ]  # fmt: skip
    draws = Distillation(kinds={"list": 1, "yes/no": 1}, questions=2).resolved()
    assert named(draws)[:3] == [("researcher.1", "yes/no"), ("researcher.2", "yes/no"), ("clinician.1", "yes/no")]


def test_a_prompt_of_ones_own_asks_its_kind_alone(caplog):
    prompt = {"system": "Ask.", "template": "{title} {abstract}"}
    mine = Generator(name="mine", kind="list", prompt=prompt)
    resolved = Distillation(generators=[mine], kinds={"yes/no": 1, "list": 1}).resolved()
    asked = {each.kind: each.prompt for each in resolved.generators}
    assert asked[Kind.LIST].system == "Ask."
    assert "yes, no or maybe" in asked[Kind.YES_NO].system
    other = Distillation(generators=[mine])
    assert named(other.resolved()) == [("mine", "yes/no")]
    assert other.policy(other.resolved()).kind == Kind.YES_NO
    assert Distillation(generators=[mine], kinds={"list": 1}).policy(resolved).prompt.system == "Ask."
    with caplog.at_level("INFO", "mesh-distillery"):
        other.check()
    assert "mine has a prompt for list questions; it asks yes/no ones under a built-in prompt" in caplog.text
