import polars as pl
import pytest

from tasks.extraction.examples import (
    ADE_SCHEMA,
    GDA_SCHEMA,
    PHI_SCHEMA,
    ExamplesError,
    LabelledSpan,
    Relation,
    Span,
    ade_example,
    check_examples,
    drug_spans,
    gda_example,
    labelled_spans,
    phi_example,
    relation_pairs,
)

DRUG, EVENT = Span(0, 7), Span(15, 19)


def frame(**changes: object) -> pl.DataFrame:
    row = ade_example("Aspirin caused rash.", [DRUG], [Relation(DRUG, EVENT)], pmid=7)
    return pl.DataFrame([row | changes], schema=ADE_SCHEMA)


def test_a_row_holds_what_it_was_made_from():
    other = Span(1, 3)
    row = ade_example("Aspirin caused rash.", [other, other], [Relation(DRUG, EVENT)] * 2, pmid=7)
    assert drug_spans(row["drugs"]) == [DRUG, other]
    assert relation_pairs(row["relations"]) == [Relation(DRUG, EVENT)]
    assert (row["pmid"], row["group"]) == (7, "pmid 7")
    phi = phi_example("Ann, 7", [LabelledSpan(5, 6, "AGE"), LabelledSpan(0, 3, "PERSON")], group="template 1")
    assert labelled_spans(phi["spans"]) == [(0, 3, "PERSON"), (5, 6, "AGE")]
    assert phi["group"] == "template 1"


def test_an_example_is_known_by_task_and_text():
    ids = [
        ade_example("A.", (), (), pmid=1),
        ade_example("A.", (), ()),
        gda_example("A.", 1),
        ade_example("B.", (), ()),
    ]
    assert [ids[0]["example_id"] == row["example_id"] for row in ids] == [True, True, False, False]
    assert ids[1]["group"] == f"sentence {ids[1]['example_id']}"


def test_rows_of_each_task_fit_their_schema():
    check_examples(frame(), ADE_SCHEMA)
    check_examples(pl.DataFrame([gda_example("A.", None)], schema=GDA_SCHEMA), GDA_SCHEMA)
    check_examples(pl.DataFrame([phi_example("A.", [LabelledSpan(0, 1, "X")])], schema=PHI_SCHEMA), PHI_SCHEMA)


@pytest.mark.parametrize(
    ("examples", "message"),
    [
        (frame().drop("relations"), "examples: expected a column relations of List"),
        (frame().with_columns(pmid=pl.lit("7")), "expected a column pmid of Int64, found String"),
        (pl.concat([frame(), frame()]), "stands there twice"),
        (frame(drugs=[{"start": 0, "end": 21}]), "expected spans within its 20 characters, found 0 to 21"),
        (frame(drugs=[{"start": 3, "end": 3}]), "found 3 to 3"),
        (frame(text="Short"), "found 0 to 7"),
        (frame(drugs=[]), "expected the drug of every relation among its drugs"),
    ],
)
def test_a_frame_that_breaks_the_contract_is_told(examples, message):
    with pytest.raises(ExamplesError, match=message):
        check_examples(examples, ADE_SCHEMA)
