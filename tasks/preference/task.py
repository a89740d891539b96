"""The stages from scores to preferences, and what an evaluator learns and says, as Prefect tasks."""

import polars as pl

from tasks.literature.collection import read_usable
from tasks.literature.headings import with_uis
from tasks.logger import logger
from tasks.orchestration.ask import fill_by_asking
from tasks.orchestration.stage import fill, stage_task
from tasks.preference.evaluator import Evaluator
from tasks.preference.evaluator_score import MEASURE as EVALUATOR_MEASURE
from tasks.preference.evaluator_score import EvaluatorScoring, score_by_evaluator, wanted_evaluator_scores
from tasks.preference.labels import label_pairs, labelling, wanted_labels
from tasks.preference.prefer import prefer, wanted_preferences
from tasks.preference.rule import PreferenceRule
from tasks.preference.score import Scoring, score_questions, wanted_scores
from tasks.preference.scored import scored_candidates, spread_of, warn_of_scores
from tasks.preference.verdicts import VERDICT_SCHEMA, count_unweighed, verdict_asking, wanted_verdicts
from tasks.serving.engine import Engine
from tasks.store.outcome import Outcome
from tasks.store.reference import StageResult, TableRef
from tasks.store.store import Store

SCORE_BATCH_ROWS = 1_000_000
PREFERENCE_BATCH_ROWS = 50_000


def _score(store: Store, articles: TableRef, candidates: TableRef, contexts: TableRef, scoring: Scoring) -> StageResult:
    wanted = wanted_scores(store.read(contexts), store.read(candidates), scoring, articles.fingerprint)

    def compute(rows: pl.DataFrame) -> Outcome:
        hierarchy = scoring.vocabulary.hierarchy()
        return score_questions(rows, scoring, hierarchy, with_uis(read_usable(store, articles), hierarchy))

    label = f"scores: {scoring.measure}"
    return fill(store, store.table(scoring.recipe), wanted, compute, label=label, batch_rows=SCORE_BATCH_ROWS)


def _prefer(
    store: Store, questions: list[TableRef], candidates: TableRef, scores: TableRef, rule: PreferenceRule
) -> StageResult:
    asked = pl.concat([store.read(ref, ["question_id", "pmid", "kind", "question"]) for ref in questions])
    passed, scored = store.read(candidates), store.read(scores)
    compared = scored_candidates(passed, scored)
    logger.info("preferences: margins are in standard deviations of %g", spread_of(compared, rule))
    warn_of_scores(compared, rule, "preferences")
    wanted = wanted_preferences(asked, passed, scored, rule)

    def compute(rows: pl.DataFrame) -> Outcome:
        return prefer(rows, rule)

    return fill(store, store.table(rule.recipe), wanted, compute, label="preferences", batch_rows=PREFERENCE_BATCH_ROWS)


def _judge(
    store: Store, articles: TableRef, candidates: TableRef, contexts: TableRef, evaluator: Evaluator, engine: Engine
) -> StageResult:
    asked, found = store.read(candidates), store.read(contexts)
    wanted = wanted_verdicts(asked, found, _texts(store, articles, asked, found), evaluator)
    return fill_by_asking(
        store,
        store.table(evaluator.recipe),
        wanted,
        verdict_asking(evaluator),
        lambda: engine.endpoint(evaluator.language_model),
        label="verdicts",
    )


def _texts(store: Store, articles: TableRef, candidates: pl.DataFrame, contexts: pl.DataFrame) -> pl.DataFrame:
    """Return pmid, title and abstract of the articles that candidates and contexts name; no others are in memory."""
    named = pl.concat([candidates["pmid"], contexts["pmids"].explode().drop_nulls()]).unique().implode()
    schema = {"pmid": pl.Int64, "title": pl.String, "abstract": pl.String}
    parts = store.read_parts(articles, list(schema))
    found = [rows.filter(pl.col("pmid").is_in(named)).select(list(schema)) for rows in parts]
    return pl.concat([pl.DataFrame(schema=schema), *found])


def _score_by_evaluator(store: Store, contexts: TableRef, verdicts: TableRef, scoring: EvaluatorScoring) -> StageResult:
    said = store.read(verdicts, empty=VERDICT_SCHEMA)
    unweighed = count_unweighed(said)
    if unweighed:
        logger.warning(
            "%d of %d verdicts are 0 or 1, by the word alone: the evaluator's server sends no log-probabilities",
            unweighed,
            len(said),
        )
    wanted = wanted_evaluator_scores(store.read(contexts), said, scoring)

    def compute(rows: pl.DataFrame) -> Outcome:
        return score_by_evaluator(rows, scoring)

    table = store.table(scoring.recipe)
    return fill(store, table, wanted, compute, label="scores: evaluator", batch_rows=PREFERENCE_BATCH_ROWS)


def _label(
    store: Store,
    articles: TableRef,
    candidates: TableRef,
    contexts: TableRef,
    scores: TableRef,
    rule: PreferenceRule,
    evaluator: Evaluator,
) -> StageResult:
    asked, found = store.read(candidates), store.read(contexts)
    texts = _texts(store, articles, asked, found)
    wanted = wanted_labels(asked, found, texts, store.read(scores), rule, evaluator)

    def compute(rows: pl.DataFrame) -> Outcome:
        return label_pairs(rows, evaluator)

    table = store.table(labelling(evaluator))
    return fill(store, table, wanted, compute, label="labels", batch_rows=PREFERENCE_BATCH_ROWS)


scores_stage = stage_task(_score, "scores", "scores: {arguments[scoring].measure}")
verdicts_stage = stage_task(_judge, "verdicts")
evaluator_scores_stage = stage_task(_score_by_evaluator, "scores", f"scores: {EVALUATOR_MEASURE}")
preferences_stage = stage_task(_prefer, "preferences")
labels_stage = stage_task(_label, "labels")
