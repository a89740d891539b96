import pytest

from mesh.search import Match, near_codes, search_descriptors


def first(hierarchy, text, limit=5):
    return search_descriptors(hierarchy, text, limit).select("name", "match").rows()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("cancer", "Neoplasms"),
        ("breast cancer", "Breast Neoplasms"),
        ("CANCER OF THE BREAST", "Breast Neoplasms"),
        ("heart attack", "Myocardial Infarction"),
        ("Prozac", "Fluoxetine"),
        ("C04.588.", "Neoplasms by Site"),
        ("MESH:D009369", "Neoplasms"),
    ],
)
def test_the_term_itself_is_first(hierarchy, text, name):
    assert first(hierarchy, text)[0] == (name, Match.TERM)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("diabetes", "Diabetes Mellitus"),  # no term; more stands below it than below Diabetes Insipidus
        ("covid", "COVID-19"),  # a number is no other word
        ("lung tumour", "Lung Neoplasms"),  # a tumour is a neoplasm
        ("throat cancer", "Pharyngeal Neoplasms"),
        ("failure of the heart", "Heart Failure"),
    ],
)
def test_then_whole_words(hierarchy, text, name):
    assert name in [found for found, _ in first(hierarchy, text)][:1]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("hart failure", "Heart Failure"),
        ("ibuprophen", "Ibuprofen"),
        ("skizophrenia", "Schizophrenia"),
        ("diabetis", "Diabetes Mellitus"),
        ("melanomma", "Melanoma"),
    ],
)
def test_then_what_is_spelled_like_it(hierarchy, text, name):
    assert first(hierarchy, text)[0] == (name, Match.NEAR)


@pytest.mark.parametrize("text", ["zzzzqqq", "", "+-", "\u4e2d\u6587", "'"])
def test_nothing_comes_near_nonsense(hierarchy, text):
    assert first(hierarchy, text) == []


def test_each_descriptor_stands_once_and_no_more_than_wanted(hierarchy):
    found = search_descriptors(hierarchy, "protein", 40)
    assert len(found) == found["ui"].n_unique() == 40
    assert found.rows() == search_descriptors(hierarchy, "protein", 40).rows()


def test_codes_with_a_slip_are_near_codes(hierarchy):
    assert near_codes(hierarchy, "CO4.588", 1) == ["C04.588"]
    assert near_codes(hierarchy, "C04.58", 2)[0] == "C04.588"
    assert near_codes(hierarchy, "d00936g", 5) == []
    assert "D009369" in near_codes(hierarchy, "D0093690", 5)
    assert near_codes(hierarchy, "breast", 5) == near_codes(hierarchy, "LOL", 5) == []
    assert search_descriptors(hierarchy, "CO4.588", 1)["name"].to_list() == ["Neoplasms by Site"]
