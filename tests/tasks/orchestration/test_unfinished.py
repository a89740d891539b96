import polars as pl
import pytest
from prefect.states import Failed
from upath import UPath

from tasks.orchestration.stage import compute_batch
from tasks.serving.ask_rows import UnansweredError
from tasks.store.outcome import REFUSED_SCHEMA, Outcome, UnfinishedError
from tasks.store.recipe import Recipe
from tasks.store.table import Table

ROWS = pl.DataFrame({"row_key": ["a", "b", "c"]})


def break_off(rows: pl.DataFrame) -> Outcome:
    refused = pl.DataFrame([("b", "PMID 2", "too long")], schema=REFUSED_SCHEMA, orient="row")
    raise UnansweredError("the server is gone", Outcome(rows[:1], refused))


def test_a_batch_that_broke_off_keeps_what_it_finished(tmp_path):
    table = Table(UPath(tmp_path), Recipe("questions", 1))
    with pytest.raises(UnfinishedError, match="the server is gone"):
        compute_batch.fn("questions", table, ROWS, break_off)
    assert table.missing(ROWS)["row_key"].to_list() == ["c"]
    assert table.refused(ROWS["row_key"])["reason"].to_list() == ["too long"]


def test_a_batch_that_broke_off_with_nothing_finished_leaves_nothing(tmp_path):
    def fail(_rows: pl.DataFrame) -> Outcome:
        raise UnfinishedError("the server is gone")

    table = Table(UPath(tmp_path), Recipe("questions", 1))
    with pytest.raises(UnfinishedError):
        compute_batch.fn("questions", table, ROWS, fail)
    assert table.missing(ROWS)["row_key"].to_list() == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("failure", "again"),
    [
        (UnfinishedError("refused for good"), False),
        (UnfinishedError("our own server has ended", again=True), True),
        (OSError("the disk is full"), True),
    ],
)
def test_a_batch_is_tried_again_where_that_may_help(failure, again):
    assert compute_batch.retry_condition_fn(compute_batch, None, Failed(data=failure)) is again
