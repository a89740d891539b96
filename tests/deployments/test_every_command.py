"""Every command, enumerated from the app, with odd roots and other kinds of files: an answer or one sentence."""

import gzip
import inspect
import io
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from enum import Enum
from typing import Any, get_args, get_type_hints

import polars as pl
import pytest
import typer
from typer.models import ArgumentInfo

from deployments.cli.app import app, main
from tasks.errors import DistilleryError

# What a parameter that has to be given gets where its type alone says too little.
GIVEN = {"branch": "Neoplasms", "text": "cancer", "first": "Neoplasms", "second": "Asthma", "stage": "questions"}
GIVEN |= {"recipe": "0", "source": "sample"}
FILES_BY_NAME = {
    "dataset",
    "source",
    "adapter",
    "compare_adapter",
    "evaluator",
    "model",
}  # of files, though their type is text
ROOTS = ["a file", "nowhere", "below a file", "not writable", "too long", "empty", "foreign"]
UNUSABLE = {"a file", "below a file", "too long"}
FILES = ["empty", "a folder", "binary", "gzip of nothing", "json of something else", "nowhere", "parquet", "xml"]


@dataclass(frozen=True)
class Parameter:
    """An argument or option of a command."""

    name: str
    option: str | None
    annotation: Any
    required: bool
    least: float | None

    @property
    def names_files(self) -> bool:
        """Whether it is of a file or a folder other than the root."""
        return self.name in FILES_BY_NAME or "Path" in str(self.annotation)

    def plausible(self) -> str:
        """Return what it may be given."""
        if isinstance(self.annotation, type) and issubclass(self.annotation, Enum):
            return str(list(self.annotation)[-1].value)
        return GIVEN.get(self.name, "nowhere.file") if self.least is None else str(self.least)


@dataclass(frozen=True)
class Command:
    """A leaf of the app: its words and its parameters."""

    words: tuple[str, ...]
    parameters: tuple[Parameter, ...]

    def takes(self, name: str) -> bool:
        """Return whether it has a parameter of this name."""
        return any(parameter.name == name for parameter in self.parameters)

    def line(self, **values: str) -> list[str]:
        """Return the words with what has to be given, and ``values``."""
        options: list[str] = []
        arguments = []
        for parameter in self.parameters:
            value = values.get(parameter.name, parameter.plausible() if parameter.required else None)
            if value is not None and parameter.option is None:
                arguments.append(value)
            elif value is not None:
                options += [str(parameter.option), value]
        return [*self.words, *options, "--", *arguments]


def _leaves(typed: typer.Typer, words: tuple[str, ...] = ()) -> Iterator[Command]:
    for command in typed.registered_commands:
        assert command.callback is not None
        name = command.name or command.callback.__name__.replace("_", "-")
        hints = get_type_hints(command.callback, include_extras=True)
        parameters = inspect.signature(command.callback).parameters.values()
        given = [each for each in parameters if hints[each.name] is not typer.Context]
        yield Command((*words, name), tuple(_parameter(each, hints[each.name]) for each in given))
    for group in typed.registered_groups:
        assert group.typer_instance is not None
        yield from _leaves(group.typer_instance, (*words, str(group.name)))


def _parameter(given: inspect.Parameter, hint: Any) -> Parameter:
    annotation, declared = get_args(hint)[:2]
    option = None
    if not isinstance(declared, ArgumentInfo):
        option = next(iter(declared.param_decls or ()), f"--{given.name.replace('_', '-')}")
    return Parameter(given.name, option, annotation, given.default is given.empty, declared.min)


COMMANDS = list(_leaves(app))
WITH_ROOT = [command for command in COMMANDS if command.takes("root")]
OF_FILES = [
    pytest.param(command, parameter.name, id=f"{' '.join(command.words)} {parameter.option or parameter.name}")
    for command in COMMANDS
    for parameter in command.parameters
    if parameter.names_files
]


class ServerStartedError(DistilleryError):
    """A command came so far that it would start servers."""


@pytest.fixture(autouse=True)
def no_servers(monkeypatch, tmp_path):
    @contextmanager
    def started(*_args: object, **_kwargs: object) -> Iterator[None]:
        raise ServerStartedError("a server would start")
        yield

    def start(*_args: object) -> None:
        raise ServerStartedError("a server would start")

    monkeypatch.setattr("deployments.prefect_server.prefect_server", started)
    monkeypatch.setattr("deployments.prefect_server.start_server", start)
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    monkeypatch.chdir(tmp_path)


def run(line: list[str], monkeypatch) -> tuple[int, str]:
    """Return the exit code and what is said; an exception that a user would see as a traceback is raised."""
    said = io.StringIO()
    monkeypatch.setattr(sys, "argv", ["distillery", *line])
    monkeypatch.setenv("COLUMNS", "500")
    before = signal.getsignal(signal.SIGTERM)
    try:
        with redirect_stdout(said), redirect_stderr(said):
            main()
    except SystemExit as ended:
        return int(ended.code or 0), said.getvalue()
    finally:
        signal.signal(signal.SIGTERM, before)
    return 0, said.getvalue()


def check(code: int, said: str) -> None:
    assert code in (0, 1, 2), said
    assert "Traceback" not in said
    if code == 1:
        assert [line for line in said.splitlines() if line.startswith("distillery: ")] == [said.splitlines()[-1]], said
    if code == 2:
        assert "Usage: distillery" in said or said.startswith("distillery: "), said


@pytest.fixture
def roots(tmp_path) -> dict[str, str]:
    (tmp_path / "file.log").write_text("text")
    (tmp_path / "empty").mkdir()
    foreign = tmp_path / "foreign"
    (foreign / "questions" / "0123").mkdir(parents=True)
    (foreign / "questions" / "0123" / "recipe.json").write_text("not JSON")
    (foreign / "questions" / "0123" / "quarantine").mkdir()
    (foreign / "questions" / "0123" / "quarantine" / "part-1.parquet").write_text("no Parquet")
    (foreign / "answers" / "4567" / "recipe.json").mkdir(parents=True)
    (foreign / "answers" / "4567" / "quarantine").write_text("a file")
    for stage in "articles", "files":
        for name in "parts", "quarantine":
            folder = foreign / stage / "89ab" / name / "part-1.parquet"
            folder.mkdir(parents=True)
    for name in "selections", "generators", "datasets", "forgotten", ".prefect", "reports":
        (foreign / name).write_text("a file")
    return {
        "a file": str(tmp_path / "file.log"),
        "nowhere": str(tmp_path / "nowhere"),
        "below a file": str(tmp_path / "file.log" / "root"),
        "not writable": "/proc/distillery",  # for root as well
        "too long": str(tmp_path / ("long" * 70)),
        "empty": str(tmp_path / "empty"),
        "foreign": str(foreign),
    }


@pytest.fixture
def files(tmp_path) -> dict[str, str]:
    given = tmp_path / "given"
    given.mkdir()
    (given / "empty").write_bytes(b"")
    (given / "folder").mkdir()
    (given / "binary").write_bytes(bytes(range(256)) * 16)
    (given / "nothing.xml.gz").write_bytes(gzip.compress(b""))
    (given / "other.json").write_text('{"questions": {"1": [null]}, "a": []}')
    pl.DataFrame({"foreign": [1]}).write_parquet(given / "sft.parquet")
    (given / "page.xml").write_text("<html/>")
    names = ["empty", "folder", "binary", "nothing.xml.gz", "other.json", "nowhere", "sft.parquet", "page.xml"]
    return {kind: str(given / name) for kind, name in zip(FILES, names, strict=True)}


def test_the_app_is_looked_through_whole():
    assert {("distill",), ("quarantine",), ("forget",), ("evaluate", "bioasq"), ("mesh", "show")} <= {
        command.words for command in COMMANDS
    }
    assert len(OF_FILES) > 15


@pytest.mark.parametrize("kind", ROOTS)
@pytest.mark.parametrize("command", WITH_ROOT, ids=lambda command: " ".join(command.words))
def test_any_root_is_an_answer_or_a_sentence(command, kind, roots, monkeypatch):
    code, said = run(command.line(root=roots[kind]), monkeypatch)
    check(code, said)
    if kind in UNUSABLE:
        assert code == 1
        assert "file.log is a file, expected a folder" in said or "can not be a root (File name too long)" in said


@pytest.mark.parametrize("words", [["quarantine"], ["mesh", "show", "Neoplasms", "--articles"], ["ui"]])
@pytest.mark.parametrize("kind", ROOTS)
def test_those_that_need_nothing_else_say_what_is_wrong_with_the_root(words, kind, roots, monkeypatch):
    code, said = run([*words, "--root", roots[kind]], monkeypatch)
    check(code, said)
    nothing_is_no_fault = words == ["quarantine"]
    assert code == (0 if kind in ("empty", "foreign") and nothing_is_no_fault else 1), said


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize(("command", "name"), OF_FILES)
def test_any_file_is_an_answer_or_a_sentence(command, name, kind, files, tmp_path, monkeypatch):
    values = {"root": str(tmp_path / "root")} if command.takes("root") else {}
    code, said = run(command.line(**values, **{name: files[kind]}), monkeypatch)
    check(code, said)


def test_the_empty_app_itself_helps(monkeypatch):
    code, said = run([], monkeypatch)
    assert code in (0, 2)
    assert "Turn PubMed into training data" in said
