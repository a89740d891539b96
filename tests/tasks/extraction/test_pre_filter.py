import polars as pl
import pytest

from tasks.errors import DistilleryError
from tasks.extraction.built_in import ADE, GDA
from tasks.extraction.examples import SENTENCE_SCHEMA, sentence_row
from tasks.extraction.pre_filter import passed, wanted_verdicts, whether_asking
from tasks.extraction.teacher import Teacher
from tasks.serving.ask_rows import ask_rows
from tasks.serving.endpoint import Endpoint
from tasks.serving.reply import Reply
from tests.fake_llm import MODEL, FakeLlm

SENTENCES = pl.DataFrame(
    [sentence_row("ade", f"Rash {number} after aspirin.", number) for number in range(400)], schema=SENTENCE_SCHEMA
)


def verdicts(*said: str) -> pl.DataFrame:
    return pl.DataFrame({"example_id": SENTENCES["example_id"].head(len(said)), "verdict": said})


def test_the_question_is_put_with_the_examples_of_the_task():
    messages = Teacher(shots=4).whether_messages(ADE, "New.")
    assert messages[0] == {"role": "system", "content": ADE.question.whether}
    assert [turn["content"] for turn in messages[2::2]] == ["yes", "no", "yes", "no"]
    assert messages[-1] == {"role": "user", "content": "New."}


def test_only_yes_and_no_are_verdicts():
    class Undecided(FakeLlm):
        def reply(self, body: dict) -> str:
            said = {"1": " yes", "2": "No.", "3": "maybe", "4": "I cannot say yes or no", "5": "<think>no"}
            return said[body["messages"][-1]["content"].split()[1]]

    teacher = Teacher(shots=0)
    with Undecided() as server:
        wanted = wanted_verdicts(SENTENCES[1:6], ADE, teacher)
        outcome = ask_rows(wanted, whether_asking(ADE, teacher), Endpoint(server.url, MODEL))
        assert server.requests[0]["structured_outputs"] == {"choice": ["yes", "no"]}
    assert outcome.rows.sort("pmid")["verdict"].to_list() == ["yes", "no"]
    assert outcome.refused["reason"].to_list() == [*["the reply is neither yes nor no"] * 2, "the model only thought"]
    read = whether_asking(ADE, teacher).read
    assert read(Reply("The sentence says", "length", 1, 4), {}) == "the reply was cut off"
    spent = "all 2,052 tokens went into thoughts; give it more (thinking_tokens)"
    assert read(Reply("", "length", 1, 2_052, thoughts="yes"), {}) == spent


def test_a_share_of_what_is_denied_stays_and_it_is_always_the_same():
    said = verdicts(*["yes"] * 100, *["no"] * 300)
    kept = passed(SENTENCES, said, 0.2)
    assert kept["example_id"].head(100).to_list() == SENTENCES["example_id"].head(100).to_list()
    assert 40 <= len(kept) - 100 <= 80  # 60 are expected
    assert passed(SENTENCES.reverse(), said.reverse(), 0.2).sort("pmid").equals(kept)
    assert len(passed(SENTENCES, said, 0.0)) == 100
    assert len(passed(SENTENCES, said, 1.0)) == 400


def test_a_sentence_without_a_verdict_is_left_out():
    assert passed(SENTENCES.head(3), verdicts("yes", "yes"), 1.0)["pmid"].to_list() == [0, 1]


def test_a_task_without_the_question_says_so():
    with pytest.raises(DistilleryError, match="gda has no question by yes or no"):
        Teacher().whether_messages(GDA, "New.")
