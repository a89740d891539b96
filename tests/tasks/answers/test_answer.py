import json
from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.answers.answer import answer_asking, decision_logprob, join_evidence, read_answer, wanted_answers
from tasks.answers.answerer import LONGEST_ANSWER, Answerer
from tasks.serving.ask_rows import ask_rows
from tasks.serving.endpoint import Endpoint
from tasks.serving.reply import Reply
from tests.fake_llm import MODEL

ARTICLES = pl.DataFrame(
    {"pmid": [1, 2, 3], "title": ["T1", "T2", "T3"], "abstract": ["A1", "A2 b c d", "A3"], "content_hash": list("xyz")}
)
PREFERENCES = pl.DataFrame({"pmid": [1], "chosen_id": ["q1"], "chosen": ["Does it?"]})
CONTEXTS = pl.DataFrame({"question_id": ["q1", "q2"], "pmids": [[3, 2], [1]]})


def reply(text: str, tokens: tuple = (), finish_reason: str = "stop") -> Reply:
    return Reply(text, finish_reason, 1, 1, tokens)


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
    outcome = ask_rows(wanted, answer_asking(Answerer()), Endpoint(llm.url, MODEL))
    [row] = outcome.rows.iter_rows(named=True)
    assert (row["question_id"], row["evidence"]) == ("q1", [1, 3, 2])
    assert row["decision"] in ("yes", "no", "maybe")
    assert row["logprob"] == pytest.approx(-0.5 * len(row["decision"]))
    schema = llm.requests[0]["response_format"]["json_schema"]["schema"]
    assert schema["properties"]["long_answer"]["maxLength"] > 0


@pytest.mark.parametrize(
    "text",
    ['{"decision": "yes", "long', '{"decision": "perhaps", "long_answer": "x"}', '{"decision": "yes"}', "[]", "yes",
     '{"decision": "yes", "long_answer": " "}', '{"decision": "yes", "long_answer": 3}',
     '{"decision": "yes", "long_answer": null}', '{"decision": "yes", "long_answer": ["It is."]}',
     '{"decision": "yes", "long_answer": {"text": "It is."}}', '{"decision": true, "long_answer": "It is."}',
     '{"decision": ["yes"], "long_answer": "It is."}', '{"decision": "not yes", "long_answer": "It is."}',
     '["yes", "It is."]', "Yes. It is.", "```json\n```", '{"decision": "yes", "long_answer": "It is.'],
)  # fmt: skip
def test_what_is_no_complete_answer_goes_to_quarantine(text):
    assert read_answer(reply(text)) == "not a complete answer"


@pytest.mark.parametrize(
    "text",
    [
        '{"decision": "yes", "long_answer": "It is."}',
        '```json\n{"decision": "yes", "long_answer": "It is."}\n```',
        'Here is the answer:\n{"decision": "Yes.", "long_answer": "It\u00a0is."}',
        '{"decision": "YES", "long_answer": "It\\u00a0is."}\n\nI hope that this helps! {}',
        'As {asked}: {"long_answer": " It\\nis.", "decision": " *yes* ", "sure": [1]}',
        '[{"decision": "yes", "long_answer": "It is."}]',
    ],
)
def test_an_answer_is_read_past_what_stands_around_it(text):
    assert read_answer(reply(text)) == {"decision": "yes", "long_answer": "It is.", "logprob": None}


def test_what_was_cut_off_and_what_was_only_thought_say_so():
    cut = reply('{"decision": "yes", "long', finish_reason="length")
    assert read_answer(cut) == "cut off before it was complete"
    assert read_answer(reply("")) == "the model said nothing"
    assert read_answer(Reply("", "stop", 1, 1, thoughts="Hm.")) == "the model only thought"
    spent = "went into thoughts; give it more (thinking_tokens)"
    assert read_answer(Reply("", "length", 1, 160, thoughts="Hm.")) == f"all 160 tokens {spent}"
    assert read_answer(Reply("", "length", None, None)) == f"all its tokens {spent}"
    whole = reply('{"decision": "no", "long_answer": "It is not."} and so', finish_reason="length")
    assert read_answer(whole)["decision"] == "no"


def test_an_answer_is_no_longer_than_its_schema_allows():
    sentence = "It rose by a tenth. "
    answer = read_answer(reply(json.dumps({"decision": "yes", "long_answer": sentence * 30})))
    assert answer["long_answer"] == (sentence * (LONGEST_ANSWER // len(sentence))).strip()
    endless = read_answer(reply(json.dumps({"decision": "yes", "long_answer": "and " * 100})))
    assert endless == "a long answer of 399 characters, of which no sentence ends within 300"


def test_a_long_answer_ends_with_a_sentence():
    text = json.dumps({"decision": "no", "long_answer": "It rose by 4.1 per cent. It then\nfell again and"})
    answer = read_answer(reply(text))
    assert answer == {"decision": "no", "long_answer": "It rose by 4.1 per cent.", "logprob": None}


def test_the_log_probability_is_that_of_the_decisions_tokens():
    tokens = (('{"', -9.0), ("decision", -9.0), ('":"', -9.0), ("may", -0.25), ("be", -0.5), ('","', -9.0))
    assert decision_logprob(reply('{"decision":"maybe","', tokens), "maybe") == pytest.approx(-0.75)


def letters(text: str, decision: str) -> tuple:
    """Return the letters of a text as tokens; those of the last place of a decision have a log-probability of -1."""
    place = text.rfind(decision)
    return tuple((letter, -1.0 * (place <= at < place + len(decision))) for at, letter in enumerate(text))


@pytest.mark.parametrize(
    "written",
    [
        '```json\n{"decision": "no", "long_answer": "It is."}\n```',
        'Here, no doubt: {"long_answer": "Yes or \\"no\\".", "decision": "no"}',
        '<think>{"decision": "no"} or {"decision": "yes"}</think>\n\n{"decision": "no", "long_answer": "It is."}',
        ' \n{"decision": "No.", "long_answer": "It is."}\n### Task\n',
    ],
)
def test_the_log_probability_is_found_past_what_was_taken_off(written):
    said = written.rpartition("</think>")[2].partition("\n###")[0].strip()
    spelled = "No" if '"No.' in written else "no"
    tokens = letters(written, f'"{spelled}')
    assert decision_logprob(reply(said, tokens[:]), "no") == pytest.approx(-len(spelled))


@pytest.mark.parametrize(
    ("written", "decision"),
    [
        ("", "yes"),
        ("something else altogether", "yes"),
        ('{"decision": "y\\u0065s"}', "yes"),  # spelled in another way
        ('{"decision": "no"} {"decision": "yes"}', "yes"),  # which of them?
        ('{"decision": "no"}', "yes"),
    ],
)
def test_a_log_probability_that_may_be_of_something_else_is_unknown(written, decision):
    tokens = tuple((letter, -1.0) for letter in written)
    assert decision_logprob(reply(f'{{"decision": "{decision}"}}', tokens), decision) is None


@given(before=st.text(max_size=20), after=st.text(max_size=20), cuts=st.lists(st.integers(0, 80), max_size=20))
def test_the_log_probability_is_right_or_unknown_however_the_text_falls_into_tokens(before, after, cuts):
    written = f'{before}{{"decision": "maybe", "long_answer": "x"}}{after}'
    place = written.index('"maybe"') + 1
    ends = sorted({min(cut, len(written)) for cut in cuts} | {0, place, place + 5, len(written)})
    tokens = [(written[start:end], -1.0 if place <= start < place + 5 else -100.0) for start, end in pairwise(ends)]
    found = decision_logprob(reply(written, tuple(tokens)), "maybe")
    assert found == -sum(logprob == -1 for _, logprob in tokens)


def test_nesting_without_end_is_no_answer_and_no_crash():
    assert read_answer(reply("[" * 200_000)) == "not a complete answer"
    assert read_answer(reply('{"a":' * 200_000)) == "not a complete answer"


def test_a_template_that_tells_nothing_of_the_question_is_refused():
    with pytest.raises(ValueError, match=r"the template has no {question}; write {evidence} and {question} where"):
        Answerer(prompt={"template": "{evidence}"})
