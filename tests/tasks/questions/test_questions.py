import polars as pl
import pytest

from tasks.questions.ask import question_asking, read_question, wanted_questions
from tasks.questions.gates import copied_share, pass_gates, refusal, wanted_candidates
from tasks.questions.generator import Generator, SamplingParameters, default_generators
from tasks.serving.ask_rows import ask_rows
from tasks.serving.endpoint import Endpoint
from tasks.serving.reply import Reply
from tests.fake_llm import MODEL

ABSTRACT = "We followed 80 adults. Half of them took 100 mg of aspirin a day for a year."
GENERATOR = default_generators()[0]
ARTICLES = pl.DataFrame(
    {"pmid": [2, 1], "title": ["Two {x}", "One"], "abstract": ["B.", "A."], "content_hash": ["b", "a"]}
)


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("Does aspirin prevent stroke in adults?", None),
        ("Aspirin prevents stroke in adults.", "not one question"),
        ("Does aspirin help? Does it harm anyone?", "not one question"),
        ("Does it?", "too short"),
        ("Does " + "very " * 60 + "much aspirin help?", "too long"),
        ("Does this study show that aspirin helps?", "about the text, not its subject"),
        ("Aspirin and stroke in elderly adults?", "repeats the title"),
        ("Half of them took 100 mg of aspirin a day for a year?", "recites the abstract"),
        ("Is half a dose of aspirin a day for a year enough?", None),
    ],
)
def test_gates(question, reason):
    assert refusal(question, "Aspirin and stroke in elderly adults.", ABSTRACT, "stop") == reason


def test_copying_is_counted_in_four_grams():
    # Of its 8 four-grams 5 stand in the abstract, in two runs of 6 and 5 words.
    question = "Half of them took 100 mg, we followed 80 adults half?"
    assert copied_share("Does aspirin prevent stroke?", ABSTRACT) == 0
    assert copied_share("Half of them", ABSTRACT) == 0
    assert copied_share("100 mg of aspirin a day", ABSTRACT) == 1
    assert copied_share(question, ABSTRACT) == pytest.approx(5 / 8)
    assert refusal("Did half of them take as much as those we followed?", "T", ABSTRACT, "stop") is None
    assert refusal(question, "T", ABSTRACT, "stop") == "copies the abstract"


def test_of_near_duplicates_the_first_competes():
    asked = [
        "Does aspirin prevent stroke in adults?",
        "Does aspirin prevent strokes in adults?",
        "Is it the dose, then?",
    ]
    questions = pl.DataFrame(
        {
            "row_key": ["q1", "q2", "q3"],
            "question_id": ["q1", "q2", "q3"],
            "pmid": [1, 1, 1],
            "generator": ["a", "b", "c"],
            "question": asked,
            "finish_reason": ["stop"] * 3,
            "tokens": [5] * 3,
        }
    )
    outcome = pass_gates(wanted_candidates(questions, ARTICLES))
    assert outcome.rows["question_id"].to_list() == ["q1", "q3"]
    assert outcome.refused["reason"].to_list() == ["near duplicate of another question"]
    alone = wanted_candidates(questions[1:], ARTICLES)
    assert alone["row_key"][0] != wanted_candidates(questions, ARTICLES)["row_key"][1]
    assert pass_gates(alone).rows["question_id"].to_list() == ["q2", "q3"]


def test_a_question_that_was_cut_off_may_not_compete():
    assert refusal("Does aspirin prevent stroke in adults?", "Title", ABSTRACT, "length") == "cut off"


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


def test_asking_keeps_articles_and_questions_together(llm):
    wanted = wanted_questions(ARTICLES, GENERATOR)
    outcome = ask_rows(wanted, question_asking(GENERATOR), Endpoint(llm.url, MODEL))
    assert outcome.rows["pmid"].to_list() == [1, 2]
    for row in outcome.rows.iter_rows(named=True):
        [article] = ARTICLES.filter(pl.col("pmid") == row["pmid"]).iter_rows(named=True)
        messages = GENERATOR.prompt.conversation(title=article["title"], abstract=article["abstract"])
        assert row["question"] == llm.reply({"messages": messages})
        assert row["question_id"] == row["row_key"]
    assert outcome.usage.requests == 2
    assert outcome.usage.prompt_tokens == 20


def test_a_question_depends_on_the_text_of_its_article():
    changed = ARTICLES.with_columns(content_hash=pl.Series(["b", "changed"]))
    before, after = (set(wanted_questions(frame, GENERATOR)["row_key"]) for frame in (ARTICLES, changed))
    assert len(before & after) == 1


@pytest.mark.parametrize(
    ("said", "question"),
    [
        (' Question: "Does it\n work?" ', "Does it work?"),
        ("Does it\nwork in\nadults?", "Does it work in adults?"),
        ("Here is a question:\nDoes it work?", "Does it work?"),
        ("Here is a question: Does it work?", "Does it work?"),
        ("Sure! Here's a clinical question that it settles:\n\n**Does it work?", "Does it work?"),
        ("It is a trial.\nis it blinded?", "is it blinded?"),
        ("**Question 1:** Does it work?", "Does it work?"),
        ("**Question**: Does it work?", "Does it work?"),
        ("QUESTION: DOES IT WORK?", "DOES IT WORK?"),
        ("1. Does it work?", "Does it work?"),
        ("- “Does it work?”", "Does it work?"),
        ("Q: Does it work?", "Does it work?"),
        ("> *Does it work?*", "Does it work?"),
        ("```\nDoes it work?", "Does it work?"),
        ('{"question": "Does it work?', "Does it work?"),
        ("Does one question on sleep find apnoea in class III: a cohort?",
         "Does one question on sleep find apnoea in class III: a cohort?"),
        ("Is TNF-α\u00a0raised?", "Is TNF-α raised?"),
        ("", ""), (" \n", ""), ("```", ""),
    ],
)  # fmt: skip
def test_a_question_is_read_past_what_announces_and_marks_it(said, question):
    assert read_question(said) == question


def columns_of(reply: Reply) -> dict | str:
    return question_asking(GENERATOR).read(reply, {"row_key": "k", "pmid": 1})


def test_a_reply_becomes_a_row_or_says_why_not():
    assert columns_of(Reply("Question: Does it?", "stop", 1, 7)) == {
        "question_id": "k", "generator": "researcher", "question": "Does it?", "finish_reason": "stop", "tokens": 7,
    }  # fmt: skip
    assert columns_of(Reply(" \n", "stop", 1, 1)) == "the model said nothing"
    assert columns_of(Reply("```", "stop", 1, 1)) == "the model asks nothing"
    assert columns_of(Reply("", "stop", 1, 9, thoughts="Is it?")) == "the model only thought"
    spent = Reply("", "length", 1, 2_112, thoughts="Is it a trial? It is")
    assert columns_of(spent) == "all 2,112 tokens went into thoughts; give it more (thinking_tokens)"


def test_thoughts_have_the_models_own_tokens():
    thinking = GENERATOR.language_model.model_copy(update={"thinking_tokens": 500})
    asking = question_asking(GENERATOR.model_copy(update={"language_model": thinking}))
    assert asking.request({"title": "T", "abstract": "A"}).thinking_tokens == 500


@pytest.mark.parametrize(
    ("template", "lacking"),
    [("Ask!", "{title} and {abstract}"), ("{title} {abstrakt}", "{abstract}"), ("{abstract}", "{title}")],
)
def test_a_template_that_tells_nothing_of_the_article_is_refused(template, lacking):
    prompt = {"system": "", "template": template}
    with pytest.raises(ValueError, match=f"the template has no {lacking}; write {{title}} and {{abstract}} where"):
        Generator(name="mine", prompt=prompt)
    half = {"template": "{title} {abstract}", "shots": [{"fields": {"title": "T"}, "reply": "Q?"}]}
    with pytest.raises(ValueError, match="example 1 says nothing for {abstract} of the template"):
        Generator(name="mine", prompt=half)


def test_a_form_has_a_field_for_each_part_of_an_example():
    prompt = Generator.model_json_schema()["properties"]["prompt"]
    fields = prompt["properties"]["shots"]["items"]["properties"]["fields"]
    assert list(fields["properties"]) == fields["required"] == ["title", "abstract"]
    assert prompt["properties"]["template"]["description"] == "Holds {title} and {abstract}."


def test_refusals_are_counted_not_dropped():
    questions = pl.DataFrame(
        {
            "row_key": ["q1", "q2"],
            "question_id": ["q1", "q2"],
            "pmid": [1, 1],
            "generator": ["a", "b"],
            "question": ["Does aspirin prevent stroke in adults?", "No question"],
            "finish_reason": ["stop", "stop"],
            "tokens": [5, 5],
        }
    )
    outcome = pass_gates(wanted_candidates(questions, ARTICLES))
    assert outcome.rows["question_id"].to_list() == ["q1"]
    assert outcome.refused["reason"].to_list() == ["not one question"]
    assert outcome.refused["key"].to_list() == ["PMID 1 b: No question"]
