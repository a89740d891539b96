import gzip

import pytest
from typer.testing import CliRunner

from deployments.cli.app import app
from mesh.branch import UnknownBranchError
from mesh.similarity import PairMeasure
from tasks.checksum import md5_of
from tasks.errors import DistilleryError
from tasks.literature.harvest import Route, harvest_file
from tasks.store.store import Store
from tasks.vocabulary import official
from tasks.vocabulary.vocabulary import VocabularyError, table_path
from tests.corpus import NEOPLASMS, article, write_set
from tests.fake_mirror import FakeMirror


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["mesh", *arguments], env={"COLUMNS": "160"})
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def test_find_lists_what_goes_by_the_words_first():
    head, first = run("find", "breast  cancer").splitlines()[:2]
    assert head.split() == ["UI", "Name", "Tree", "numbers", "Matched"]
    assert first.split()[:3] == ["D001943", "Breast", "Neoplasms"]
    assert "Myocardial Infarction" in run("find", "hart attack", "--limit", "1")


@pytest.mark.parametrize(
    ("text", "said"), [("zzzzqqq", "nothing is near"), ("", "names nothing"), ("C000657245", "supplementary concept")]
)
def test_find_says_why_there_is_nothing(text, said):
    with pytest.raises(UnknownBranchError, match=said):
        run("find", text)


def test_brackets_in_what_was_typed_are_no_markup():
    assert "Benzo(a)pyrene" in run("find", "benzo[a]pyrene", "--limit", "1")
    with pytest.raises(UnknownBranchError):
        run("find", "[/red]zzzzqqq")


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


@pytest.mark.parametrize("branch", ["C04.588", "D001943", "C04.588.180", "C"])
def test_show_counts_articles_that_no_child_has(tmp_path, branch):
    site, whole = NEOPLASMS[0], ("D009371", "Neoplasms by Site")
    path = write_set(
        tmp_path / "articles.xml", [article(1, "One", headings=(site,)), article(2, "Two", headings=(whole,))]
    )
    harvest_file(Store(str(tmp_path / "data")), path, md5_of(path), Route.FILE, 1)
    shown = run("show", branch, "--articles", "--root", str(tmp_path / "data"))
    assert "descriptor" in shown.splitlines()[-1]


@pytest.mark.parametrize("width", [60, 80, 160])
def test_show_counts_none_of_another_branch(tmp_path, monkeypatch, width):
    monkeypatch.setattr("deployments.cli.mesh.console.width", width)
    path = write_set(tmp_path / "articles.xml", [article(1, "One", headings=NEOPLASMS[:1])])
    harvest_file(Store(str(tmp_path / "data")), path, md5_of(path), Route.FILE, 1)
    rows = [
        line for line in run("show", "F03", "--articles", "--root", str(tmp_path / "data")).splitlines() if "─ " in line
    ]
    assert {row.split()[-1] for row in rows} == {"0"}


@pytest.mark.parametrize(
    "root", ["empty", "missing", "file", "file/below", "odd [1] * ?", "s3://none/here", "memory://x"]
)
def test_a_root_without_articles_is_told(tmp_path, root):
    (tmp_path / "empty").mkdir()
    (tmp_path / "odd [1] * ?").mkdir()
    (tmp_path / "file").write_text("no table\n")
    place = root if "://" in root else str(tmp_path / root)
    with pytest.raises(DistilleryError, match=r"(holds no article|can not be read|does not exist|is a file).*--root"):
        run("show", "C04", "--articles", "--root", place)


def test_a_plot_that_can_not_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    (tmp_path / "folder.html").mkdir()
    for place in ("file/c04.html", "folder.html"):
        with pytest.raises(DistilleryError, match="can not be written"):
            run("show", "C04.588.180", "--depth", "0", "--plot", str(tmp_path / place))


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
    assert "MeSH 2027: 1 descriptor with 1 term at 1 position, of" in told
    assert "0 descriptors that MeSH 2024 lacks, 30,763 of it gone" in told
    assert "(MeSH 2024: 30,764 descriptors with 263,931 terms at 64,457 positions)" in told
    assert "Tumours  C04  D009369" in run("show", "tumours", "--mesh-year", "2027")


@pytest.mark.parametrize("content", [b"", b"no table", b"PAR1 cut off"])
def test_a_kept_year_that_is_damaged_is_told(tmp_path, monkeypatch, content):
    monkeypatch.setenv("DISTILLERY_CACHE", str(tmp_path))
    table_path(2026).parent.mkdir(parents=True)
    table_path(2026).write_bytes(content)
    with pytest.raises(VocabularyError, match=r"mesh2026.parquet is no table .* `distillery mesh update --year 2026`"):
        run("show", "C04", "--mesh-year", "2026")


def test_unknown_names_get_suggestions():
    with pytest.raises(UnknownBranchError, match="Melanoma"):
        run("similarity", "melanomma", "Leukemia")


def test_an_unknown_measure_is_a_usage_error():
    result = CliRunner().invoke(app, ["mesh", "similarity", "Leukemia", "Melanoma", "--measure", "cosine"])
    assert result.exit_code == 2
    assert "is not one of" in result.output
