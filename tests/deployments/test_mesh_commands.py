import gzip

import pytest
from typer.testing import CliRunner

from deployments.cli.app import app
from mesh.branch import UnknownBranchError
from mesh.similarity import PairMeasure
from tasks.checksum import md5_of
from tasks.literature.harvest import Route, harvest_file
from tasks.store.store import Store
from tasks.vocabulary import official
from tasks.vocabulary.vocabulary import VocabularyError
from tests.corpus import NEOPLASMS, article, write_set
from tests.fake_mirror import FakeMirror


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["mesh", *arguments], env={"COLUMNS": "160"})
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def test_find_lists_the_nearest():
    lines = run("find", "hart attack").splitlines()
    assert lines[0].split() == ["UI", "Name", "Tree", "numbers", "Matched"]
    assert any("Myocardial Infarction" in line for line in run("find", "heart attack").splitlines())


def test_show_draws_the_branch():
    lines = run("show", "D009371", "--depth", "2").splitlines()
    assert lines[:2] == ["MeSH › Diseases › Neoplasms", "Neoplasms by Site  C04.588  D009371"]
    [breast] = [line for line in lines if "─ Breast Neoplasms  " in line]
    assert breast.split()[:5] == ["├─", "Breast", "Neoplasms", "C04.588.180", "9"]
    assert lines[-1].startswith("234 descriptors at 268 positions, 7 levels below the top. MeSH 2024")


def test_show_cuts_long_names_not_their_guides():
    result = CliRunner().invoke(app, ["mesh", "show", "C17.800.090.500"], env={"COLUMNS": "60"})
    assert sum("├─" in line or "└─" in line for line in result.output.splitlines()) == 8
    assert "…" in result.output


def test_a_leaf_has_nothing_below():
    assert "1 descriptor at 1 position, nothing below" in run("show", "C04.588.180.260")


def test_a_category_is_a_branch():
    lines = run("show", "Z", "--depth", "0").splitlines()
    assert lines[1] == "Geographicals  Z  category"


def test_show_plots_a_page(tmp_path):
    run("show", "C04", "--depth", "0", "--plot", str(tmp_path / "new" / "c04.html"))
    page = (tmp_path / "new" / "c04.html").read_text()
    assert "treemap" in page
    assert "Leukemia, Hairy Cell" in page


def test_a_plot_is_a_page():
    result = CliRunner().invoke(app, ["mesh", "show", "C04", "--plot", "c04.png"])
    assert result.exit_code == 2
    assert "name it .html" in result.output


def test_show_counts_harvested_articles(tmp_path):
    breast, lung = NEOPLASMS[:2]
    records = [article(1, "One", headings=(breast,)), article(2, "Two", headings=(breast, lung)), article(3, "Three")]
    path = write_set(tmp_path / "articles.xml", records)
    store = Store(str(tmp_path / "data"))
    harvest_file(store, path, md5_of(path), Route.FILE, 1)
    shown = run("show", "C04.588", "--articles", "--root", str(tmp_path / "data")).splitlines()
    rows = [line.split("C04.588.") for line in shown if "C04.588." in line]
    found = {name.strip("├─└ "): rest.split()[1:3] for name, rest in rows}
    assert found["Breast Neoplasms"] == ["9", "2"]  # descriptors, articles
    assert found["Thoracic Neoplasms"][1] == "1"
    assert found["Skin Neoplasms"][1] == "0"


@pytest.mark.parametrize(
    "names", [("Breast Neoplasms", "Lung Neoplasms"), ("D001943", "d008175"), ("C04.588.180", "D008175")]
)
def test_similarity_takes_descriptors_by_any_name(names):
    assert run("similarity", *names, "--measure", "lin").startswith(
        "0.6204  Breast Neoplasms (D001943), Lung Neoplasms (D008175)"
    )


def test_similarity_shows_every_measure_and_what_is_shared():
    shown = run("similarity", "Breast Neoplasms", "Lung Neoplasms")
    assert "in common: Neoplasms by Site (D009371)" in shown
    assert [line.split()[0] for line in shown.splitlines()[2:]] == [measure.value for measure in PairMeasure]
    assert run("similarity", "Leukemia", "Leukemia", "--measure", "batet").startswith("1.0000")
    assert "in common" not in run("similarity", "Leukemia", "Z01")


def test_a_category_is_no_descriptor():
    with pytest.raises(UnknownBranchError, match="Diseases is a category"):
        run("similarity", "C", "Leukemia")


def test_another_year_has_to_be_fetched_first(tmp_path, monkeypatch):
    monkeypatch.setenv("DISTILLERY_CACHE", str(tmp_path))
    with pytest.raises(VocabularyError, match="mesh update --year 2026"):
        run("show", "C04", "--mesh-year", "2026")
    assert "Neoplasms" in run("show", "C04", "--mesh-year", "2024")


def test_update_fetches_a_year(tmp_path, monkeypatch):
    folder = tmp_path / "nlm" / "MESH_FILES" / "xmlmesh"
    folder.mkdir(parents=True)
    record = (
        "<DescriptorRecord><DescriptorUI>D009369</DescriptorUI><DescriptorName><String>Tumours</String></DescriptorName>"
        "<TreeNumberList><TreeNumber>C04</TreeNumber></TreeNumberList></DescriptorRecord>"
    )
    (folder / "desc2027.gz").write_bytes(gzip.compress(f"<DescriptorRecordSet>{record}</DescriptorRecordSet>".encode()))
    monkeypatch.setattr(official, "FEWEST_DESCRIPTORS", 1)
    with FakeMirror(tmp_path / "nlm") as server:
        monkeypatch.setenv("DISTILLERY_MESH_URL", server.url)
        monkeypatch.setenv("DISTILLERY_CACHE", str(tmp_path / "cache"))
        told = run("update", "--year", "2027")
    assert "MeSH 2027: 1 descriptors at 1 positions" in told
    assert "0 that MeSH 2024 lacks, 30,763 of it gone" in told
    assert "Tumours  C04  D009369" in run("show", "tumours", "--mesh-year", "2027")


def test_unknown_names_get_suggestions():
    with pytest.raises(UnknownBranchError, match="Melanoma"):
        run("similarity", "melanomma", "Leukemia")


def test_an_unknown_measure_is_a_usage_error():
    result = CliRunner().invoke(app, ["mesh", "similarity", "Leukemia", "Melanoma", "--measure", "cosine"])
    assert result.exit_code == 2
    assert "is not one of" in result.output
