import json
import threading

import polars as pl
import pytest

from tasks.orchestration.cache_policy import stage_key
from tasks.orchestration.stage import fill
from tasks.store.forget import ConditionError, forget_rows, retry_refused
from tasks.store.outcome import Outcome
from tasks.store.recipe import Recipe
from tasks.store.row_key import ROW_KEY, with_row_key
from tasks.store.store import Store

RECIPE = Recipe("numbers", 1, {"base": 10})
WANTED = with_row_key(pl.DataFrame({"number": range(6)}), RECIPE, ["number"])


@pytest.fixture(params=["local", "memory"])
def store(request, tmp_path):
    """0, 1 and 2 stand, in one part; 3 was cut off and 4 and 5 came to nothing, as a broken server has it."""
    store = Store(str(tmp_path) if request.param == "local" else f"memory://{tmp_path.name}")
    table = store.table(RECIPE)
    table.commit(WANTED[:3].with_columns(text=pl.Series(["zero", "502 Bad Gateway", "two"])))
    reasons = pl.Series(["Cut off", "the model said nothing", "the model said nothing"])
    table.quarantine(WANTED[3:].select(ROW_KEY, key=pl.col("number").cast(pl.String), reason=reasons))
    return store


def missing(store: Store) -> list[int]:
    return store.table(RECIPE).missing(WANTED)["number"].to_list()


def key(store: Store) -> str:
    return stage_key("numbers", RECIPE, {"store": store})


def test_refused_rows_are_asked_for_again(store):
    before = key(store)
    assert retry_refused(store, reason="SAID NOTHING").rows == {RECIPE.table: 2}
    assert missing(store) == [4, 5]
    assert store.quarantine()["key"].to_list() == ["3"]
    between = key(store)
    assert before != between  # whatever Prefect remembers of the stage counts no more
    assert retry_refused(store, "numbers").total == 1
    assert missing(store) == [3, 4, 5]
    assert len({before, between, key(store)}) == 3


def test_what_is_asked_again_is_refused_again_where_it_comes_to_nothing(store):
    retry_refused(store)
    again = WANTED[3:].select(ROW_KEY, key=pl.lit("?"), reason=pl.lit("still nothing"))
    store.table(RECIPE).quarantine(again)
    assert store.quarantine()["reason"].to_list() == ["still nothing"] * 3
    assert missing(store) == []


def test_forgotten_rows_are_made_again_and_kept_beside(store):
    forgotten = forget_rows(store, RECIPE.table, "text LIKE '%Bad Gateway%'")
    assert forgotten.rows == {RECIPE.table: 1}
    assert missing(store) == [1]
    assert store.table(RECIPE).read(WANTED[ROW_KEY], ["text"])["text"].sort().to_list() == ["two", "zero"]
    [note] = [path for path in store.forgotten.iterdir() if path.suffix == ".json"]
    assert json.loads(note.read_text())["where"] == "text LIKE '%Bad Gateway%'"
    [kept] = (store.forgotten / note.stem / RECIPE.table / "parts").iterdir()
    assert pl.read_parquet(kept.read_bytes())["text"].to_list() == ["502 Bad Gateway"]
    assert forget_rows(store, RECIPE.table).total == 2
    assert missing(store) == [0, 1, 2]
    assert store.tables() == [RECIPE.table]


def test_nothing_to_forget_changes_nothing(store):
    before = key(store)
    assert forget_rows(store, RECIPE.table, "number > 100").total == 0
    assert retry_refused(store, reason="no such reason").total == 0
    assert key(store) == before
    assert not store.forgotten.exists()


@pytest.mark.parametrize("where", ["txt = 'x'", "number", "text >", "text = ", "number + 1", "", "1; DROP TABLE x"])
def test_a_condition_that_can_not_be_asked_forgets_nothing(store, where):
    with pytest.raises(ConditionError, match="write SQL"):
        forget_rows(store, RECIPE.table, where)
    assert missing(store) == []


def test_a_stage_goes_on_as_if_forgotten_rows_had_never_been(store):
    def compute(rows: pl.DataFrame) -> Outcome:
        return Outcome(rows.with_columns(text=pl.lit("new")))

    forget_rows(store, RECIPE.table, "number = 1")
    retry_refused(store)
    table = store.table(RECIPE)
    for _ in range(2):
        again = table.missing(WANTED)
        table.commit(compute(again).rows)
    done = fill(store, table, WANTED, compute, label="numbers", batch_rows=2)
    assert (done.computed, done.reused, done.dropped) == (0, 6, 0)
    assert store.read(done.ref).sort("number")["text"].to_list() == ["zero", "new", "two", "new", "new", "new"]


def test_runs_that_forget_write_and_read_at_once_lose_nothing(tmp_path):
    table = Store(str(tmp_path)).table(RECIPE)
    wanted = with_row_key(pl.DataFrame({"number": range(400)}), RECIPE, ["number"])
    for rows in wanted.iter_slices(50):
        table.commit(rows.with_columns(broken=pl.col("number") % 4 == 0))
        table.quarantine(rows.select(pl.format("r{}", "number").alias(ROW_KEY), key=pl.lit("k"), reason=pl.lit("r")))
    seen: list[int] = []

    def forget(remainder: int) -> None:
        forget_rows(Store(str(tmp_path)), RECIPE.table, f"number % 8 = {remainder}")

    def release(remainder: int) -> None:
        Store(str(tmp_path)).table(RECIPE).release(pl.Series([f"r{n}" for n in range(400) if n % 2 == remainder]))

    def look() -> None:
        for _ in range(20):
            whole = Store(str(tmp_path)).table(RECIPE)
            seen.append(len(whole.read(wanted.filter(pl.col("number") % 4 == 1)[ROW_KEY])))

    jobs = [(forget, 0), (forget, 4), (release, 0), (release, 1)]
    threads = [threading.Thread(target=job, args=(n,)) for job, n in jobs] + [threading.Thread(target=look)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(seen) == {100}
    assert table.missing(wanted)["number"].to_list() == list(range(0, 400, 4))
    assert table.refused().is_empty()
    assert not (table.path / "damaged").exists()


def test_a_condition_is_of_each_row(tmp_path):
    store = Store(str(tmp_path))
    table = store.table(Recipe("questions", 1, {}))
    table.commit(pl.DataFrame({"row_key": ["a"], "text": ["one"]}))
    with pytest.raises(ConditionError, match="neither true nor false of a row"):
        forget_rows(store, table.recipe.table, "count(*) > 0")
