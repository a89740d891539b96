import polars as pl
from lxml import html

from tasks.extraction.built_in import ADE, GDA
from tasks.extraction.examples import (
    ADE_SCHEMA,
    GDA_SCHEMA,
    LabelledSpan,
    Relation,
    Span,
    ade_example,
    gda_example,
)
from tasks.extraction.judge import judge
from tasks.report.extraction_page import pick_sentences, pieces, render_extraction

TEXT = "Lithium toxicity & <rash> after lithium"
FIRST, TOXICITY, RASH, LAST = Span(0, 7), Span(0, 16), Span(20, 24), Span(32, 39)


def frame(*relations):
    return pl.DataFrame([ade_example(TEXT, [FIRST, LAST], relations, pmid=77)], schema=ADE_SCHEMA)


def test_a_text_is_cut_at_the_edges_of_spans_that_overlap():
    found = pieces("abcdef", [LabelledSpan(0, 4, "event"), LabelledSpan(2, 4, "drug"), LabelledSpan(2, 4, "drug")])
    assert [(piece.text, piece.labels) for piece in found] == [
        ("ab", ("event",)), ("cd", ("event", "drug")), ("ef", ()),
    ]  # fmt: skip
    assert [piece.text for piece in pieces("abc", [])] == ["abc"]


def test_the_page_shows_gold_beside_predictions_and_escapes_them():
    judged = judge(frame(Relation(LAST, RASH)), frame(Relation(FIRST, RASH), Relation(LAST, TOXICITY)), ADE)
    assert judged.mistake_counts == {"wrong drug": 1, "spurious": 1}
    page = html.fromstring(render_extraction(judged, "ade: a student"))
    assert page.findtext(".//h1") == "ade: a student"
    sides = page.find_class("side")
    assert [side.find_class("tag")[0].text for side in sides] == ["gold", "predicted"]
    for side in sides:
        assert TEXT in side.text_content()
    assert [item.text for item in sides[1].iter("li")] == ["Lithium → rash", "lithium → Lithium toxicity"]
    assert [kind.text for kind in page.find_class("kind")] == ["wrong drug", "spurious"]


def test_kinds_of_mistakes_take_turns():
    gold = pl.DataFrame([gda_example(f"@GENE$ {number}", 1) for number in range(6)], schema=GDA_SCHEMA)
    predicted = gold.with_columns(label=pl.Series([0, 0, 0, 0, None, None], dtype=pl.Int64))
    judged = judge(gold, predicted, GDA)
    assert judged.mistake_counts == {"wrong label": 4, "missed": 2}
    shown = [each["text"] for each in pick_sentences(judged, 4)]
    assert shown == ["@GENE$ 0", "@GENE$ 4", "@GENE$ 1", "@GENE$ 5"]
    assert "not associated" in render_extraction(judged, "gda")


def test_without_mistakes_there_is_nothing_to_show():
    judged = judge(frame(Relation(LAST, RASH)), frame(Relation(LAST, RASH)), ADE)
    page = html.fromstring(render_extraction(judged, "ade"))
    assert not page.find_class("example")
    assert judged.scores["relations, strict"].f1.value == 1
