import pytest

from mesh.heading import Heading, read_heading


@pytest.mark.parametrize(
    ("text", "heading"),
    [
        ("Breast Neoplasms", Heading("D001943")),
        ("*breast neoplasms", Heading("D001943", major=True)),
        ("Breast Neoplasms/drug therapy/*Genetics", Heading("D001943", True, ("drug therapy", "genetics"))),
        ("D001943 / therapy /", Heading("D001943", False, ("therapy",))),
        ("C04.588.180/therapy", Heading("D001943", False, ("therapy",))),
        ("Breast Tumors", Heading("D001943")),
        ("*breast  cancer/therapy", Heading("D001943", True, ("therapy",))),
        ("Alzheimer’s disease / *genetics", Heading("D000544", True, ("genetics",))),
        ("http://id.nlm.nih.gov/mesh/D001943", Heading("D001943")),
        ("Nothing of the kind/therapy", None),
        ("", None),
    ],
)
def test_headings_as_medline_writes_them(hierarchy, text, heading):
    assert read_heading(hierarchy, text) == heading
