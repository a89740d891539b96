"""The answers stage as a Prefect task."""

import polars as pl

from tasks.answers.answer import answer_questions, wanted_answers
from tasks.answers.answerer import Answerer
from tasks.orchestration.stage import fill, stage_task
from tasks.serving.engine import Engine
from tasks.store.outcome import Outcome
from tasks.store.reference import StageResult, TableRef
from tasks.store.store import Store

BATCH_ROWS = 32
BATCHES_IN_FLIGHT = 2


def _answer(
    store: Store, articles: TableRef, preferences: TableRef, contexts: TableRef, answerer: Answerer, engine: Engine
) -> StageResult:
    passages = store.read(articles, ["pmid", "title", "abstract", "content_hash"])
    wanted = wanted_answers(store.read(preferences), store.read(contexts), passages, answerer)

    def compute(rows: pl.DataFrame) -> Outcome:
        return answer_questions(rows, answerer, engine.endpoint(answerer.language_model))

    return fill(
        store,
        store.table(answerer.recipe),
        wanted,
        compute,
        label="answers",
        batch_rows=BATCH_ROWS,
        in_flight=BATCHES_IN_FLIGHT,
    )


answers_stage = stage_task(_answer, "answers")
