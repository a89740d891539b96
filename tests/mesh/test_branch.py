import logging

import polars as pl
import pytest

from mesh.branch import UnknownBranchError, find_branch
from mesh.hierarchy import Hierarchy


@pytest.mark.parametrize(
    "text",
    ["C04.588", "c04.588.", "D009371", "mesh:D009371", "Neoplasms by Site", " neoplasms  BY site[Mesh] ", "[C04.588]"],
)
def test_a_branch_is_the_same_by_any_name(hierarchy, text):
    branch = find_branch(hierarchy, text)
    assert branch.tree_numbers == ("C04.588",)
    assert str(branch) == "Neoplasms by Site (C04.588)"


def test_entry_terms_and_categories_name_branches(hierarchy):
    assert find_branch(hierarchy, "Tumors").tree_numbers == ("C04",)
    assert find_branch(hierarchy, "C").name == "Diseases"


def test_a_name_means_every_position_and_a_tree_number_one(toy):
    assert find_branch(toy, "Graft").tree_numbers == ("A01.100.100", "B01.200")
    assert find_branch(toy, "B01.200").tree_numbers == ("B01.200",)


def test_an_unknown_branch_gets_the_nearest_names(hierarchy):
    with pytest.raises(UnknownBranchError, match=r"neoplasmz.*Neoplasms \(C04\)"):
        find_branch(hierarchy, "neoplasmz")
    with pytest.raises(UnknownBranchError, match=r"C04\.999.*C04 \(Neoplasms\)"):
        find_branch(hierarchy, "C04.999")
    with pytest.raises(UnknownBranchError, match=r"Female.*no position"):
        find_branch(hierarchy, "D005260")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "names nothing; name a tree number"),
        ("[Mesh]", "names nothing"),
        ("C000657245", "C000657245 is a supplementary concept"),
        ("Breast Neoplasms/therapy", "one descriptor without qualifiers; name 'Breast Neoplasms' alone .*--subheading"),
        ("HIV/AIDS", "name 'HIV' alone"),
        ("C04,C05", "'C04,C05' names 2 branches; name one at a time"),
        ("Breast Neoplasms, Lung Neoplasms", "names 2 branches"),
        ("CO4.588", r"the nearest are: C04\.588 \(Neoplasms by Site\)"),
        ("D0093690", r"D009369 \(Neoplasms\)"),
        ("C04*", r"the nearest are: C04 \(Neoplasms\)"),
        ("zzzzqqq", "nothing is near it"),
    ],
)
def test_what_is_no_branch_is_told_for_what_it_is(hierarchy, text, said):
    with pytest.raises(UnknownBranchError, match=said):
        find_branch(hierarchy, text)


def test_where_several_go_by_a_name_it_is_said_which_is_taken(caplog):
    rows = [("D1", "Home Nursing", [], ["N01"]), ("D2", "Schools", ["Nursing, Home"], ["N02"])]
    nursing = Hierarchy(pl.DataFrame(rows, schema=["ui", "name", "entry_terms", "tree_numbers"], orient="row"))
    assert find_branch(nursing, "Home Nursing").tree_numbers == ("N01",)
    assert caplog.messages == []
    both = [("D1", "A", ["Cold"], ["N01"]), ("D2", "B", ["Cold"], ["N02"])]
    cold = Hierarchy(pl.DataFrame(both, schema=["ui", "name", "entry_terms", "tree_numbers"], orient="row"))
    with caplog.at_level(logging.WARNING):
        assert find_branch(cold, "cold").name == "A"
    assert caplog.messages == ["'cold' also names B (D2); A (D1) is taken"]
