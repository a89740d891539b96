import pytest

from mesh.branch import UnknownBranchError, find_branch, search_descriptors


@pytest.mark.parametrize("text", ["C04.588", "c04.588", "D009371", "Neoplasms by Site", " neoplasms BY site "])
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


def test_search_forgives_typing_mistakes(hierarchy):
    assert search_descriptors(hierarchy, "hart failure", 3)["name"][0] == "Heart Failure"
