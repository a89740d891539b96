import polars as pl

from tasks.literature.headings import count_unnamed, with_uis

HEADING = pl.Struct({"ui": pl.String, "name": pl.String, "major": pl.Boolean})


def articles(*headings: list[tuple[str | None, str]]) -> pl.DataFrame:
    rows = [[{"ui": ui, "name": name, "major": False} for ui, name in each] for each in headings]
    return pl.DataFrame({"pmid": range(len(rows)), "headings": pl.Series(rows, dtype=pl.List(HEADING))})


def uis(found: pl.DataFrame) -> list[list[str | None]]:
    return [[heading["ui"] for heading in each] for each in found["headings"]]


def test_a_heading_without_a_ui_gets_that_of_its_name_or_entry_term(toy):
    bare = articles([(None, "Graft"), (None, "skin TERM")], [], [("D1", "Body"), (None, "Patch")])
    found = with_uis(bare, toy)
    assert uis(found) == [["D3", "D6"], [], ["D1", "D5"]]
    assert found.schema == bare.schema
    assert (count_unnamed(bare), count_unnamed(found)) == (3, 0)


def test_a_name_that_the_year_does_not_know_stays_and_is_counted(toy):
    found = with_uis(articles([(None, "Humours, Black"), (None, "Skin")]), toy)
    assert uis(found) == [[None, "D6"]]
    assert found["headings"][0][0]["name"] == "Humours, Black"
    assert count_unnamed(found) == 1
    assert uis(with_uis(articles([(None, "Humours, Black")]), toy)) == [[None]]


def test_a_ui_is_never_changed(toy):
    # D9 is of another year, where another descriptor went by the name.
    modern = articles([("D9", "Skin"), ("D2", "Organ")], [])
    assert with_uis(modern, toy).equals(modern)
    assert count_unnamed(modern) == 0
