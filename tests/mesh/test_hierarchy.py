import networkx as nx
import polars as pl
import pytest

from mesh.categories import CATEGORIES
from mesh.check_tags import CHECK_TAGS
from mesh.hierarchy import ROOT, Hierarchy, parent_position, prefixes


def test_parents_run_from_position_to_category_to_root():
    assert list(prefixes("C04.588.180")) == ["C04.588.180", "C04.588", "C04", "C"]
    assert parent_position("C") == ROOT


def test_ancestors_come_from_a_descriptors_own_tree_numbers(toy):
    assert toy.ancestors("D3") == {"D3", "D2", "D1", "D4"}
    # Patch stands under Graft in B alone: Graft's other position does not make Organ or Body an ancestor.
    assert toy.ancestors("D5") == {"D5", "D3", "D4"}


def test_descriptors_under_a_position(toy):
    assert toy.descriptors_under(["A01"]) == {"D1", "D2", "D3", "D6"}
    assert toy.descriptors_under(["B01.200"]) == {"D3", "D5"}
    assert toy.descriptors_under(["B01.200", "D26"]) == {"D3", "D5"}  # another year's position
    assert toy.children("A01") == ["A01.100", "A01.200"]


def test_shipped_table_is_all_of_mesh_2024(hierarchy):
    assert len(hierarchy) == 30_764
    assert hierarchy.graph.number_of_nodes() == 64_457 + len(CATEGORIES) + 1
    assert nx.is_arborescence(hierarchy.graph)
    unplaced = [ui for ui in hierarchy.descriptors["ui"] if not hierarchy.tree_numbers(ui)]
    assert sorted(map(hierarchy.name, unplaced)) == ["Female", "Male"]


def test_joining_parents_at_descriptor_level_would_invent_ancestors(hierarchy):
    parents: dict[str, set[str]] = {ui: set() for ui in hierarchy.descriptors["ui"]}
    for ui in parents:
        for number in hierarchy.tree_numbers(ui):
            above = hierarchy.at(parent_position(number))
            if above:
                parents[ui].add(above)
    joined = nx.DiGraph((parent, ui) for ui, above in parents.items() for parent in above)
    # Joined so, Strabismus and Ocular Motility Disorders even stand above each other.
    circle = {"D013285", "D015835"}
    wrong = [len(false) for ui in joined if (false := nx.ancestors(joined, ui) - hierarchy.ancestors(ui)) - circle]
    assert len(wrong) == 8_394
    assert round(sum(wrong) / len(wrong), 1) == 3.7


def test_check_tags_are_the_descriptors_that_they_are_taken_for(hierarchy):
    names = {hierarchy.name(ui) for ui in CHECK_TAGS}
    assert {"Humans", "Animals", "Female", "Male", "Middle Aged", "Infant, Newborn", "Mice", "Pregnancy"} <= names
    assert len(names) == 24


def test_depth_paths_and_descendants_by_hand(toy):
    assert [toy.depth(ui) for ui in ("D1", "D3", "D6")] == [1, 3, 2]
    assert toy.paths("D3") == [
        ["Anatomy", "Body", "Organ", "Graft"],
        ["Organisms", "Tools", "Graft"],
    ]
    assert toy.descendants("D1") == {"D1", "D2", "D3", "D6"}
    assert toy.descendants("D5") == {"D5"}


def test_descendants_and_ancestors_are_each_others_mirror(hierarchy):
    for ui in hierarchy.descriptors["ui"].sample(200, seed=2):
        assert all(ui in hierarchy.descendants(above) for above in hierarchy.ancestors(ui))


@pytest.mark.parametrize("text", ["D6", "d6", "skin", "SKIN", " Skin TERM ", "A01.200", "a01.200"])
def test_a_descriptor_goes_by_many_names(toy, text):
    assert toy.find(text) == "D6"


def test_a_name_goes_before_an_entry_term():
    rows = [("D1", "Cold", ["Flu"], ["A01"]), ("D2", "Flu", ["Cold", "Grippe"], ["A02"]), ("D3", "X", ["grippe"], [])]
    table = pl.DataFrame(rows, schema=["ui", "name", "entry_terms", "tree_numbers"], orient="row")
    found = Hierarchy(table)
    assert [found.find(text) for text in ("cold", "flu", "GRIPPE", "nothing", "A03")] == ["D1", "D2", "D2", None, None]


def test_a_hierarchy_knows_its_year_and_source(hierarchy, toy):
    assert (str(hierarchy), hierarchy.year, str(toy)) == ("MeSH 2024", 2024, "MeSH of a table in memory")
    assert "shipped" in hierarchy.source
