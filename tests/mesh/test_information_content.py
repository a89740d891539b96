import math

import pytest

from mesh.information_content import (
    intrinsic_information_content,
    seco_information_content,
)


def test_intrinsic_information_content_by_hand(toy):
    # Leaves are Patch and Skin (Graft has Patch below it). Body: Skin alone, one ancestor (itself).
    content = intrinsic_information_content(toy)
    assert content["D1"] == pytest.approx(-math.log((1 / 1 + 1) / 3))
    assert content["D4"] == pytest.approx(-math.log((1 / 1 + 1) / 3))
    assert content["D3"] == pytest.approx(-math.log((1 / 4 + 1) / 3))
    # Patch counts itself as its leaf; at or above it are Patch, Graft and Tools.
    assert content["D5"] == pytest.approx(-math.log((1 / 3 + 1) / 3))


def test_seco_information_content_by_hand(toy):
    # Six descriptors; Body has Organ, Graft and Skin below it, Tools has Graft and Patch.
    content = seco_information_content(toy)
    assert content["D1"] == pytest.approx(1 - math.log(4) / math.log(6))
    assert content["D4"] == pytest.approx(1 - math.log(3) / math.log(6))
    assert content["D5"] == content["D6"] == 1


def test_content_grows_down_every_path_of_descriptors_with_one_position(hierarchy):
    # With several positions it may not: what lies above one of them need not lie above what is below another.
    content = intrinsic_information_content(hierarchy)
    edges = [(hierarchy.at(above), hierarchy.at(below)) for above, below in hierarchy.graph.edges]
    single = [edge for edge in edges if all(ui and len(hierarchy.tree_numbers(ui)) == 1 for ui in edge)]
    assert len(single) > 5_000
    assert all(content[above] <= content[below] + 1e-12 for above, below in single)
