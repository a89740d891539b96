import polars as pl
import pytest

from tasks.questions.gates import copied_share, pass_gates, refusal, wanted_candidates

ABSTRACT = "We followed 80 adults. Half of them took 100 mg of aspirin a day for a year."
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
        ("I'm sorry, but I cannot answer that?", "the model declines"),
        ("Sorry, may I ask for more of it?", "the model declines"),
        ("As an AI, I can not read this, can you?", "the model declines"),
        ("I can’t help with that, can I?", "the model declines"),
        ("As an adjunct, does aspirin prevent stroke?", None),
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
