import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesh.spelling import bare, fold, words

LATIN = st.text(st.sampled_from("aeiouxyzAEIOUXYZàéîõüçñÀÉÎÕÜÇÑ '-09,"))


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("Alzheimer’s Disease", "alzheimer's disease"),
        ("Alzheimer‘s  disease ", "alzheimer's disease"),
        ("Sjögren Syndrome", "sjogren syndrome"),
        ("Guillain–Barré", "guillain-barre"),
        ("non‑Hodgkin", "non-hodgkin"),
        ("2−3", "2-3"),
        ("β-Thalassemia", "beta-thalassemia"),
        ("TNFα", "tnfalpha"),
        ("5 µm", "5 mum"),
        ("Løvset, Łódź, Æther", "lovset, lodz, aether"),
        ("vitamin\u00a0C\u200b", "vitamin c"),
        ("ﬁbrosis", "fibrosis"),
        ("Straße", "strasse"),
        ("soft\u00adware", "software"),
        ("", ""),
    ],
)
def test_a_keyboard_is_forgiven(typed, folded):
    assert fold(typed) == folded


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("Crohn's Disease", "crohns disease"),
        ("Crohns disease", "crohns disease"),
        ("non-Hodgkin’s", "non hodgkins"),
        ("TNF-α", "tnf alpha"),
        ("β2-Microglobulin", "beta 2 microglobulin"),
        ("COVID19", "covid 19"),
        ("Benz[a]pyrene", "benz a pyrene"),
        ("Haemorrhage of the Oesophagus", "hemorrhage of the esophagus"),
        ("Tumour", "tumor"),
        ("+-", ""),
    ],
)
def test_a_hand_is_forgiven(typed, key):
    assert words(typed) == key


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("MESH:D009369", "D009369"),
        ("mesh: Neoplasms", "Neoplasms"),
        ("http://id.nlm.nih.gov/mesh/D009369", "D009369"),
        ("https://id.nlm.nih.gov/mesh/2024/C04.588", "C04.588"),
        ("https://meshb.nlm.nih.gov/record/ui?ui=D009369", "D009369"),
        ("http://purl.bioontology.org/ontology/MESH/D009369/", "D009369"),
        ("Heart Failure[Mesh]", "Heart Failure"),
        ('"Heart Failure"[MeSH Terms]', "Heart Failure"),
        ("“Heart Failure” [mh]", "Heart Failure"),
        ("Heart Failure[Mesh:NoExp]", "Heart Failure[Mesh:NoExp]"),  # no branch, so not understood as one
        ("C04.588.", "C04.588"),
        ("Neoplasms by Site (C04.588)", "C04.588"),
        ("Neoplasms [C04]", "C04"),
        ("Benzo(a)pyrene", "Benzo(a)pyrene"),
        (" 'Asthma' ", "Asthma"),
        ("https://example.org/notes", "https://example.org/notes"),
        ("  ", ""),
    ],
)
def test_what_is_about_a_name_is_no_part_of_it(written, name):
    assert bare(written) == name
    assert bare(bare(written)) == name


@given(st.text())
def test_folding_twice_is_folding_once(text):
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_how_accents_are_encoded_does_not_matter(text):
    assert fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text))


@given(LATIN)
def test_neither_case_nor_accents_nor_blanks_matter(text):
    plain = "".join(one for one in unicodedata.normalize("NFD", text) if not unicodedata.combining(one))
    assert fold(f" {text.upper()}  ") == fold(plain.lower())
    assert words(text.swapcase()) == words(plain)


@given(st.text())
def test_words_have_single_blanks_and_no_sign(text):
    key = words(text)
    assert key == " ".join(key.split())
    assert all(character.isalnum() or character == " " for character in key)
