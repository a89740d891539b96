"""The scores and preferences stages as Prefect tasks."""

import polars as pl

from tasks.literature.collection import read_usable
from tasks.orchestration.stage import fill, stage_task
from tasks.preference.prefer import PreferenceRule, prefer, wanted_preferences
from tasks.preference.score import Scoring, score_questions, wanted_scores
from tasks.store.outcome import Outcome
from tasks.store.reference import StageResult, TableRef
from tasks.store.store import Store

SCORE_BATCH_ROWS = 1_000_000
PREFERENCE_BATCH_ROWS = 50_000


def _score(store: Store, articles: TableRef, candidates: TableRef, contexts: TableRef, scoring: Scoring) -> StageResult:
    wanted = wanted_scores(store.read(contexts), store.read(candidates), scoring, articles.fingerprint)

    def compute(rows: pl.DataFrame) -> Outcome:
        return score_questions(rows, scoring, scoring.vocabulary.hierarchy(), read_usable(store, articles))

    label = f"scores: {scoring.measure}"
    return fill(store, store.table(scoring.recipe), wanted, compute, label=label, batch_rows=SCORE_BATCH_ROWS)


def _prefer(
    store: Store, questions: list[TableRef], candidates: TableRef, scores: TableRef, rule: PreferenceRule
) -> StageResult:
    asked = pl.concat([store.read(ref, ["question_id", "pmid", "question"]) for ref in questions])
    wanted = wanted_preferences(asked, store.read(candidates), store.read(scores), rule)

    def compute(rows: pl.DataFrame) -> Outcome:
        return prefer(rows, rule)

    return fill(store, store.table(rule.recipe), wanted, compute, label="preferences", batch_rows=PREFERENCE_BATCH_ROWS)


scores_stage = stage_task(_score, "scores", "scores: {arguments[scoring].measure}")
preferences_stage = stage_task(_prefer, "preferences")
