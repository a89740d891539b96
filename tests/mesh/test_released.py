import math

import pytest

from mesh.released import ReleasedSimilarity


def test_formula_by_hand(toy):
    # Category A01 holds 10 headings: Body 1, Organ 2, Graft 3, Skin 4. Below Body: 9; below Organ: 3; leaves have none.
    released = ReleasedSimilarity(toy, [["D1"], ["D2"] * 2, ["D3"] * 3, ["D6"] * 4])
    body, organ = -math.log10(9 / 10), -math.log10(3 / 10)
    largest = organ
    # Organ and Graft stand together in A01 alone; their common prefix is Organ; Graft, a leaf there, has no content.
    shared, both = organ / largest, organ + 0.0
    lin = min(1.0, 2 * shared / both)
    jc = max(0.0, 1 - min(1.0, both - 2 * shared))
    rel = lin * (1 - 10 ** (-shared * largest))
    assert released.descriptors("D2", "D3") == pytest.approx((lin + min(1.0, jc) + rel) / 3)
    assert body < organ


def test_its_defects_are_kept(toy):
    released = ReleasedSimilarity(toy, [["D6"], ["D3"], ["D2"], ["D1"]])
    # Two leaves of one category have no content of their own, so nothing is shared, however near they stand.
    assert released.descriptors("D6", "D3") == 0
    assert released.descriptors("D6", "D6") == 1
    # An article is not like itself: every heading is compared with every other.
    assert released.all_pairs_mean(["D6", "D3"], ["D6", "D3"]) == pytest.approx(0.5)
