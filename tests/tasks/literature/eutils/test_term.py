from datetime import date

import pytest

from mesh.branch import find_branch
from tasks.literature.eutils.term import search_term
from tasks.literature.wanted import Wanted


@pytest.mark.parametrize(
    ("branch", "wanted", "expected"),
    [
        ("C04.588", Wanted(), '"Neoplasms by Site"[MeSH Terms]'),
        ("C04.588", Wanted(major_only=True), '"Neoplasms by Site"[MeSH Major Topic]'),
        (
            "Melanoma",
            Wanted(qualifiers=("therapy", "genetics"), query="immunotherapy OR vaccine"),
            '("Melanoma/therapy"[MeSH Terms] OR "Melanoma/genetics"[MeSH Terms]) AND (immunotherapy OR vaccine)',
        ),
        (
            "Melanoma",
            Wanted(languages=("eng",), publication_types=("Review",), since=date(2024, 11, 1)),
            '"Melanoma"[MeSH Terms] AND eng[la] AND "Review"[pt] AND ("2024/11/01"[dp] : "3000/12/31"[dp])',
        ),
    ],
)
def test_what_pubmed_is_asked(hierarchy, branch, wanted, expected):
    assert search_term(hierarchy, find_branch(hierarchy, branch), wanted) == expected


def test_a_category_is_all_that_stands_directly_below_it(hierarchy):
    term = search_term(hierarchy, find_branch(hierarchy, "C"), Wanted())
    assert term.startswith('("Infections"[MeSH Terms] OR "Neoplasms"[MeSH Terms] OR ')


def test_a_query_alone(hierarchy):
    assert search_term(hierarchy, None, Wanted(query="aspirin")) == "(aspirin)"
