from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.extraction.ade_corpus import read_ade_corpus
from tasks.extraction.examples import Relation, Span, drug_spans, relation_pairs
from tasks.extraction.teacher_format import (
    DrugEvents,
    TeacherAnswer,
    TeacherFormatError,
    labelled_answer,
    parse_answer,
    write_answer,
)

SHARED = Path(__file__).parents[4] / "shared" / "data" / "ade"
NAME = st.text(st.sampled_from("aAbßİ1:| -\u2028\x85\r."), min_size=1, max_size=8)


def test_an_answer_has_a_line_per_drug():
    answer = parse_answer("aspirin: rash | hives\n\n  codeine :  none \nlidocaine 1:1000: Fits|fits | Fever")
    assert answer.drugs == (
        DrugEvents("aspirin", ("rash", "hives")),
        DrugEvents("codeine", ()),
        DrugEvents("lidocaine 1:1000", ("Fits", "Fever")),
    )
    assert answer.malformed == ()
    assert answer.pairs == [
        ("aspirin", "rash"), ("aspirin", "hives"), ("lidocaine 1:1000", "Fits"), ("lidocaine 1:1000", "Fever"),
    ]  # fmt: skip


@pytest.mark.parametrize("answer", ["none", "None", "\n NONE \n", "None.", "- none", "```\nnone\n```", "none\nNONE"])
def test_an_answer_may_say_that_there_is_no_drug(answer):
    assert parse_answer(answer) == TeacherAnswer((), (), says_none=True)


def test_none_with_a_note_is_none_and_the_note_is_counted():
    answer = parse_answer("none\n(The sentence names no drug.)")
    assert (answer.says_none, len(answer.malformed)) == (True, 1)


@pytest.mark.parametrize(
    "answer", ["", "\n", "```", "The drug aspirin caused rash.", "I cannot help.", "nonesuch", "aspirin"]
)
def test_an_answer_of_another_form_says_nothing(answer):
    parsed = parse_answer(answer)
    assert not parsed.readable
    assert parsed.malformed


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("Here is the answer", "no ': ' after a drug"),
        ("aspirin:rash", "no ': ' after a drug"),
        ("aspirin:", "no ': ' after a drug"),
        ("methyl G: CALGB: neurotoxicity", "more than one ': '"),
        ("aspirin: grade: 3", "more than one ': '"),
        (": rash", "no drug before ': '"),
        ("none: rash", "no drug before ': '"),
        ("aspirin | codeine: rash", "| in a drug's name"),
        ("aspirin: rash | | hives", "an event is empty"),
        ("aspirin: rash |", "an event is empty"),
        ("aspirin: none | rash", "none stands beside events"),
        ("None", "none stands beside other lines"),
        ("Codeine: rash", "a line above names the same drug"),
    ],
)
def test_a_malformed_line_costs_no_other(line, reason):
    answer = parse_answer(f"codeine: fits\n{line}\nsalt: none")
    assert [drug.drug for drug in answer.drugs] == ["codeine", "salt"]
    assert [(wrong.line, wrong.reason) for wrong in answer.malformed] == [(line, reason)]


@pytest.mark.parametrize("answer", ["", " \n\n"])
def test_an_empty_answer_is_not_none(answer):
    [wrong] = parse_answer(answer).malformed
    assert (wrong.line, wrong.reason) == ("", "the answer is empty")


@given(st.lists(st.builds(DrugEvents, NAME, st.lists(NAME, max_size=3).map(tuple)), max_size=3))
def test_what_is_written_is_read_back(drugs):
    try:
        answer = write_answer(drugs)
    except TeacherFormatError:
        names = [line.drug.casefold() for line in drugs]
        kept = [name for line in drugs for name in (line.drug, *line.events)]
        folded = [[event.casefold() for event in line.events] for line in drugs]
        assert (
            len(set(names)) < len(names)
            or any(len(set(events)) < len(events) for events in folded)
            or any("|" in name or ": " in name or name != name.strip() or name.endswith(":") for name in kept)
            or any(name.startswith(": ") for name in kept)
        )
    else:
        assert parse_answer(answer) == TeacherAnswer(tuple(drugs), (), says_none=not drugs)


@given(st.text(st.sampled_from("ab: |\nNnOoEe"), max_size=40))
def test_any_answer_is_read_and_what_was_read_is_written(answer):
    parsed = parse_answer(answer)
    assert parse_answer(write_answer(parsed.drugs)).drugs == parsed.drugs


@pytest.mark.parametrize(
    "drugs",
    [
        [DrugEvents("methyl G: CALGB", ())],
        [DrugEvents("a", ("x | y",))],
        [DrugEvents("a", ("x\ny",))],
        [DrugEvents("a", ("none",))],
        [DrugEvents("a", ()), DrugEvents("A", ())],
    ],
)
def test_what_lines_can_not_hold_is_not_written(drugs):
    with pytest.raises(TeacherFormatError, match="expected names that a line can hold as "):
        write_answer(drugs)


def test_labels_are_shown_as_a_teacher_would_say_them():
    text = "Aspirin and salt: aspirin caused Rash and rash and fits."
    drugs = [Span(0, 7), Span(12, 16), Span(18, 25)]
    events = [Span(33, 37), Span(42, 46), Span(51, 55)]
    relations = [Relation(drugs[2], event) for event in reversed(events)]
    assert labelled_answer(text, drugs, relations) == "Aspirin: Rash | fits\nsalt: none"
    assert labelled_answer(text, [], []) == "none"


@pytest.mark.skipif(not SHARED.exists(), reason="the real files are not beside this checkout")
def test_all_real_labels_but_one_can_be_shown():
    refused = []
    for text, drugs, relations in read_ade_corpus(SHARED).examples.select("text", "drugs", "relations").iter_rows():
        try:
            answer = parse_answer(labelled_answer(text, drug_spans(drugs), relation_pairs(relations)))
        except TeacherFormatError as error:
            refused.append(str(error))
        else:
            names = {tuple(text[slice(*span)].casefold() for span in pair) for pair in relation_pairs(relations)}
            assert {(drug.casefold(), event.casefold()) for drug, event in answer.pairs} == names
    assert len(refused) == 1
    assert refused[0].endswith("'methyl G: CALGB: Severe neurotoxicity'")
