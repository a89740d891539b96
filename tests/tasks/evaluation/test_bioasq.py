import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.evaluation.bioasq import (
    PAIR_SCHEMA,
    QUESTION_SCHEMA,
    BioasqError,
    document_questions,
    evaluation_texts,
    join_snippets,
    read_questions,
)

SHARED = Path(__file__).parents[4] / "shared" / "data" / "bioasq"
URL = "http://www.ncbi.nlm.nih.gov/pubmed/"


def snippet(pmid: int, text: str, begin: int = 0, section: str = "abstract") -> dict:
    return {"document": f"{URL}{pmid}", "text": text, "beginSection": section, "offsetInBeginSection": begin}


QUESTION = {
    "id": "q1",
    "type": "yesno",
    "body": "Do bees\nsleep?",
    "documents": [f"{URL}7", "https://pubmed.ncbi.nlm.nih.gov/9/", f"{URL}7"],
    "snippets": [
        snippet(9, "Bees rest.", 40),
        snippet(7, "They sleep at night.", 100),
        snippet(7, "Sleep in bees", 0, "title"),
    ],
    "exact_answer": "yes",
    "ideal_answer": ["Yes, they do."],
}  # fmt: skip


def read(folder: Path, *questions: object):
    path = folder / "1B1_golden.json"
    path.write_text(json.dumps({"questions": questions}))
    return read_questions(path)


def test_a_question_becomes_a_row(tmp_path):
    outcome = read(tmp_path, QUESTION)
    assert dict(outcome.rows.schema) == QUESTION_SCHEMA
    [row] = outcome.rows.iter_rows(named=True)
    assert (row["id"], row["type"], row["body"], row["decision"]) == ("q1", "yesno", "Do bees sleep?", "yes")
    assert (row["pmids"], row["ideal_answer"]) == ([7, 9], ["Yes, they do."])
    assert row["snippets"][1] == {
        "pmid": 7, "text": "They sleep at night.", "begin_section": "abstract", "begin_offset": 100
    }  # fmt: skip
    assert outcome.refused.is_empty()


@pytest.mark.parametrize(
    ("answer", "decision"),
    [("yes", "yes"), ("No", "no"), (["Yes."], "yes"), ([["no"]], "no"), (None, None), ([], None)],
)
def test_a_decision_is_read_in_every_form_it_has(tmp_path, answer, decision):
    outcome = read(tmp_path, QUESTION | {"exact_answer": answer})
    assert outcome.rows["decision"].to_list() == [decision]
    assert outcome.refused.is_empty()


def test_an_exact_answer_of_another_type_is_no_decision(tmp_path):
    outcome = read(tmp_path, QUESTION | {"type": "factoid", "exact_answer": [["yes"]], "ideal_answer": "One text."})
    assert outcome.rows.select("decision", "ideal_answer").row(0) == (None, ["One text."])


def test_what_can_not_be_read_is_refused_with_its_reason(tmp_path):
    partly = QUESTION | {
        "documents": [f"{URL}7", "http://example.org/paper", None],
        "snippets": [{"document": f"{URL}PMC12", "text": "x"}, snippet(7, " "), "text", snippet(7, "Kept.")],
        "exact_answer": "perhaps",
    }
    outcome = read(tmp_path, QUESTION | {"body": ""}, "no object", QUESTION | {"type": "essay"}, {}, partly)
    assert outcome.refused.select("key", "reason").rows() == [
        ("1B1_golden.json question 1", "no body"),
        ("1B1_golden.json question 2", "expected an object, found 'no object'"),
        ("1B1_golden.json question 3", "type: expected one of yesno, factoid, list, summary, found 'essay'"),
        ("1B1_golden.json question 4", "no id"),
        ("1B1_golden.json q1 document 2", "no PMID in 'http://example.org/paper'"),
        ("1B1_golden.json q1 document 3", "no PMID in nothing"),
        ("1B1_golden.json q1 snippet 1", "no PMID in 'http://www.ncbi.nlm.nih.gov/pubmed/PMC12'"),
        ("1B1_golden.json q1 snippet 2", "no text from PMID 7"),
        ("1B1_golden.json q1 snippet 3", "no PMID in nothing"),
        ("1B1_golden.json q1 exact answer", "expected yes or no, found 'perhaps'"),
    ]
    assert outcome.refused["row_key"].is_unique().all()
    [row] = outcome.rows.iter_rows(named=True)
    assert (row["pmids"], [found["text"] for found in row["snippets"]], row["decision"]) == ([7], ["Kept."], None)


def test_a_file_without_questions_is_told(tmp_path):
    path = tmp_path / "1B1_golden.json"
    path.write_text('{"question": []}')
    with pytest.raises(BioasqError, match=r"1B1_golden\.json: questions: expected a list of questions, found nothing"):
        read_questions(path)


def test_a_pair_per_question_and_document(tmp_path):
    other = QUESTION | {"id": "q2", "body": "Do they rest?", "snippets": [snippet(9, "Bees rest.")]}
    unread = QUESTION | {"id": "q3", "snippets": []}
    pairs = document_questions(read(tmp_path, QUESTION, other, unread).rows)
    assert dict(pairs.schema) == PAIR_SCHEMA
    assert pairs.rows() == [
        ("q1", 9, "Bees rest.", "Do bees sleep?"),
        ("q1", 7, "Sleep in bees They sleep at night.", "Do bees sleep?"),
        ("q2", 9, "Bees rest.", "Do they rest?"),
    ]


@pytest.mark.parametrize(
    ("texts", "joined"),
    [
        ([], ""),
        (["One.", "One."], "One."),
        (["A longer one.", "longer"], "A longer one."),
        (["longer", "A longer one."], "A longer one."),
        (["It rose. Then it fell after a week.", "Then it fell after a week. It rose again."],
         "It rose. Then it fell after a week. It rose again."),
        (["It rose.", "It fell."], "It rose. It fell."),
        (["ends with a", "a short word"], "ends with a a short word"),
    ],
)  # fmt: skip
def test_what_snippets_share_is_given_once(texts, joined):
    assert join_snippets(texts) == joined


@given(st.text("ab .", min_size=60, max_size=120), st.data())
def test_joining_loses_nothing(text, data):
    cuts = st.integers(0, len(text))
    texts = [text[slice(*sorted((data.draw(cuts), data.draw(cuts))))] for _ in range(4)]
    joined = join_snippets(texts)
    assert all(part.strip() in joined for part in texts)
    assert len(joined) <= sum(len(part) + 1 for part in texts)


def test_texts_to_look_for_are_questions_and_whole_answers(tmp_path):
    long = "Yes, most bees sleep at night, and some of them rest in flowers too."
    texts = evaluation_texts(read(tmp_path, QUESTION | {"ideal_answer": [long, "Yes."]}).rows)
    assert texts.rows() == [("BioASQ q1 question", "Do bees sleep?"), ("BioASQ q1 ideal answer", long)]


@pytest.mark.skipif(not SHARED.exists(), reason="the real files are not beside this checkout")
def test_real_files():
    outcomes = [read_questions(path) for path in sorted(SHARED.glob("*_golden.json"))]
    assert [len(outcome.rows) for outcome in outcomes] == [100] * 12 + [97, 100, 100]
    assert sum(len(outcome.refused) for outcome in outcomes) == 0
    eighth = outcomes[9].rows.filter(type="yesno")
    assert eighth["decision"].value_counts(sort=True).rows() == [("yes", 19), ("no", 15)]
    pairs = document_questions(outcomes[0].rows)
    assert len(pairs) == len(pairs.unique(["question_id", "pmid"])) == 333
    assert pairs["document"].str.len_chars().min() > 10


@pytest.mark.parametrize(
    ("address", "pmid"),
    [
        ("https://pubmed.ncbi.nlm.nih.gov/7/?term=bees", 7),
        ("http://www.ncbi.nlm.nih.gov/pubmed/7#abstract ", 7),
        ("PMID:7", 7),
        ("pmid 7", 7),
        ("7", 7),
        ("https://example.org/7", None),
        ("PMC7", None),
        ("7th edition", None),
    ],
)
def test_a_document_is_an_address_of_pubmed_or_a_pmid(tmp_path, address, pmid):
    question = {"id": "q1", "type": "yesno", "body": "Do bees sleep?", "documents": [address]}
    (tmp_path / "golden.json").write_text(json.dumps({"questions": [question]}))
    assert read_questions(tmp_path / "golden.json").rows["pmids"][0].to_list() == ([] if pmid is None else [pmid])


def test_places_of_snippets_that_are_none_are_left_out(tmp_path):
    odd = snippet(7, "They sleep.") | {"beginSection": ["abstract"], "offsetInBeginSection": 10**30}
    question = {"id": "q1", "type": "yesno", "body": "Do bees sleep?", "snippets": [odd, snippet(7, "At night.")]}
    (tmp_path / "golden.json").write_text(json.dumps({"questions": [question]}))
    [found, _] = read_questions(tmp_path / "golden.json").rows["snippets"][0].to_list()
    assert (found["text"], found["begin_section"], found["begin_offset"]) == ("They sleep.", None, None)
