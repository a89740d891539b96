import pytest
from typer.testing import CliRunner

from deployments.cli.app import app
from tasks.errors import DistilleryError


@pytest.fixture
def exports(monkeypatch) -> list:
    """What the command would have exported."""
    from tasks.extraction.student.onnx import export

    asked: list = []

    def export_onnx(student, into):
        asked.append((student, into))
        return into

    monkeypatch.setattr(export, "export_onnx", export_onnx)
    return asked


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["export-onnx", *arguments], env={"COLUMNS": "200"})
    if isinstance(result.exception, DistilleryError):  # main() prints it and exits
        return 1, str(result.exception)
    return result.exit_code, " ".join(result.output.replace("│", " ").split())


@pytest.fixture
def student(tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "config.json").write_text('{"model_type": "mesh-distillery-student"}')
    return folder


def test_it_lies_beside_the_student_unless_told_otherwise(exports, student, tmp_path, monkeypatch):
    monkeypatch.chdir(student)
    for arguments, into in ([], tmp_path / "mine-onnx"), (["--into", str(tmp_path / "there")], tmp_path / "there"):
        assert run("--model", ".", *arguments) == (0, f"onnx: {into}")
        assert exports.pop() == (student, into)


@pytest.mark.parametrize(
    ("options", "sentence"), [([], "--model"), (["--model", "/"], "/ holds no student; expected a folder")]
)
def test_wrong_options_are_told_before_anything_starts(exports, options, sentence):
    status, output = run(*options)
    assert status in (1, 2)
    assert sentence in output
    assert not exports


def test_a_student_without_weights_is_told(student, tmp_path):
    status, output = run("--model", str(student))
    assert status == 1
    assert "holds no whole student" in output
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
