import polars as pl

from tasks.extraction.built_in import GDA
from tasks.extraction.examples import GDA_SCHEMA, gda_example
from tasks.extraction.judge import judge
from tasks.report.extraction_page import render_extraction
from tasks.report.figures import draw_funnel
from tasks.report.template import safe, shown

HOSTILE = "\x00\x1b[31m\u202e<script>\u2066"
SHOWN = "␀␛[31m⟨U+202E⟩&lt;script&gt;⟨U+2066⟩"


def test_what_a_model_writes_acts_on_no_page():
    gold = pl.DataFrame([gda_example(f"@GENE$ {HOSTILE}", 1)], schema=GDA_SCHEMA)
    judged = judge(gold, gold.with_columns(label=pl.lit(0, pl.Int64)), GDA)
    for page in render_extraction(judged, f"gda: {HOSTILE}"), draw_funnel([(HOSTILE, 1)]):
        assert not set(page) & {"\x00", "\x1b", "\u202e", "\u2066"}
        assert SHOWN in page


def test_markup_of_our_own_stays_as_it_is():
    assert shown(safe("<b>\u202e</b>")) == "<b>\u202e</b>"
    assert shown(3) == 3
