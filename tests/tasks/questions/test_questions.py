import polars as pl
import pytest
from tasks.serving.chat import ChatReply

from tasks.questions.ask import ask_questions, read_question, wanted_questions
from tasks.questions.gates import copied_share, pass_gates, refusal, wanted_candidates
from tasks.questions.generator import SamplingParameters, default_generators
from tasks.serving.endpoint import Endpoint
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
    messages = GENERATOR.prompt.messages("Set {x}", "About {title} and {abstract}.")
    assert messages[-1]["content"] == "Abstract: About {title} and {abstract}.\nTitle: Set {x}\nQuestion:"


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
    outcome = ask_questions(wanted, GENERATOR, Endpoint(llm.url, MODEL))
    assert outcome.rows["pmid"].to_list() == [1, 2]
    for row in outcome.rows.iter_rows(named=True):
        [article] = ARTICLES.filter(pl.col("pmid") == row["pmid"]).iter_rows(named=True)
        messages = GENERATOR.prompt.messages(article["title"], article["abstract"])
        assert row["question"] == llm.reply({"messages": messages})
        assert row["question_id"] == row["row_key"]
    assert outcome.usage.requests == 2
    assert outcome.usage.prompt_tokens == 20


def test_a_question_depends_on_the_text_of_its_article():
    changed = ARTICLES.with_columns(content_hash=pl.Series(["b", "changed"]))
    before, after = (set(wanted_questions(frame, GENERATOR)["row_key"]) for frame in (ARTICLES, changed))
    assert len(before & after) == 1


def test_replies_are_tidied():
    assert read_question(ChatReply(' Question: "Does it\n work?" ', "stop", 1, 1)) == {
        "question": "Does it work?",
        "finish_reason": "stop",
        "tokens": 1,
    }
    assert read_question(ChatReply(" \n", "stop", 1, 1)) == "the model said nothing"


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
