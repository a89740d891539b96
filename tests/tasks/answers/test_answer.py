import json

import polars as pl
import pytest
from tasks.serving.chat import ChatReply

from tasks.answers.answer import answer_questions, decision_logprob, join_evidence, read_answer, wanted_answers
from tasks.answers.answerer import Answerer
from tasks.serving.endpoint import Endpoint
from tests.fake_llm import MODEL

ARTICLES = pl.DataFrame(
    {"pmid": [1, 2, 3], "title": ["T1", "T2", "T3"], "abstract": ["A1", "A2 b c d", "A3"], "content_hash": list("xyz")}
)
PREFERENCES = pl.DataFrame({"pmid": [1], "chosen_id": ["q1"], "chosen": ["Does it?"]})
CONTEXTS = pl.DataFrame({"question_id": ["q1", "q2"], "pmids": [[3, 2], [1]]})


def reply(text: str, tokens: tuple = ()) -> ChatReply:
    return ChatReply(text, "stop", 1, 1, tokens)


def test_the_evidence_is_the_source_and_then_the_contexts():
    [row] = wanted_answers(PREFERENCES, CONTEXTS, ARTICLES, Answerer()).iter_rows(named=True)
    assert row["evidence"] == [1, 3, 2]
    assert row["passages"] == ["T1\nA1", "T3\nA3", "T2\nA2 b c d"]
    assert join_evidence(row["passages"], context_words=3) == "T1\nA1\n\nT3 A3\n\nT2 A2 b"
    assert join_evidence(row["passages"], context_words=0) == "T1\nA1"


def test_an_answer_depends_on_the_text_of_its_evidence():
    changed = ARTICLES.with_columns(content_hash=pl.Series(["x", "y", "new"]))
    keys = {wanted_answers(PREFERENCES, CONTEXTS, frame, Answerer())["row_key"][0] for frame in (ARTICLES, changed)}
    assert len(keys) == 2


def test_answers_are_asked_as_json_and_kept_with_their_question(llm):
    wanted = wanted_answers(PREFERENCES, CONTEXTS, ARTICLES, Answerer())
    outcome = answer_questions(wanted, Answerer(), Endpoint(llm.url, MODEL))
    [row] = outcome.rows.iter_rows(named=True)
    assert (row["question_id"], row["evidence"]) == ("q1", [1, 3, 2])
    assert row["decision"] in ("yes", "no", "maybe")
    assert row["logprob"] == pytest.approx(-0.5 * len(row["decision"]))
    schema = llm.requests[0]["response_format"]["json_schema"]["schema"]
    assert schema["properties"]["long_answer"]["maxLength"] > 0


@pytest.mark.parametrize(
    "text",
    ['{"decision": "yes", "long', '{"decision": "perhaps", "long_answer": "x"}', '{"decision": "yes"}', "[]", "yes",
     '{"decision": "yes", "long_answer": " "}', '{"decision": "yes", "long_answer": 3}'],
)  # fmt: skip
def test_what_is_no_complete_answer_goes_to_quarantine(text):
    assert read_answer(reply(text)) == "not a complete answer"


def test_a_long_answer_ends_with_a_sentence():
    text = json.dumps({"decision": "no", "long_answer": "It rose by 4.1 per cent. It then\nfell again and"})
    answer = read_answer(reply(text))
    assert answer == {"decision": "no", "long_answer": "It rose by 4.1 per cent.", "logprob": None}


def test_the_log_probability_is_that_of_the_decisions_tokens():
    tokens = (('{"', -9.0), ("decision", -9.0), ('":"', -9.0), ("may", -0.25), ("be", -0.5), ('","', -9.0))
    assert decision_logprob(reply('{"decision":"maybe","', tokens), "maybe") == pytest.approx(-0.75)


def test_nesting_without_end_is_no_answer_and_no_crash():
    assert read_answer(reply("[" * 200_000)) == "nested too deeply to be an answer"
