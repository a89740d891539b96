from mesh.branch import find_branch
from mesh.draw import draw_branch


def test_a_rectangle_holds_what_stands_at_and_below_a_position(toy):
    [treemap] = draw_branch(toy, find_branch(toy, "A01"), {"A01.100.100": 2, "A01.200": 1}, "articles").data
    found = dict(zip(treemap.ids, zip(treemap.labels, treemap.parents, treemap.values, strict=True), strict=True))
    assert found == {
        "A01": ("Body", "", 3),
        "A01.100": ("Organ", "A01", 2),
        "A01.100.100": ("Graft", "A01.100", 2),
        "A01.200": ("Skin", "A01", 1),
    }
    assert "articles" in treemap.hovertemplate
