import pytest

from tasks.kinds import Kind
from tasks.questions.generator import Generator, SamplingParameters, default_generators
from tasks.serving.conversation import Prompt

GENERATOR = default_generators()[0]


def test_braces_in_an_article_are_just_braces():
    conversation = GENERATOR.prompt.conversation(title="Set {x}", abstract="About {title} and {abstract}.")
    assert conversation[-1]["content"] == "Abstract: About {title} and {abstract}.\nTitle: Set {x}\nQuestion:"


def test_several_draws_are_generators_of_their_own():
    seeded = GENERATOR.model_copy(update={"sampling": SamplingParameters(temperature=0.5, seed=5)})
    first, second = seeded.each_draw(2)
    assert (first.name, first.sampling.temperature, first.sampling.seed) == ("researcher.1", 0.5, 5)
    assert (second.name, second.sampling.seed) == ("researcher.2", 6)
    assert first.recipe.digest != second.recipe.digest
    assert {draw.sampling.temperature for draw in GENERATOR.each_draw(2)} == {0.9}
    assert {draw.sampling.temperature for draw in seeded.each_draw(2, 0.7)} == {0.7}
    assert GENERATOR.each_draw(1) == [GENERATOR]
    assert GENERATOR.each_draw(1, 0.3)[0].sampling.temperature == 0.3


def test_recipes_change_with_what_changes_questions():
    warm = GENERATOR.model_copy(update={"sampling": SamplingParameters(temperature=0.7)})
    moved = GENERATOR.model_copy(
        update={"language_model": GENERATOR.language_model.model_copy(update={"dtype": "bfloat16"})}
    )
    digests = {generator.recipe.digest for generator in (*default_generators(), warm, moved)}
    assert len(digests) == 4


@pytest.mark.parametrize(
    ("template", "lacking"),
    [("Ask!", "{title} and {abstract}"), ("{title} {abstrakt}", "{abstract}"), ("{abstract}", "{title}")],
)
def test_a_template_that_tells_nothing_of_the_article_is_refused(template, lacking):
    prompt = {"system": "", "template": template}
    with pytest.raises(ValueError, match=f"the template has no {lacking}; write {{title}} and {{abstract}} where"):
        Generator(name="mine", prompt=prompt)
    half = {"template": "{title} {abstract}", "shots": [{"fields": {"title": "T"}, "reply": "Q?"}]}
    with pytest.raises(ValueError, match=r"example 1 says nothing for {abstract} of the template"):
        Generator(name="mine", prompt=half)


def test_a_form_has_a_field_for_each_part_of_an_example():
    prompt = Generator.model_json_schema()["properties"]["prompt"]
    fields = prompt["properties"]["shots"]["items"]["properties"]["fields"]
    assert list(fields["properties"]) == fields["required"] == ["title", "abstract"]
    assert prompt["properties"]["template"]["description"] == "Holds {title} and {abstract}."


MINE = Prompt(system="Ask.", template="{title} {abstract}?")


def test_a_generator_asks_other_kinds_under_the_built_in_prompt_that_its_own_is_like():
    researcher, clinician = default_generators()
    listing = clinician.asking(Kind.LIST)
    assert (listing.name, listing.kind, clinician.asking(Kind.YES_NO)) == ("clinician", Kind.LIST, clinician)
    assert "physician" in listing.prompt.system
    assert listing.recipe.digest != clinician.recipe.digest
    renamed = clinician.model_copy(update={"name": "mine.2"})
    assert renamed.prompt_for(Kind.LIST) == listing.prompt
    assert listing.asking(Kind.FACTOID) == clinician.asking(Kind.FACTOID)
    own = Generator(name="clinician", prompt=MINE)
    assert own.prompt_for(Kind.YES_NO) == MINE
    assert own.prompt_for(Kind.LIST) == researcher.prompt_for(Kind.LIST).without_shots()


def test_a_generator_without_examples_has_none_for_any_kind():
    trained = GENERATOR.model_copy(update={"prompt": GENERATOR.prompt.without_shots()})
    assert [trained.prompt_for(kind).shots for kind in Kind] == [()] * 4
    assert trained.prompt_for(Kind.LIST).system == GENERATOR.prompt_for(Kind.LIST).system


def test_generators_that_were_saved_before_there_were_kinds_ask_yes_no_questions():
    saved = GENERATOR.model_dump(mode="json")
    del saved["kind"]
    assert Generator.model_validate(saved) == GENERATOR
