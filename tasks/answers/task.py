"""The answers stage as a Prefect task."""

from tasks.answers.answer import answer_asking, wanted_answers
from tasks.answers.answerer import Answerer
from tasks.orchestration.ask import fill_by_asking
from tasks.orchestration.stage import stage_task
from tasks.serving.engine import Engine
from tasks.store.reference import StageResult, TableRef
from tasks.store.store import Store


def _answer(
    store: Store, articles: TableRef, preferences: TableRef, contexts: TableRef, answerer: Answerer, engine: Engine
) -> StageResult:
    passages = store.read(articles, ["pmid", "title", "abstract", "content_hash"])
    wanted = wanted_answers(store.read(preferences), store.read(contexts), passages, answerer)
    return fill_by_asking(
        store,
        store.table(answerer.recipe),
        wanted,
        answer_asking(answerer),
        lambda: engine.endpoint(answerer.language_model),
        label="answers",
    )


answers_stage = stage_task(_answer, "answers")
