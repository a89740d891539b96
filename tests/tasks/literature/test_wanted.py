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


@pytest.mark.parametrize("language", ["eng", "ENG", "en", "English", " english "])
def test_a_language_goes_by_code_short_code_and_name(language):
    assert Wanted(languages=(language,)) == Wanted(languages=("eng",))


def test_a_language_has_one_code_in_pubmed():
    assert Wanted(languages=("deu", "de", "fra")).languages == ("ger", "ger", "fre")


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("D016454", "Review"),
        ("Reviews", "Review"),
        ("systematic reviews", "Systematic Review"),
        ("Meta analyses", "Meta-Analysis"),
        ("case report", "Case Reports"),
        ("Evaluation Studies", "Evaluation Study"),  # what it was called before 2021
        ("Clinical Trial, Phase 2", "Clinical Trial, Phase II"),
        ("Scoping Review", "Scoping Review"),  # newer than the shipped MeSH
    ],
)
def test_a_publication_type_goes_by_ui_name_and_number(asked, found):
    assert Wanted(publication_types=(asked,)).publication_types == (found,)


def test_a_subheading_goes_by_name_and_abbreviation():
    asked = ("Therapy", "dt", "Prevention and control")
    assert Wanted(qualifiers=asked).qualifiers == ("therapy", "drug therapy", "prevention & control")


def test_a_publication_type_is_known_by_its_ui_whatever_it_was_called():
    older = {"ui": "D023362", "name": "Evaluation Studies"}
    bare = {"ui": None, "name": "Clinical Trial, Phase 2"}
    wanted = Wanted(publication_types=("Evaluation Study", "Clinical Trial, Phase II"))
    assert kept(wanted, publication_types=[[older], [bare], [REVIEW]]) == [True, True, False]


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ({"languages": ["Englsh"]}, r"no articles in a language 'Englsh'.* eng \(English\)"),
        ({"languages": ["xx"]}, "no articles in a language 'xx'"),
        ({"publication_types": ["RCT"]}, "no publication type 'RCT'; the nearest are: Randomized Controlled Trial;"),
        ({"publication_types": ["Reviw"]}, "no publication type 'Reviw'; the nearest are: Review;"),
        ({"publication_types": ["Neoplasms"]}, "no publication type 'Neoplasms'"),
        ({"qualifiers": ["theraphy"]}, "no subheading 'theraphy'; the nearest are: therapy,"),
    ],
)
def test_a_filter_that_can_match_nothing_is_refused_with_what_is_near(wanted, told):
    with pytest.raises(ValidationError, match=told):
        Wanted(**wanted)


def test_days_in_the_wrong_order_are_told():
    with pytest.raises(ValidationError, match="since 2021-01-01 lies after until 2020-01-01"):
        Wanted(since=date(2021, 1, 1), until=date(2020, 1, 1))
