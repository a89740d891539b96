import polars as pl

from tasks.report.rows import count_unknown


def test_headings_of_another_year_are_counted_whether_they_have_a_ui_or_not(toy):
    headings = pl.Series(
        [[{"ui": "D6"}, {"ui": "D999"}], [{"ui": None}], []], dtype=pl.List(pl.Struct({"ui": pl.String}))
    )
    assert count_unknown(headings, toy) == 2
