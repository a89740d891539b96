import polars as pl
import pytest

from tasks.extraction.built_in import ADE
from tasks.extraction.examples import ADE_SCHEMA, Relation, Span, ade_example
from tasks.extraction.judge import judge_beside_teacher

A, B, C = Span(0, 1), Span(2, 3), Span(4, 5)


def frame(*sentences):
    rows = [ade_example(f"a b c {number}", (), relations, pmid=number) for number, relations in enumerate(sentences)]
    return pl.DataFrame(rows, schema=ADE_SCHEMA)


def test_student_and_teacher_are_judged_on_the_same_sentences():
    gold = frame([Relation(A, B)], [Relation(A, B)], [])
    student = frame([Relation(A, B)], [Relation(A, B)], [Relation(A, C)], [Relation(A, B)])  # one more sentence
    teacher = frame([Relation(A, C)], [Relation(A, B)])  # nothing about the last
    beside = judge_beside_teacher(gold, student, teacher, ADE, resamples=50)
    assert beside.sentences == 3
    assert beside.student["relations, strict"].f1.value == pytest.approx(4 / 5)
    assert beside.teacher["relations, strict"].f1.value == pytest.approx(1 / 2)
    assert beside.difference.value == pytest.approx(4 / 5 - 1 / 2)
    assert beside.difference.low <= beside.difference.value <= beside.difference.high
