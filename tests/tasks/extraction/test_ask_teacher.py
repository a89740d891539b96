import re

import polars as pl
import pytest

from tasks.extraction.ask_teacher import BY_EXAMPLE, labels_of, teacher_asking, vote, wanted_answers
from tasks.extraction.built_in import ADE, BUILT_IN, GDA, PHI
from tasks.extraction.examples import SENTENCE_SCHEMA, LabelledSpan, Relation, Span, sentence_row
from tasks.extraction.targets import Targets
from tasks.extraction.teacher import Teacher
from tasks.extraction.teacher_labels import LocationCounts
from tasks.serving.ask_rows import ask_rows
from tasks.serving.endpoint import Endpoint
from tasks.serving.reply import Reply
from tests.fake_llm import MODEL, FakeLlm

TEXTS = ("The rash began after aspirin.", "Lithium was measured.")
SENTENCES = pl.DataFrame(
    [sentence_row("ade", text, pmid) for pmid, text in enumerate(TEXTS, 1)], schema=SENTENCE_SCHEMA
)
ASPIRIN, RASH = Span(21, 28), Span(4, 8)


def answers(*rows):
    ids = SENTENCES["example_id"].to_list()
    return pl.DataFrame(
        [(ids[sentence], draw, answer) for sentence, draw, answer in rows],
        schema={"example_id": pl.String, "draw": pl.Int64, "answer": pl.String},
        orient="row",
    )


@pytest.mark.parametrize("task", BUILT_IN.values(), ids=BUILT_IN)
def test_every_example_is_an_answer_that_its_task_allows_and_reads_without_loss(task):
    for shot in task.question.shots:
        counts = LocationCounts()
        labels = task.question.read(shot.text, shot.answer, counts)
        assert re.fullmatch(task.question.pattern, shot.answer)
        assert not counts.malformed
        assert not counts.not_found
        assert set(counts.found) <= {"exact"}
        assert shot.answer == "none" or labels != Targets()


@pytest.mark.parametrize(
    ("task", "answer"),
    [(ADE, ""), (ADE, "aspirin"), (ADE, "a: b |"), (ADE, "none\nnone"), (GDA, "perhaps"), (PHI, "PERSON:")],
)
def test_no_other_form_is_allowed(task, answer):
    assert not re.fullmatch(task.question.pattern, answer)


def test_the_answer_names_kinds_of_data():
    counts = LocationCounts()
    labels = PHI.question.read("Ann met Ann in Rome.", "PERSON: Ann\nCITY: Rome\nGPE: Paris", counts)
    assert labels.spans == (LabelledSpan(0, 3, "PERSON"), LabelledSpan(8, 11, "PERSON"))
    assert counts.malformed == {"no label of the task": 1}
    assert counts.not_found == {"GPE": 1}


def test_an_association_that_is_none_says_nothing():
    counts = LocationCounts()
    read = [GDA.question.read("", answer, counts) for answer in ("Not associated.", "**associated**", "perhaps")]
    assert read == [Targets(label=0), Targets(label=1), None]
    assert counts.malformed == {"neither of the labels": 1}
    assert vote([Targets(), Targets()], 0.5).label is None


def test_sentences_without_a_label_are_no_examples():
    said = answers((0, 1, "associated"), (1, 1, "perhaps"))
    assert labels_of(SENTENCES, said, GDA, Teacher()).examples["label"].to_list() == [1]


@pytest.mark.parametrize(
    ("task", "unreadable", "readable", "reason"),
    [
        (ADE, "The drug aspirin caused rash.", "none", "no line is of the task's format (no ': ' after a drug)"),
        (ADE, "", "Lithium: none", "the model said nothing"),
        (ADE, " \n", "none", "the model said nothing"),
        (ADE, "```\n```", "```\nLithium: none\n```", "the answer is empty"),
        (ADE, "<think>It is aspirin: rash", "<think>Hm</think>\nnone", "the model only thought"),
        (ADE, "<think>aspirin: rash</think>", "Here it is\nlithium: rash", "the model only thought"),
        (ADE, '{"drugs": []}', "none", "nothing that it names stands in the sentence"),
        (ADE, "ibuprofen: rash", "Lithium: toxicity", "nothing that it names stands in the sentence"),
        (PHI, "PERSON: Jane", "PERSON: none", "nothing that it names stands in the sentence"),
        (PHI, "CITY: Rome", "none", "no line is of the task's format (no label of the task)"),
        (
            PHI,
            "There is none in it.",
            "CITY: Rome\nPERSON: Lithium",
            "no line is of the task's format (no ': ' after a drug)",
        ),
        (GDA, "They may be.", "Not associated.", "no line is of the task's format (neither of the labels)"),
    ],
)
def test_an_answer_that_can_not_be_read_is_refused_and_is_no_negative(llm, task, unreadable, readable, reason):
    teacher = Teacher(shots=0)
    llm.reply = lambda body: unreadable if body["messages"][-1]["content"] == TEXTS[0] else readable
    outcome = ask_rows(
        wanted_answers(SENTENCES, task, teacher), teacher_asking(task, teacher), Endpoint(llm.url, MODEL)
    )
    [first, second] = SENTENCES["example_id"]
    assert outcome.refused.select("key", "reason").rows() == [(f"sentence {first} of PMID 1", reason)]
    assert outcome.rows["example_id"].to_list() == [second]
    assert "<think>" not in outcome.rows["answer"][0]
    assert labels_of(SENTENCES, outcome.rows, task, teacher).examples["example_id"].to_list() == [second]


def test_what_was_cut_off_says_nothing_and_thoughts_are_named():
    read = teacher_asking(ADE, Teacher()).read
    row = {"text": TEXTS[0]}
    assert read(Reply("aspirin: ra", "length", 1, 128), row) == "the answer was cut off"
    spent = Reply("", "length", 1, 2_176, thoughts="aspirin: rash")
    assert read(spent, row) == "all 2,176 tokens went into thoughts; give it more (thinking_tokens)"
    assert read(Reply("Here it is:\n```\naspirin: rash\n```\nDone.", "stop", 1, 1), row) == {
        "answer": "Here it is:\n```\naspirin: rash\n```\nDone."
    }


def test_none_in_the_format_is_a_negative():
    labels = labels_of(SENTENCES, answers((0, 1, "none"), (1, 1, "nothing here")), ADE, Teacher())
    assert labels.examples.select("example_id", pl.col("drugs").list.len()).rows() == [(SENTENCES["example_id"][0], 0)]
    assert labels.with_something == 0


def test_votes_are_of_the_answers_that_can_be_read():
    said = answers((0, 1, "aspirin: rash"), (0, 2, "no idea"), (0, 3, "no idea"))
    labels = labels_of(SENTENCES, said, ADE, Teacher(samples=3))
    assert labels.examples["relations"].list.len().to_list() == [1]


def test_a_refused_sentence_of_no_article_has_a_name():
    unknown = SENTENCES.with_columns(pmid=pl.lit(None, dtype=pl.Int64))
    assert unknown.select(BY_EXAMPLE).to_series()[0] == f"sentence {SENTENCES['example_id'][0]} of PMID unknown"


def test_a_request_for_each_sentence_and_draw():
    teacher = Teacher(samples=2, shots=1, temperature=0.7)
    wanted = wanted_answers(SENTENCES, ADE, teacher)
    assert wanted["row_key"].is_unique().all()
    with FakeLlm() as server:
        server.reply = lambda body: "none"
        outcome = ask_rows(wanted, teacher_asking(ADE, teacher), Endpoint(server.url, MODEL))
        [body, *_] = server.requests
    assert len(server.requests) == len(outcome.rows) == 4
    assert [turn["role"] for turn in body["messages"]] == ["system", "user", "assistant", "user"]
    assert body["structured_outputs"] == {"regex": ADE.question.pattern}
    assert outcome.rows["answer"].to_list() == ["none"] * 4


def test_several_answers_are_drawn_warm_and_one_is_the_likeliest():
    assert [Teacher(samples=5).drawn_at, Teacher().drawn_at, Teacher(samples=5, temperature=1.0).drawn_at] == [
        0.7,
        0,
        1,
    ]
    with pytest.raises(ValueError, match="5 answers at temperature 0 are all the same and can not vote"):
        Teacher(samples=5, temperature=0)


def test_answers_do_not_change_with_the_vote_but_with_what_is_asked():
    recipe = Teacher(samples=5).recipe(ADE).digest
    assert Teacher(samples=3, agreement=1.0).recipe(ADE).digest == recipe
    for other in (Teacher(shots=0), Teacher(temperature=0.5)):
        assert other.recipe(ADE).digest != recipe
    assert Teacher().recipe(GDA).digest != recipe


def test_labels_are_located_and_a_sentence_without_answer_is_missing():
    labels = labels_of(SENTENCES, answers((0, 1, "aspirin: rash | fever")), ADE, Teacher())
    [row] = labels.examples.to_dicts()
    assert row["example_id"] == SENTENCES["example_id"][0]
    assert row["relations"] == [{"drug_start": 21, "drug_end": 28, "event_start": 4, "event_end": 8}]
    assert labels.counts.not_found == {"event": 1}
    assert (labels.voted, labels.unanimous) == (0, 0)


def test_several_answers_vote():
    said = answers((0, 1, "aspirin: rash"), (0, 2, "aspirin: rash"), (0, 3, "aspirin: none"),
                   (1, 1, "Lithium: none"), (1, 2, "Lithium: none"), (1, 3, "Lithium: none"))  # fmt: skip
    labels = labels_of(SENTENCES, said, ADE, Teacher(samples=3))
    assert (labels.voted, labels.unanimous) == (2, 1)
    assert labels.examples["relations"].list.len().to_list() == [1, 0]
    strict = labels_of(SENTENCES, said, ADE, Teacher(samples=3, agreement=1.0))
    assert strict.examples["relations"].list.len().to_list() == [0, 0]
    assert strict.examples["drugs"].list.len().to_list() == [1, 1]


def test_a_kept_relation_keeps_its_drug_and_labels_are_counted():
    relation = Relation(ASPIRIN, RASH)
    drug = LabelledSpan(*ASPIRIN, "drug")
    assert vote([Targets((drug,), (relation,))], 1.0) == Targets((drug,), (relation,))
    assert vote([Targets(label=1), Targets(label=0), Targets(label=0)], 0.5).label == 0
    assert vote([Targets(label=1), Targets(label=0)], 0.5).label == 1
