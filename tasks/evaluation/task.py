"""The predictions stage as a Prefect task, and reading what it left."""

import polars as pl

from tasks.evaluation.ask import REPLY_SCHEMA
from tasks.evaluation.benchmark import Benchmark
from tasks.evaluation.examinee import Examinee
from tasks.evaluation.predict import predict, wanted_predictions
from tasks.evaluation.results import Predictions
from tasks.orchestration.stage import fill, stage_task
from tasks.serving.engine import Engine
from tasks.store.outcome import Outcome
from tasks.store.reference import StageResult, TableRef
from tasks.store.row_key import ROW_KEY
from tasks.store.store import Store

BATCH_ROWS = 64
BATCHES_IN_FLIGHT = 2


def _predict(store: Store, benchmark: Benchmark, examinee: Examinee, engine: Engine) -> StageResult:
    def compute(rows: pl.DataFrame) -> Outcome:
        return predict(rows, examinee, engine.endpoint(examinee.language_model))

    return fill(
        store,
        store.table(examinee.recipe),
        wanted_predictions(benchmark.asked(examinee.setting), examinee),
        compute,
        label=f"predictions: {examinee.label}",
        batch_rows=BATCH_ROWS,
        in_flight=BATCHES_IN_FLIGHT,
    )


def read_predictions(store: Store, benchmark: Benchmark, examinee: Examinee, ref: TableRef) -> Predictions:
    """Return what an examinee predicted; an item whose request was refused has the reason alone."""
    wanted = wanted_predictions(benchmark.asked(examinee.setting), examinee).select(ROW_KEY, "item")
    refused = wanted.join(store.table(examinee.recipe).refused(wanted[ROW_KEY]), on=ROW_KEY).select("item", "reason")
    answered = store.read(ref, ["item", *REPLY_SCHEMA]).drop(ROW_KEY).join(wanted, on="item", how="semi")
    rows = pl.concat([pl.DataFrame(schema={"item": pl.String, **REPLY_SCHEMA}), answered, refused], how="diagonal")
    return Predictions(examinee, ref, rows)


predictions_stage = stage_task(_predict, "predictions", "predictions: {arguments[examinee].label}")
