import polars as pl
import pytest
from typer.testing import CliRunner

from deployments.cli.app import app
from tasks.errors import DistilleryError
from tasks.store.recipe import Recipe
from tasks.store.row_key import ROW_KEY
from tasks.store.store import Store

QUESTIONS = Recipe("questions", 1)


@pytest.fixture
def store(tmp_path) -> Store:
    """Three refused questions: of one, the reason would clear the screen, and another's is as long as a book."""
    store = Store(str(tmp_path / "root"))
    reasons = ["the model said nothing", "\x1b[2J\x1b]0;owned\x07 [/b] \u202eback\nnext line", "word " * 100_000]
    keys = ["PMID 1", "PMID 2", "PMID 3"]
    store.table(QUESTIONS).quarantine(pl.DataFrame({ROW_KEY: ["a", "b", "c"], "key": keys, "reason": reasons}))
    store.table(QUESTIONS).commit(pl.DataFrame({ROW_KEY: ["d", "e"], "text": ["right", "<html>502"]}))
    return store


def run(store: Store, *arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, [*arguments, "--root", str(store.root)], env={"COLUMNS": "400"})
    if isinstance(result.exception, DistilleryError):  # main() prints it and exits
        return 1, str(result.exception)
    return result.exit_code, " ".join(result.output.replace("│", " ").split())


def test_texts_of_models_are_shown_not_obeyed_and_not_longer_than_a_line(store):
    status, said = run(store, "quarantine")
    assert status == 0
    assert "questions PMID 2 ␛[2J␛]0;owned␇ [/b] ⟨U+202E⟩back next line" in said
    assert not set(said) & {"\x1b", "\x07", "\u202e"}
    assert "word word…" in said or "word wor…" in said
    assert len(said) < 1_000
    assert said.endswith("3 rows in quarantine")


def test_one_row_is_one_row(store):
    assert run(store, "quarantine", "--reason", "SAID nothing")[1].endswith("1 row in quarantine")
    assert run(store, "quarantine", "--limit", "1")[1].endswith("3 rows in quarantine, 1 of them listed (--limit)")


def test_an_unknown_stage_is_refused_with_near_names(store):
    for words in (["quarantine", "--stage", "question"], ["forget", "--stage", "question", "--recipe", "0"]):
        status, said = run(store, *words)
        assert status == 2
        assert "is of stage 'question'; did you mean questions?" in said


def test_retrying_says_what_it_did(store):
    status, said = run(store, "quarantine", "--retry", "--stage", "questions", "--reason", "said nothing")
    assert status == 0
    assert f"1 row taken out of quarantine ({QUESTIONS.table}: 1); the next run asks for them again kept in" in said
    assert run(store, "quarantine", "--retry")[1].startswith("2 rows taken out of quarantine")
    assert run(store, "quarantine", "--retry") == (0, "0 rows taken out of quarantine: none is there that fits")
    assert store.quarantine().is_empty()


def test_forgetting_says_what_it_did(store):
    begins = QUESTIONS.digest[:6]
    words = ["forget", "--stage", "questions", "--recipe", begins, "--where", "text LIKE '<html>%'"]
    status, said = run(store, *words)
    assert status == 0
    assert said.startswith(f"1 row of {QUESTIONS.table} forgotten; the next run makes them again")
    assert run(store, *words) == (0, f"0 rows of {QUESTIONS.table} forgotten: it holds none that fit")
    status, said = run(store, *words[:-1], "txet = 1")
    assert status == 1
    assert "'txet = 1' is no condition on the columns row_key, text" in said
    status, said = run(store, *words[:-3], "zzzz")
    assert status == 2
    assert f"no recipe of questions begins so: 'zzzz'; expected one of {QUESTIONS.digest}" in said
