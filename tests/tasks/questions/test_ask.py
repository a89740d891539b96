import polars as pl
import pytest

from tasks.kinds import Kind
from tasks.questions.ask import question_asking, read_question, wanted_questions
from tasks.questions.gates.asked import Asked
from tasks.questions.gates.registry import refusal
from tasks.questions.gates.settings import Gates
from tasks.questions.generator import default_generators
from tasks.serving.ask_rows import ask_rows
from tasks.serving.endpoint import Endpoint
from tasks.serving.reply import Reply, finished
from tests.fake_llm import MODEL

GENERATOR = default_generators()[0]
ARTICLES = pl.DataFrame(
    {"pmid": [2, 1], "title": ["Two {x}", "One"], "abstract": ["B.", "A."], "content_hash": ["b", "a"]}
)


def test_asking_keeps_articles_and_questions_together(llm):
    wanted = wanted_questions(ARTICLES, GENERATOR)
    outcome = ask_rows(wanted, question_asking(GENERATOR), Endpoint(llm.url, MODEL))
    assert outcome.rows["pmid"].to_list() == [1, 2]
    assert outcome.rows["kind"].to_list() == ["yes/no", "yes/no"]
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
        "question_id": "k", "generator": "researcher", "kind": "yes/no", "question": "Does it?",
        "finish_reason": "stop", "tokens": 7,
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


SPENT = "all 64 tokens went into thoughts; give it more (thinking_tokens)"
QUESTION = "Does aspirin prevent stroke in adults?"


@pytest.mark.parametrize(
    "said",
    [
        f"{QUESTION} It does.",  # where the server takes no stop string, or leaves it out
        f"<think>\nOkay, let me read this. Is it a trial?\nYes.\n</think>\n\n{QUESTION}",
        f"<think>The abstract is about a trial</think>{QUESTION}",
        f"reasoning without the opening tag? </think> {QUESTION}",
        f"<think>One?</think><think>Two?</think>Here is the question:\n{QUESTION}\n\nDoes it help?",
        f"```\n{QUESTION}\n```",
        f'{{"question": "{QUESTION}"}}',
    ],
)
def test_a_question_comes_clean_through_the_gates_whatever_stands_around_it(said):
    asking = question_asking(GENERATOR)
    row = {"row_key": "k", "pmid": 1, "title": "T", "abstract": "A."}
    columns = asking.read(finished(Reply(said, "stop", 1, 1), asking.request(row)), row)
    assert columns["question"] == QUESTION
    asked = Asked(columns["question"], Kind.YES_NO, "Aspirin and stroke", "A.", columns["finish_reason"])
    assert refusal(asked, Gates()) is None


@pytest.mark.parametrize(
    ("said", "finish_reason", "reason"),
    [
        ("<think>\nOkay, let me read this. Is it a trial?", "stop", "the model only thought"),
        ("<think>\nOkay. Is it a trial? It", "length", SPENT),
        ("<think>Is it?</think>", "stop", "the model only thought"),
        ("<think>Is it?</think> <think>Or is", "length", SPENT),
    ],
)  # fmt: skip
def test_a_question_in_a_thought_is_none(said, finish_reason, reason):
    asking = question_asking(GENERATOR)
    row = {"row_key": "k", "pmid": 1, "title": "T", "abstract": "A."}
    assert asking.read(finished(Reply(said, finish_reason, 1, 64), asking.request(row)), row) == reason
