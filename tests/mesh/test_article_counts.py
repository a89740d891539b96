import polars as pl

from mesh.article_counts import count_articles
from mesh.branch import find_branch


def test_an_article_counts_once_at_and_above_its_headings(toy):
    headings = [["D3", "D6"], ["D3"], ["D5"], ["D4"], []]
    frame = pl.DataFrame(
        {"pmid": range(5), "headings": [[{"ui": ui, "major": False} for ui in uis] for uis in headings]},
        schema_overrides={"headings": pl.List(pl.Struct({"ui": pl.String, "major": pl.Boolean}))},
    )
    # Graft (D3) stands at A01.100.100 and B01.200; Patch (D5) below the second.
    expected = {"A01": 2, "A01.100": 2, "A01.100.100": 2, "A01.200": 1}
    assert count_articles([frame[:2], frame[2:]], toy, find_branch(toy, "A01")) == expected
    graft = find_branch(toy, "Graft")
    assert count_articles([frame], toy, graft) == {"A01.100.100": 2, "B01.200": 3, "B01.200.300": 1}
    assert count_articles([frame], toy, find_branch(toy, "A"))["A"] == 2
