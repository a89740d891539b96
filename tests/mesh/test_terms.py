import polars as pl
import pytest

from mesh.hierarchy import Hierarchy
from mesh.terms import TermKind

TABLE = pl.DataFrame(
    [
        ("D1", "Cold", ["Flu"], ["Grippe", "Nursing, Home"], ["A01"]),
        ("D2", "Flu", ["Cold", "Grippe"], ["Chill"], ["A02"]),
        ("D3", "X", ["grippe", "Chill"], ["Home Nursing"], []),
    ],
    schema=["ui", "name", "entry_terms", "other_terms", "tree_numbers"],
    orient="row",
)


def test_of_several_that_go_by_a_term_the_closest_stands_first_then_the_lowest_ui():
    found = Hierarchy(TABLE)
    assert found.candidates("flu") == ("D2", "D1")  # a name before an entry term
    assert found.candidates("Grippe") == ("D2", "D3", "D1")  # entry terms before another concept's
    assert found.candidates("CHILL") == ("D3", "D2")
    assert found.candidates("nothing") == ()


def test_a_term_as_it_stands_goes_before_one_with_the_same_words():
    found = Hierarchy(TABLE)
    assert found.candidates("nursing, home") == ("D1",)
    assert found.candidates("nursing home") == ("D1",)
    assert found.candidates("home-nursing") == ("D3",)


def test_terms_are_told_by_their_kind(hierarchy):
    terms = hierarchy.terms.frame.filter(pl.col("ui") == "D009369")
    kinds = dict(terms.select("term", "kind").iter_rows())
    assert (kinds["Neoplasms"], kinds["Tumors"], kinds["Cancer"]) == tuple(TermKind)
    assert "Tumors" in hierarchy.entry_terms("D009369")
    assert "Benign Neoplasms" in hierarchy.other_terms("D009369")


def test_every_term_of_mesh_2024_finds_its_descriptor(hierarchy):
    terms = hierarchy.terms.frame
    assert len(terms) == 263_931
    astray = [term for ui, term in terms.select("ui", "term").iter_rows() if hierarchy.candidates(term) != (ui,)]
    assert astray == []


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("cancer", "Neoplasms"),
        ("breast  cancer", "Breast Neoplasms"),
        ("tylenol", "Acetaminophen"),
        ("Alzheimer’s disease", "Alzheimer Disease"),
        ("Alzheimers disease", "Alzheimer Disease"),
        ("Sjögren Syndrome", "Sjogren's Syndrome"),
        ("sjogren syndrome", "Sjogren's Syndrome"),
        ("Guillain–Barré syndrome", "Guillain-Barre Syndrome"),
        ("Guillain Barre‑Syndrome", "Guillain-Barre Syndrome"),
        ("β-thalassemia", "beta-Thalassemia"),
        ("beta thalassemia", "beta-Thalassemia"),
        ("Maori People", "Maori People"),  # MeSH writes this one with an accent
        ("non small cell lung cancer", "Carcinoma, Non-Small-Cell Lung"),
        ("MESH:D009369", "Neoplasms"),
        ("http://id.nlm.nih.gov/mesh/D009369", "Neoplasms"),
        ("Heart Failure[Mesh]", "Heart Failure"),
        ("leukaemia", "Leukemia"),
        ("c04.588.", "Neoplasms by Site"),
    ],
)
def test_words_as_people_type_them(hierarchy, typed, name):
    assert hierarchy.name(hierarchy.find(typed)) == name
