import pytest
from typer.testing import CliRunner

from deployments.cli.app import app
from mesh.branch import UnknownBranchError


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
    shown = run("show", "D009371", "--depth", "2")
    assert "Neoplasms by Site  C04.588  D009371" in shown
    assert "Breast Neoplasms  C04.588.180" in shown
    assert "descriptors at" in shown


@pytest.mark.parametrize(
    "names", [("Breast Neoplasms", "Lung Neoplasms"), ("D001943", "d008175"), ("C04.588.180", "D008175")]
)
def test_similarity_takes_descriptors_by_any_name(names):
    assert run("similarity", *names).startswith("0.6204  Breast Neoplasms (D001943), Lung Neoplasms (D008175)")
    assert run("similarity", names[0], names[0], "--measure", "simgic").startswith("1.0000")


def test_unknown_names_get_suggestions():
    with pytest.raises(UnknownBranchError, match="Melanoma"):
        run("similarity", "melanomma", "Leukemia")


def test_an_unknown_measure_is_a_usage_error():
    result = CliRunner().invoke(app, ["mesh", "similarity", "Leukemia", "Melanoma", "--measure", "cosine"])
    assert result.exit_code == 2
    assert "choose lin or simgic" in result.output
