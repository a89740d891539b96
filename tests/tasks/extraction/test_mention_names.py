import polars as pl
import pytest

from mesh.hierarchy import Hierarchy, load_hierarchy
from tasks.extraction.mention_names import DISEASE_BRANCHES, DRUG_BRANCHES, GENE_BRANCHES, mention_names


@pytest.fixture(scope="module")
def hierarchy():
    return load_hierarchy()


def test_drugs_by_descriptor_name_in_lower_case(hierarchy):
    names = dict(mention_names(hierarchy, DRUG_BRANCHES).iter_rows())
    assert names["aspirin"] == "D001241"
    assert names["methotrexate"] == "D008727"
    assert names["insulin"] == "D007328"
    for other in ("asthma", "trypsin", "anti-bacterial agents", "air"):
        assert other not in names


def test_no_inverted_name_and_none_of_three_letters(hierarchy):
    names = mention_names(hierarchy, DRUG_BRANCHES)
    assert not names["name"].str.contains(", ", literal=True).any()
    assert names["name"].str.len_chars().min() == 4
    assert names["name"].is_unique().all()
    assert names["name"].is_sorted()


def test_terms_of_other_concepts_are_names_unless_they_mean_something_else(hierarchy):
    names = dict(mention_names(hierarchy, DRUG_BRANCHES).iter_rows())
    assert [names[brand] for brand in ("tylenol", "quetiapine", "fk506", "ccnu")] == [
        "D000082", "D000069348", "D016559", "D008130"
    ]  # fmt: skip
    for other in ("at 10", "at10", "p-23", "biological", "soma", "luminal", "growth factor"):
        assert other not in names
    assert names["5-fu"] == "D005472"  # an entry term, for all its four characters
    diseases = dict(mention_names(hierarchy, DISEASE_BRANCHES).iter_rows())
    assert diseases["breast cancer"] == "D001943"
    assert not {"strain", "strains", "clinical course"} & diseases.keys()


def test_a_term_of_the_preferred_concept_goes_before_one_of_another():
    rows = [("D1", "Alphadrug", [], ["Betanol"], ["D02"]), ("D2", "Betadrug", ["Betanol"], [], ["D03"])]
    table = pl.DataFrame(rows, schema=["ui", "name", "entry_terms", "other_terms", "tree_numbers"], orient="row")
    assert dict(mention_names(Hierarchy(table), DRUG_BRANCHES).iter_rows())["betanol"] == "D2"


def test_substances_that_articles_list(hierarchy):
    chemicals = pl.DataFrame(
        {
            "ui": ["C000001", "C000002", "D014357", "D001241", None],
            "name": ["Newdrugol", "Aspirin", "Trypsin", "Acetylsalicylicum", "nameless"],
        }
    )
    names = dict(mention_names(hierarchy, DRUG_BRANCHES, chemicals).iter_rows())
    assert names["newdrugol"] == "C000001"
    assert names["aspirin"] == "D001241"  # a descriptor's own name goes first
    assert names["acetylsalicylicum"] == "D001241"
    assert "trypsin" not in names  # a descriptor, and no drug
    assert "nameless" not in names


def test_diseases_and_what_genes_make(hierarchy):
    diseases, genes = (dict(mention_names(hierarchy, of).iter_rows()) for of in (DISEASE_BRANCHES, GENE_BRANCHES))
    assert (diseases["asthma"], diseases["schizophrenia"]) == ("D001249", "D012559")
    assert genes["trypsin"] == "D014357"
    assert "asthma" not in genes
    assert "trypsin" not in diseases
