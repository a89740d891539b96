import polars as pl
import pytest

from tasks.review.items import Beaten, items_of_preferences, items_of_sft, sample_rows
from tests.tasks.review.made_up_dataset import ABSTRACT, preferences, sft, turns


def test_a_record_of_an_earlier_version():
    first, second = items_of_sft(sft(), preferences())
    assert (first.question, first.kind, first.evidence) == ("Does zinc shorten colds?", "yes/no", ABSTRACT)
    assert (first.decision, first.answer, first.short_answer, first.cited) == ("yes", "It does.", None, None)
    assert (list(first.pmids), first.facts) == ([20, 30], {})
    assert first.beaten == [Beaten("Zinc?", -0.5, 1.5, 2.0)]
    assert second.beaten == ()


def test_columns_that_came_later():
    records = sft(
        kind=["factoid", None],
        short_answer=["two days", None],
        cited=[[20], []],
        evidence_sentence=["It was two days.", None],
        probability=[None, 0.8],
    )
    first, second = items_of_sft(records, preferences().clear())
    assert (first.kind, first.short_answer, list(first.cited)) == ("factoid", "two days", [20])
    assert first.facts == {"evidence_sentence": "It was two days."}
    assert (second.kind, second.cited, second.facts) == ("yes/no", None, {"probability": 0.8})


@pytest.mark.parametrize(
    ("asked", "question", "evidence"),
    [
        (f"Context:\n{ABSTRACT}\n\nQuestion: Is it?", "Is it?", ABSTRACT),
        (f"Source:\n{ABSTRACT}\n\nQuestion: Is it?\n\nAnswer yes or no.", "Is it?", ABSTRACT),
        (f"Source:\nA.\n\nQuestion: B.\n\nOther articles:\n{ABSTRACT}\n\nQuestion: Is it?", "Is it?",
         f"A.\n\nQuestion: B.\n\nOther articles:\n{ABSTRACT}"),
        ("Question: Is it?", "Is it?", ""),
        ("Is it?", "Is it?", ""),
        ("", "", ""),
    ],
)  # fmt: skip
def test_question_and_evidence_of_a_turn(asked, question, evidence):
    first, _ = items_of_sft(sft(messages=[turns(asked, "Yes."), None]), preferences().clear())
    assert (first.question, first.evidence) == (question, evidence)


def test_a_conversation_with_a_system_turn_and_a_question_that_speaks_of_questions():
    asked = f"Answer.\n\n{ABSTRACT}\n\nQuestion: Does one ask: Why?"
    records = sft(messages=[[{"role": "system", "content": "Question: no"}, *turns(asked, "Yes.")], None])
    first, second = items_of_sft(records, preferences().clear())
    assert (first.question, first.evidence) == ("Does one ask: Why?", f"Answer.\n\n{ABSTRACT}")
    assert (second.question, second.evidence, second.answer) == ("", "", "It does not.")


def test_a_pair():
    [pair] = items_of_preferences(preferences())
    assert (pair.question, pair.answer, pair.evidence) == ("Does zinc?", None, f"{ABSTRACT}\nQuestion:")
    assert pair.beaten == [Beaten("Zinc?", -0.5, 1.5, 2.0)]


def test_a_sample_is_the_same_each_time_and_part_of_a_larger_one():
    rows = pl.DataFrame({"question_id": [f"q{place}" for place in range(200)], "pmid": range(200, 0, -1)})
    small, large = sample_rows(rows, 20, 0), sample_rows(rows.reverse(), 60, 0)
    assert len(small) == 20
    assert set(small["question_id"]) < set(large["question_id"])
    assert small["pmid"].is_sorted()
    assert set(sample_rows(rows, 20, 1)["question_id"]) != set(small["question_id"])
    assert len(sample_rows(rows, 999, 0)) == 200
    thirds = [int(((large["pmid"] - 1) * 3 // 200 == third).sum()) for third in range(3)]
    assert min(thirds) > 10  # of 60, evenly drawn: 20 each
