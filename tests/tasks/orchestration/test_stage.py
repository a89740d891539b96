import polars as pl
import pytest
from prefect import flow
from prefect.testing.utilities import prefect_test_harness
from upath import UPath

from tasks.orchestration.stage import compute_batch, fill
from tasks.store.outcome import REFUSED_SCHEMA, Outcome
from tasks.store.recipe import Recipe
from tasks.store.row_key import ROW_KEY
from tasks.store.store import Store
from tasks.store.table import Table

RECIPE = Recipe("numbers", 1)
ROWS = pl.DataFrame({ROW_KEY: ["a", "b", "c"], "number": [1, 2, 3]})


def all_but_b(rows: pl.DataFrame) -> Outcome:
    refused = [(key, f"row {key}", "too long") for key in rows[ROW_KEY] if key == "b"]
    return Outcome(rows.filter(pl.col(ROW_KEY) != "b"), pl.DataFrame(refused, schema=REFUSED_SCHEMA, orient="row"))


def test_a_batch_keeps_rows_and_refusals(tmp_path):
    table = Table(UPath(tmp_path), RECIPE)
    assert compute_batch.fn("numbers", table, ROWS, all_but_b) >= 0
    assert table.missing(ROWS).is_empty()
    assert table.refused(ROWS[ROW_KEY])["reason"].to_list() == ["too long"]


@pytest.mark.integration
def test_a_stage_computes_what_is_missing_in_batches(tmp_path):
    store, asked = Store(str(tmp_path)), []

    def compute(rows: pl.DataFrame) -> Outcome:
        asked.append(rows[ROW_KEY].to_list())
        return all_but_b(rows)

    @flow
    def run():
        return fill(store, store.table(RECIPE), ROWS, compute, label="numbers", batch_rows=2)

    with prefect_test_harness():
        result = run()
        again = run()
    assert asked == [["a", "b"], ["c"]]
    assert (result.computed, result.reused, result.dropped, result.reasons) == (2, 0, 1, {"too long": 1})
    assert store.read(result.ref)["number"].to_list() == [1, 3]
    assert (again.computed, again.reused, len(asked)) == (0, 2, 2)
