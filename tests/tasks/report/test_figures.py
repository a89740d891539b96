import polars as pl
from lxml import etree

from mesh.branch import find_branch
from tasks.preference.score import Measure
from tasks.report.figures import draw_coverage, draw_funnel, draw_margins, draw_scores


def test_the_funnel_is_svg_and_its_bars_shrink():
    root = etree.fromstring(draw_funnel([("harvested <all>", 9999), ("sampled", 99), ("none", 0)]))
    widths = [float(bar.get("width")) for bar in root.iter("{*}rect")]
    assert widths == [420.0, 210.0, 0.0]
    assert "harvested <all>" in [text.text for text in root.iter("{*}text")]


def test_coverage_counts_every_article_once(toy):
    headings = [[{"ui": "D6", "major": True}], [{"ui": "D2", "major": True}], [{"ui": "D3", "major": True}]]
    usable = pl.DataFrame({"pmid": [1, 2, 3], "headings": headings})
    figure = draw_coverage(usable, {2}, toy, find_branch(toy, "A01"), seed=0)
    [treemap] = figure.data
    values = dict(zip(treemap.ids, treemap.values, strict=True))
    assert values == {"A01": 3, "A01.100": 2, "A01.100.100": 1, "A01.200": 1}
    assert dict(zip(treemap.ids, treemap.customdata, strict=True))["A01.100"] == 1
    assert dict(zip(treemap.ids, treemap.parents, strict=True)) == {
        "A01": "",
        "A01.100": "A01",
        "A01.100.100": "A01.100",
        "A01.200": "A01",
    }


def test_scores_and_margins_draw_what_they_are_given():
    scored = pl.DataFrame(
        [(measure.value, generator, 0.5) for measure in Measure for generator in ("a", "b")],
        schema=["measure", "generator", "score"],
        orient="row",
    )
    assert len(draw_scores(scored).data) == 6
    assert list(draw_margins([0.1, 0.2], 0.02).data[0].x) == [0.1, 0.2]
