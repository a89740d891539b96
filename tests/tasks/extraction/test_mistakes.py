import polars as pl
import pytest

from tasks.extraction.built_in import ADE, GDA, PHI
from tasks.extraction.examples import (
    ADE_SCHEMA,
    GDA_SCHEMA,
    PHI_SCHEMA,
    LabelledSpan,
    Relation,
    Span,
    ade_example,
    gda_example,
    phi_example,
)
from tasks.extraction.mistakes import mistakes

TEXT = "Severe rash after aspirin and lithium in May"
RASH, SEVERE_RASH, ASPIRIN, LITHIUM, MAY = Span(7, 11), Span(0, 11), Span(18, 25), Span(30, 37), Span(41, 44)


def found(gold, predicted):
    frames = [
        pl.DataFrame([ade_example(TEXT, [ASPIRIN, LITHIUM], pairs)], schema=ADE_SCHEMA) for pairs in (gold, predicted)
    ]
    return mistakes(*frames, ADE).drop("example_id").rows()


@pytest.mark.parametrize(
    ("gold", "predicted", "expected"),
    [
        ([Relation(ASPIRIN, RASH)], [Relation(ASPIRIN, RASH)], []),
        ([Relation(ASPIRIN, RASH)], [], [("missed", "aspirin: rash", None)]),
        ([], [Relation(ASPIRIN, MAY)], [("spurious", None, "aspirin: May")]),
        (
            [Relation(ASPIRIN, SEVERE_RASH)],
            [Relation(ASPIRIN, RASH)],
            [("boundary", "aspirin: Severe rash", "aspirin: rash")],
        ),
        (
            [Relation(ASPIRIN, SEVERE_RASH)],
            [Relation(LITHIUM, RASH)],
            [("wrong drug", "aspirin: Severe rash", "lithium: rash")],
        ),
        (  # what overlaps both counts by the one that it would be with another boundary
            [Relation(ASPIRIN, RASH), Relation(LITHIUM, SEVERE_RASH)],
            [Relation(ASPIRIN, RASH), Relation(LITHIUM, RASH)],
            [("boundary", "lithium: Severe rash", "lithium: rash")],
        ),
    ],
    ids=["right", "missed", "spurious", "boundary", "wrong drug", "two drugs"],
)
def test_relations(gold, predicted, expected):
    assert found(gold, predicted) == expected


def test_spans():
    gold, predicted = (
        pl.DataFrame([phi_example(TEXT, spans)], schema=PHI_SCHEMA)
        for spans in (
            [LabelledSpan(*MAY, "DATE_TIME"), LabelledSpan(*LITHIUM, "PERSON")],
            [LabelledSpan(*MAY, "AGE"), LabelledSpan(*SEVERE_RASH, "PERSON")],
        )
    )
    assert mistakes(gold, predicted, PHI).drop("example_id").rows() == [
        ("spurious", None, "PERSON: Severe rash"),
        ("wrong label", "DATE_TIME: May", "AGE: May"),
        ("missed", "PERSON: lithium", None),
    ]


def test_labels_of_sentences_and_sentences_that_were_not_predicted():
    gold = pl.DataFrame([gda_example(f"@GENE$ {number}", number % 2) for number in range(3)], schema=GDA_SCHEMA)
    predicted = gold.head(2).with_columns(label=pl.lit(1, pl.Int64))
    assert mistakes(gold, predicted, GDA).drop("example_id").rows() == [
        ("wrong label", "not associated", "associated"),
        ("missed", "not associated", None),
    ]
