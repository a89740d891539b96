"""Limits and dry runs from the command line: real Prefect server, canned language model."""

import sqlite3
from pathlib import Path

import pytest

from tests.fake_llm import FakeLlm

pytestmark = pytest.mark.integration

OF_A_REPLY = 15


class NoQuestions(FakeLlm):
    """Asks nothing."""

    def reply(self, body: dict) -> str:
        return "I can not do that."


def options(llm: FakeLlm, *more: str) -> list[str]:
    return ["--branch", "C04", "--articles", "20", "--url", llm.url, *more]


def last_state(root: Path) -> tuple[str, str]:
    """Return name and message of the last state of the last flow run of a root's own server."""
    [database] = root.glob(".prefect/**/*.db")
    query = (
        "select name, message from flow_run_state where flow_run_id = "
        "(select id from flow_run order by start_time desc limit 1) order by timestamp desc limit 1"
    )
    connection = sqlite3.connect(database)
    try:
        return connection.execute(query).fetchone()
    finally:
        connection.close()


def test_a_limit_ends_a_run_and_a_higher_one_goes_on(distillery):
    root = distillery.folder / "root"
    with FakeLlm() as llm:
        stopped = distillery.run(*options(llm, "--most-tokens", str(25 * OF_A_REPLY)))
        assert stopped.returncode == 1
        sentence = (
            f"the run has used {len(llm.requests) * OF_A_REPLY:,} tokens, and the most it may use (--most-tokens) is "
            f"{25 * OF_A_REPLY}; everything that was answered is kept, and the same command with a higher limit goes "
            "on from there"
        )
        assert stopped.stderr.splitlines()[-1] == f"distillery: {sentence}"
        assert "Traceback" not in stopped.stderr
        assert last_state(root) == ("Failed", sentence)
        asked = len(llm.requests)
        assert 25 <= asked < 60
        assert not (root / "datasets").exists()

        prices = ("--prompt-price", "2", "--completion-price", "4")
        finished = distillery.distil(*options(llm, "--most-tokens", "1000", *prices))
        assert len(llm.requests) == 60
        assert finished["llm"]["requests"] == 60 - asked
        tokens = sum(stage["tokens"] for stage in finished["stages"].values())
        assert tokens == finished["llm"]["requests"] * OF_A_REPLY
        assert finished["llm"]["cost"] == pytest.approx(finished["llm"]["requests"] * (10 * 2 + 5 * 4) / 1e6)
        page = Path(finished["report"]).read_text()
        assert "their cost" in page

        again = distillery.distil(*options(llm, "--most-tokens", "1"))
        assert (again["llm"]["requests"], len(llm.requests)) == (0, 60)


def test_a_cost_limit_without_prices_is_refused_before_anything_starts(distillery):
    with FakeLlm() as llm:
        refused = distillery.run(*options(llm, "--most-cost", "3"))
        assert refused.returncode == 2
        assert "a highest cost needs prices" in " ".join(refused.stderr.replace("│", " ").split())
        assert llm.requests == []


def test_a_dry_run_shows_what_comes_out_and_the_whole_run_takes_it_up(distillery):
    root = distillery.folder / "root"
    with FakeLlm() as llm:
        prices = ("--prompt-price", "2", "--completion-price", "4")
        tried = distillery.distil(*options(llm, "--dry-run", "4", *prices))
        assert len(llm.requests) == 12
        assert (tried["dry_run"], tried["unit"], tried["planned"], tried["stopped"]) == (4, "articles", 20, None)
        assert len(tried["outcomes"]) == 4
        for article in tried["outcomes"]:
            assert [asked["refused"] for asked in article["questions"]] == [None, None]
            assert article["decision"] in ("yes", "no", "maybe")
        estimate = tried["estimate"]
        assert estimate["stages"]["questions"]["requests"] == 32
        assert estimate["whole"]["units"] == 16
        assert "embeddings" not in estimate["stages"]
        assert not (root / "datasets").exists()
        assert not (root / "reports").exists()

        again = distillery.distil(*options(llm, "--dry-run", "4", *prices))
        assert len(llm.requests) == 12
        assert again["outcomes"] == tried["outcomes"]
        assert again["estimate"] == tried["estimate"]

        whole = distillery.distil(*options(llm, *prices))
        assert len(llm.requests) == 60
        tokens = whole["llm"]["prompt_tokens"] + whole["llm"]["completion_tokens"]
        for found, expected in ((tokens, "tokens"), (whole["llm"]["cost"], "cost")):
            low, high = estimate["whole"][expected]
            assert low <= found <= high

        nothing = distillery.distil(*options(llm, "--dry-run", "4"))
        assert nothing["estimate"]["whole"]["units"] == 0
        assert len(llm.requests) == 60


def test_a_dry_run_of_what_would_fail_says_why(distillery):
    with NoQuestions() as llm:
        shown = distillery.run(*options(llm, "--dry-run", "2"))
    assert shown.returncode == 0, shown.stderr
    assert "no: the model declines" in " ".join(shown.stdout.split())
    assert "The few came no further than this" in shown.stdout
    assert "distillery quarantine --stage candidates" in shown.stdout
