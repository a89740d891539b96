from datetime import date

import polars as pl
import pytest
from pydantic import ValidationError

from tasks.literature.wanted import Wanted

REVIEW = {"ui": "D016454", "name": "Review"}
TYPES = pl.List(pl.Struct({"ui": pl.String, "name": pl.String}))


def test_a_date_online_counts_as_well():
    dates = {"date": ["2025-01", "2025-01"], "electronic_date": ["2024-12-20", None]}
    assert kept(Wanted(until=date(2024, 12, 31)), **dates) == [True, False]


def kept(wanted: Wanted, **columns: list) -> list[bool]:
    """Return which rows the condition holds for; columns not given hold for every row."""
    [height] = {len(values) for values in columns.values()}
    dates = {"date": ["2020-03"] * height, "electronic_date": [None] * height}
    rows = {**dates, "language": [["eng"]] * height, "publication_types": [[REVIEW]] * height}
    named = {"date": pl.String, "electronic_date": pl.String, "language": pl.List(pl.String)}
    schema = {"place": pl.Int64, **named, "publication_types": TYPES}
    frame = pl.DataFrame({"place": range(height), **rows, **columns}, schema=schema)
    found = set(frame.filter(wanted.condition())["place"])
    return [place in found for place in range(height)]


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        (["2020-03-14", "2020-03-15", "2020-03-16"], [False, True, True]),
        # A month or a year counts where it may hold the day.
        (["2020-02", "2020-03", "2019", "2020"], [False, True, False, True]),
        ([None], [False]),
    ],
)
def test_since_a_day(dates, expected):
    assert kept(Wanted(since=date(2020, 3, 15)), date=dates) == expected


def test_until_a_day():
    dates = ["2020-03-15", "2020-03-16", "2020-03", "2020-04", "2021"]
    assert kept(Wanted(until=date(2020, 3, 15)), date=dates) == [True, False, True, False, False]


def test_languages_and_publication_types():
    languages = [["eng"], ["ger", "eng"], ["ger"], []]
    assert kept(Wanted(languages=("ENG",)), language=languages) == [True, True, False, False]
    types = [[REVIEW], [{"ui": "D016428", "name": "Journal Article"}], []]
    assert kept(Wanted(publication_types=("review",)), publication_types=types) == [True, False, False]


def test_days_in_the_wrong_order_are_told():
    with pytest.raises(ValidationError, match="since 2021-01-01 lies after until 2020-01-01"):
        Wanted(since=date(2021, 1, 1), until=date(2020, 1, 1))
