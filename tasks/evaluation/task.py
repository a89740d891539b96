"""The predictions stage as a Prefect task, and reading what it left."""

import polars as pl

from tasks.evaluation.ask import REPLY_COLUMNS
from tasks.evaluation.benchmark import Benchmark
from tasks.evaluation.examinee import Examinee
from tasks.evaluation.predict import prediction_asking, wanted_predictions
from tasks.evaluation.results import Predictions
from tasks.orchestration.ask import fill_by_asking
from tasks.orchestration.stage import stage_task
from tasks.serving.engine import Engine
from tasks.store.reference import StageResult, TableRef
from tasks.store.row_key import ROW_KEY
from tasks.store.store import Store


def _predict(store: Store, benchmark: Benchmark, examinee: Examinee, engine: Engine) -> StageResult:
    return fill_by_asking(
        store,
        store.table(examinee.recipe),
        wanted_predictions(benchmark.asked(examinee.setting), examinee),
        prediction_asking(examinee),
        lambda: engine.endpoint(examinee.language_model),
        label=f"predictions: {examinee.label}",
    )


def read_predictions(store: Store, benchmark: Benchmark, examinee: Examinee, ref: TableRef) -> Predictions:
    """Return what an examinee predicted; an item whose request was refused has the reason alone."""
    wanted = wanted_predictions(benchmark.asked(examinee.setting), examinee).select(ROW_KEY, "item")
    refused = wanted.join(store.table(examinee.recipe).refused(wanted[ROW_KEY]), on=ROW_KEY).select("item", "reason")
    answered = store.read(ref, ["item", *REPLY_COLUMNS]).drop(ROW_KEY).join(wanted, on="item", how="semi")
    rows = pl.concat([pl.DataFrame(schema={"item": pl.String, **REPLY_COLUMNS}), answered, refused], how="diagonal")
    return Predictions(examinee, ref, rows)


predictions_stage = stage_task(_predict, "predictions", "predictions: {arguments[examinee].label}")
