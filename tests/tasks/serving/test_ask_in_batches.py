import json

import polars as pl
import pytest
from upath import UPath

from tasks.serving import ask_in_batches as module
from tasks.serving.ask_in_batches import ask_in_batches
from tasks.serving.asking import Asking, Columns, Row
from tasks.serving.endpoint import Endpoint, EndpointError
from tasks.serving.reply import Reply
from tasks.serving.request import Request
from tasks.serving.servers.openai_batch import OpenAIBatch
from tasks.serving.spending import LimitReachedError, Limits, Spending
from tasks.store.outcome import LaterError
from tasks.store.recipe import Recipe
from tasks.store.table import Table
from tests.fake_batches import MODEL, FakeBatches

ROWS = pl.DataFrame({"row_key": ["a", "b", "c", "d"], "pmid": [1, 2, 3, 4]})
pytestmark = pytest.mark.usefixtures("quick")


@pytest.fixture
def fake():
    with FakeBatches() as server:
        yield server


@pytest.fixture
def table(tmp_path) -> Table:
    return Table(UPath(tmp_path), Recipe("questions", 1))


def asking() -> Asking:
    def request(row: Row) -> Request:
        return Request([{"role": "user", "content": f"Ask about {row['pmid']}."}], max_tokens=64)

    def read(reply: Reply, _row: Row) -> Columns | str:
        return {"said": reply.text} if reply.text.startswith("Does") else "not a question"

    return Asking(request, read, {"said": pl.String}, kept=("pmid",))


def ask(fake: FakeBatches, table: Table, wait=lambda said: None, rows=ROWS, limits: Limits = Limits()) -> Spending:  # noqa: B008
    spending = Spending(limits)
    endpoint = Endpoint(f"{fake.url}/v1", MODEL, OpenAIBatch(), spending=spending)

    def keep(outcome) -> None:
        table.commit(outcome.rows)
        table.quarantine(outcome.refused)

    def missing(keys: list[str]) -> set[str]:
        return set(table.missing(pl.DataFrame({"row_key": keys}, schema={"row_key": pl.String}))["row_key"])

    ask_in_batches(table.missing(rows), asking(), endpoint, keep, table.path / "batches", wait, missing)
    return spending


def notes(table: Table) -> list[dict]:
    return [json.loads(path.read_text()) for path in (table.path / "batches").glob("*.json")]


def test_missing_rows_become_a_batch_whose_answers_are_kept(fake, table):
    told = []
    spending = ask(fake, table, told.append)
    rows = table.read(ROWS["row_key"])
    assert rows["pmid"].to_list() == [1, 2, 3, 4]
    assert rows["said"].str.starts_with("Does factor").all()
    assert fake.asked == ["a", "b", "c", "d"]
    [batch] = fake.batches.values()
    assert (batch["wanted"]["endpoint"], batch["wanted"]["completion_window"]) == ("/v1/chat/completions", "24h")
    assert batch["lines"][0]["body"]["messages"] == [{"role": "user", "content": "Ask about 1."}]
    assert told == ["0 of 4 answered in batch_2 (in_progress)"] * len(told)
    assert spending.used.tokens == 60
    assert notes(table) == []


def test_files_are_not_larger_than_they_may_be(fake, table, monkeypatch):
    monkeypatch.setattr(module, "MOST_REQUESTS", 3)
    ask(fake, table)
    assert [len(batch["lines"]) for batch in fake.batches.values()] == [3, 1]
    monkeypatch.setattr(module, "MOST_BYTES", 1)
    ask(fake, table, rows=pl.DataFrame({"row_key": ["x", "y"], "pmid": [8, 9]}))
    assert [len(batch["lines"]) for batch in fake.batches.values()] == [3, 1, 1, 1]


def later(said: str) -> None:
    raise LaterError(said)


def test_who_comes_later_asks_nothing_twice(fake, table):
    fake.looks = 3
    with pytest.raises(LaterError):
        ask(fake, table, later)
    [note] = notes(table)
    assert (note["batch"], note["keys"]) == ("batch_2", ["a", "b", "c", "d"])
    more = pl.concat([ROWS, pl.DataFrame({"row_key": ["e"], "pmid": [5]})])
    ask(fake, table, rows=more)
    assert fake.asked == ["a", "b", "c", "d", "e"]
    assert len(table.read(more["row_key"])) == 5


def test_a_batch_that_was_begun_and_not_noted_is_found_by_its_mark(fake, table):
    with pytest.raises(LaterError):
        ask(fake, table, later)
    [path] = (table.path / "batches").glob("*.json")
    path.write_text(json.dumps({**json.loads(path.read_text()), "batch": None}))
    ask(fake, table)
    assert fake.asked == ["a", "b", "c", "d"]
    assert len(table.read(ROWS["row_key"])) == 4


def test_what_expired_is_asked_anew(fake, table):
    plain = fake.answer
    seen: list[str] = []

    def answer(line: dict) -> dict | None:
        seen.append(line["custom_id"])
        if line["custom_id"] == "b" and seen.count("b") == 1:
            return {"custom_id": "b", "response": None, "error": {"code": "batch_expired", "message": "too late"}}
        return None if line["custom_id"] == "c" and seen.count("c") == 1 else plain(line)

    fake.answer, fake.endings = answer, ["expired"]
    ask(fake, table)
    assert fake.asked == ["a", "b", "c", "d", "b", "c"]
    assert len(table.read(ROWS["row_key"])) == 4


def test_faults_of_rows_are_told_apart(fake, table):
    plain = fake.answer

    def answer(line: dict) -> dict | None:
        if line["custom_id"] == "a":
            return fake.said(line, "too long", 400)
        if line["custom_id"] == "b":
            return fake.said(line, "overloaded", 500)
        return fake.said(line, "I can not.") if line["custom_id"] == "c" else plain(line)

    fake.answer, fake.more_lines = answer, [fake.said({"custom_id": "nobody"}, "Does it?")]
    ask(fake, table)
    assert dict(table.refused().select("key", "reason").iter_rows()) == {
        "PMID 1": "refused by the server: HTTP 400: too long",
        "PMID 2": "refused by the server: failed in 3 batches, at last with: HTTP 500: overloaded",
        "PMID 3": "not a question",
    }
    assert table.read(ROWS["row_key"])["pmid"].to_list() == [4]
    assert fake.asked.count("b") == 3


@pytest.mark.parametrize(
    ("ending", "words", "kept"),
    [
        ("failed", "batch_2 of the server at .* was refused as a whole: the model does not exist", 0),
        ("cancelled", "batch_2 of the server at .* was cancelled; what it answered is kept, and the same command", 2),
    ],
)
def test_a_batch_that_comes_to_nothing_ends_the_run_and_the_next_asks_for_the_rest(fake, table, ending, words, kept):
    plain = fake.answer
    fake.endings = [ending]
    fake.answer = lambda line: plain(line) if line["custom_id"] in "ab" else None
    with pytest.raises(EndpointError, match=words):
        ask(fake, table)
    fake.answer = plain
    assert len(table.read(ROWS["row_key"])) == kept
    ask(fake, table)
    assert len(table.read(ROWS["row_key"])) == 4
    assert len(fake.asked) == 8 - kept


def test_a_server_that_refuses_everything_is_no_matter_of_rows(fake, table):
    fake.answer = lambda line: fake.said(line, "no such field", 400)
    with pytest.raises(EndpointError, match="refused all 4 requests of a batch: HTTP 400: no such field"):
        ask(fake, table)
    assert table.refused().is_empty()


def test_passing_faults_are_waited_for(fake, table):
    fake.faults = [503, 429]
    ask(fake, table)
    assert fake.asked == ["a", "b", "c", "d"]
    fake.faults = [401]
    with pytest.raises(EndpointError, match=r"answered HTTP 401.*DISTILLERY_API_KEY"):
        ask(fake, table, rows=pl.DataFrame({"row_key": ["x"], "pmid": [9]}))


def test_a_limit_bounds_batches(fake, table):
    """A request may take 4 tokens and 64 of an answer, and takes 15."""
    with pytest.raises(LimitReachedError):
        ask(fake, table, limits=Limits(most_tokens=40))
    assert [len(batch["lines"]) for batch in fake.batches.values()] == [1, 1, 1]
    ask(fake, table, limits=Limits(most_tokens=1_000))
    assert fake.asked == ["a", "b", "c", "d"]
