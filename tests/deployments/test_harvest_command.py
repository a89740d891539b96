import pytest


@pytest.fixture(autouse=True)
def address(monkeypatch):
    monkeypatch.setenv("NCBI_EMAIL", "someone@example.org")


@pytest.mark.parametrize(
    ("option", "told"),
    [
        (["--language", "Klingon"], "PubMed has no articles in a language 'Klingon'"),
        (["--publication-type", "RCT"], "the nearest are: Randomized Controlled Trial"),
        (["--subheading", "theraphy"], "the nearest are: therapy"),
    ],
)
def test_a_filter_that_can_match_nothing_is_told_before_anything_starts(command, asked, option, told):
    status, said = command("harvest", "--source", "pubmed", "--branch", "C04.588", *option)
    assert (status, asked) == (2, [])
    assert told in said


def test_filters_are_kept_as_pubmed_writes_them(command, asked):
    filters = ["--language", "English", "--publication-type", "D016454"]
    assert command("harvest", "--source", "pubmed", "--branch", "C04.588", *filters, "--json")[0] == 0
    wanted = asked[0][1].wanted
    assert (wanted.languages, wanted.publication_types) == (("eng",), ("Review",))


def test_a_source_has_to_be_named_in_some_way(command, asked, tmp_path):
    status, said = command("harvest")
    assert (status, asked) == (2, [])
    assert "Missing option '--source'" in said
    (tmp_path / "run.yaml").write_text("source: [sample]")
    for way in (["--config", str(tmp_path / "run.yaml")], ["--set", "source.0=sample"], ["--source", "sample"]):
        assert command("harvest", *way, "--json")[0] == 0
        assert asked.pop()[1].source == ["sample"]


def test_what_narrows_a_search_is_refused_without_one(command, asked):
    status, said = command("harvest", "--source", "sample", "--since", "2024-11-01")
    assert (status, asked) == (2, [])
    assert "what narrows it are for the source pubmed" in said
