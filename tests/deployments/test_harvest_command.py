import pytest
import typer

from deployments.cli.options import wanted_options
from deployments.cli.preflight import checked_harvest


def options(**wanted) -> dict:
    given = dict.fromkeys(("since", "until", "query", "languages", "publication_types", "subheadings"))
    return {"source": ["pubmed"], "branch": "C04.588", "wanted": wanted_options(**given | wanted, major=False)}


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ({"languages": ["Klingon"]}, "PubMed has no articles in a language 'Klingon'"),
        ({"publication_types": ["RCT"]}, "the nearest are: Randomized Controlled Trial"),
        ({"subheadings": ["theraphy"]}, "the nearest are: therapy"),
    ],
)
def test_a_filter_that_can_match_nothing_is_told_before_anything_starts(wanted, told, monkeypatch):
    monkeypatch.setenv("NCBI_EMAIL", "someone@example.org")
    with pytest.raises(typer.BadParameter, match=told):
        checked_harvest(options(**wanted))


def test_filters_are_kept_as_pubmed_writes_them(monkeypatch):
    monkeypatch.setenv("NCBI_EMAIL", "someone@example.org")
    wanted = checked_harvest(options(languages=["English"], publication_types=["D016454"])).wanted
    assert (wanted.languages, wanted.publication_types) == (("eng",), ("Review",))
