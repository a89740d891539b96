"""The decisions, answers and answer gates stages as Prefect tasks."""

import polars as pl

from tasks.answers.answer import answer_asking, count_unquoted, wanted_answers
from tasks.answers.answerer import Answerer
from tasks.answers.decide import DECISION_SCHEMA, calibrated, decision_asking, decisions_recipe, wanted_decisions
from tasks.answers.gates.pass_gates import gates_recipe, pass_answer_gates, wanted_passed
from tasks.answers.gates.settings import AnswerGates
from tasks.kinds import Kind
from tasks.logger import logger
from tasks.orchestration.ask import fill_by_asking
from tasks.orchestration.stage import fill, stage_task
from tasks.serving.engine import Engine
from tasks.store.outcome import Outcome
from tasks.store.reference import StageResult, TableRef
from tasks.store.store import Store

TEXTS = ["pmid", "title", "abstract", "content_hash"]
GATE_BATCH_ROWS = 20_000
LOWEST_YIELD = 0.05


def _decide(
    store: Store, articles: TableRef, preferences: TableRef, contexts: TableRef, answerer: Answerer, engine: Engine
) -> StageResult:
    return fill_by_asking(
        store,
        store.table(decisions_recipe(answerer)),
        wanted_decisions(store.read(preferences), store.read(contexts), store.read(articles, TEXTS), answerer),
        decision_asking(answerer),
        lambda: engine.endpoint(answerer.language_model),
        label="decisions",
    )


def _answer(
    store: Store,
    articles: TableRef,
    preferences: TableRef,
    contexts: TableRef,
    answerer: Answerer,
    engine: Engine,
    decisions: TableRef | None = None,
) -> StageResult:
    """Answer the best questions.

    Args:
        decisions: where the answerer's calibration changes any; a yes/no question without one is in their quarantine.
    """
    best, decided = store.read(preferences), None
    if decisions is not None:
        decided = calibrated(store.read(decisions, empty=DECISION_SCHEMA), answerer.calibration)
        undecided = (pl.col("kind") == Kind.YES_NO.value) & ~pl.col("chosen_id").is_in(decided["question_id"].implode())
        best = best.filter(~undecided)
    wanted = wanted_answers(best, store.read(contexts), store.read(articles, TEXTS), answerer, decided)
    result = fill_by_asking(
        store,
        store.table(answerer.recipe),
        wanted,
        answer_asking(answerer),
        lambda: engine.endpoint(answerer.language_model),
        label="answers",
    )
    if answerer.quotes and result.ref.rows:
        unquoted = count_unquoted(store.read(result.ref, ["evidence_sentence"]))
        if unquoted:
            logger.info("answers: %d of %d quote no sentence of their evidence", unquoted, result.ref.rows)
    return result


def _pass_gates(
    store: Store,
    articles: TableRef,
    preferences: TableRef,
    answers: TableRef,
    answerer: Answerer,
    gates: AnswerGates,
) -> StageResult:
    wanted = wanted_passed(
        store.read(answers),
        store.read(preferences, ["chosen_id", "chosen"]),
        store.read(articles, TEXTS),
        answerer,
        gates,
    )

    def compute(rows: pl.DataFrame) -> Outcome:
        return pass_answer_gates(rows, answerer, gates)

    table = store.table(gates_recipe(answerer, gates))
    return fill(
        store, table, wanted, compute, label="answer gates", batch_rows=GATE_BATCH_ROWS, lowest_yield=LOWEST_YIELD
    )


decisions_stage = stage_task(_decide, "decisions")
answers_stage = stage_task(_answer, "answers")
answer_gates_stage = stage_task(_pass_gates, "answer gates")
