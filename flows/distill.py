"""The distillation of one MeSH branch: abstracts, questions, contexts, scores, preferences, answers, dataset."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from prefect import flow

from flows.dry_run import try_distillation
from flows.parameters import Distillation
from flows.summary import summarise, summarise_stages
from mesh.branch import find_branch
from tasks.answers.task import answer_gates_stage, answers_stage, decisions_stage
from tasks.dataset.task import dataset_stage, write_dataset_task
from tasks.literature.eutils.term import search_term
from tasks.literature.harvest_task import harvest_task
from tasks.literature.task import articles_stage
from tasks.orchestration.end_of_run import ends_with_a_sentence
from tasks.orchestration.stage import StageRunner
from tasks.orchestration.task_runner import task_runner
from tasks.preference.evaluator import Evaluator
from tasks.preference.rule import PreferenceRule
from tasks.preference.score import Measure
from tasks.preference.task import (
    evaluator_scores_stage,
    labels_stage,
    preferences_stage,
    scores_stage,
    verdicts_stage,
)
from tasks.questions.generator import Policy
from tasks.questions.task import candidates_stage, prepare_engine, questions_stage
from tasks.report.run_tables import RunTables
from tasks.report.task import add_artifacts, report_task
from tasks.retrieval.task import contexts_stage, embeddings_stage
from tasks.root import usable_root
from tasks.sampling.sample import SampleSettings
from tasks.sampling.task import samples_stage
from tasks.serving.engine import Engine
from tasks.serving.spending import Spending
from tasks.stopping import heed_signals_in_run
from tasks.store.reference import TableRef
from tasks.store.store import Store
from tasks.vocabulary.vocabulary import Vocabulary, find_vocabulary


@flow(name="distill", flow_run_name="{parameters.branch}, {parameters.articles} articles", task_runner=task_runner())
@ends_with_a_sentence
def distill(parameters: Distillation = Distillation()) -> dict[str, Any]:  # noqa: B008 - the form's defaults
    """Distil one MeSH branch of the harvested literature into a dataset.

    What was computed for any earlier run over the same root is reused.

    Returns:
        branch, stages, llm, dataset and report (see ``flows.summary``); of a dry run what ``flows.dry_run`` says in
        place of the last two.
    """
    heed_signals_in_run()
    parameters.check()
    spending = Spending(parameters.limits)
    vocabulary = find_vocabulary(parameters.mesh_year)
    branch = find_branch(vocabulary.hierarchy(), parameters.branch)
    resolved = parameters.resolved()
    runner = StageRunner(Store(usable_root(parameters.root)))
    run = runner.run

    term = search_term(vocabulary.hierarchy(), branch, parameters.wanted)
    harvest = harvest_task(runner.store, parameters.source, term)
    articles = run(articles_stage, refresh=bool(harvest.read), harvest=harvest, wanted=parameters.wanted)
    sampled = SampleSettings(
        tree_numbers=branch.tree_numbers,
        branch_name=branch.name,
        articles=parameters.articles,
        seed=parameters.seed,
        vocabulary=vocabulary,
    )
    samples = run(samples_stage, articles=articles, settings=sampled)
    with Engine(parameters.engine, resolved.language_models(), spending) as engine:
        go = partial(ask_and_judge, runner, articles, resolved, vocabulary, engine)
        if parameters.dry_run is not None:
            found = try_distillation(runner, articles, samples, resolved, engine, go)
            return {"branch": str(branch), **found, **summarise_stages(runner.results, parameters.limits)}
        made = go(samples)
    rule, policy = resolved.preference, Policy.of(parameters.policy(resolved), resolved.kind_draw.kinds)
    records = run(
        dataset_stage,
        articles=articles,
        preferences=made.preferences,
        contexts=made.contexts,
        answers=made.passed_answers,
        labels=made.labels,
        policies=resolved.first_of_each_kind(),
        context_words=resolved.answerer.context_words,
        settings=resolved.records,
        branch=",".join(branch.tree_numbers),
        sources=made.sources(samples, rule),
        models=resolved.model_names(),
    )
    dataset = write_dataset_task(runner.store, records, [*made.sources(samples, rule), records], policy, str(branch))
    tables = RunTables(
        branch=branch,
        vocabulary=vocabulary,
        seed=parameters.seed,
        rule=rule,
        articles=articles,
        samples=samples,
        questions=made.questions,
        candidates=made.candidates,
        contexts=made.contexts,
        scores=made.scores,
        deciding=made.deciding,
        verdicts=made.verdicts,
        preferences=made.preferences,
        answers=made.answers,
        passed_answers=made.passed_answers,
        dataset=dataset,
        results=runner.results,
        limits=parameters.limits,
    )
    report = report_task(runner.store, tables)
    add_artifacts(runner.store, tables, report)
    return summarise(branch, runner.results, parameters.limits, dataset, report)


@dataclass(frozen=True, slots=True)
class Made:
    """The tables between a run's samples and its dataset; see ``RunTables``."""

    questions: list[TableRef]
    candidates: TableRef
    contexts: TableRef
    scores: dict[Measure, TableRef]
    labels: TableRef
    verdicts: TableRef | None
    deciding: TableRef
    preferences: TableRef
    decisions: TableRef | None
    answers: TableRef
    passed_answers: TableRef

    def sources(self, samples: TableRef, rule: PreferenceRule) -> list[TableRef]:
        """Return every table that the dataset is made from."""
        judged = [self.scores[rule.measure], *([self.verdicts, self.deciding] if self.verdicts else [])]
        asked = [samples, *self.questions, self.candidates, self.contexts]
        decided = [self.decisions] if self.decisions else []
        answered = [*decided, self.answers, self.passed_answers]
        return [*asked, *judged, self.preferences, self.labels, *answered]


def ask_and_judge(
    runner: StageRunner,
    articles: TableRef,
    resolved: Distillation,
    vocabulary: Vocabulary,
    engine: Engine,
    samples: TableRef,
) -> Made:
    """Ask questions of the sampled articles, judge them, and have the best ones answered."""
    run, generators, rule = runner.run, resolved.generators, resolved.preference
    retrieval = resolved.retrieval
    draw = resolved.kind_draw
    prepare_engine(runner.store, articles, samples, generators, draw, engine)
    embeddings = run(
        embeddings_stage, articles=articles, encoder=retrieval.encoder, max_articles=retrieval.max_articles
    )
    asked = runner.run_each(
        questions_stage,
        [{"generator": generator} for generator in generators],
        [generator.language_model for generator in generators],
        articles=articles,
        samples=samples,
        draw=draw,
        engine=engine,
    )
    questions = [ref for ref in asked if ref.rows]
    candidates = run(
        candidates_stage, articles=articles, questions=questions, generators=generators, gates=resolved.gates
    )
    contexts = run(contexts_stage, candidates=candidates, embeddings=embeddings, retrieval=retrieval)
    scores = {
        measure: run(
            scores_stage,
            articles=articles,
            candidates=candidates,
            contexts=contexts,
            scoring=rule.scoring(measure, vocabulary),
        )
        for measure in Measure
    }
    labels = run(
        labels_stage,
        articles=articles,
        candidates=candidates,
        contexts=contexts,
        scores=scores[rule.measure],
        rule=rule,
        evaluator=resolved.evaluator or Evaluator(),
    )
    verdicts, deciding = None, scores[rule.measure]
    if resolved.evaluator:
        verdicts = run(
            verdicts_stage,
            articles=articles,
            candidates=candidates,
            contexts=contexts,
            evaluator=resolved.evaluator,
            engine=engine,
        )
        scoring = resolved.evaluator.scoring
        deciding = run(evaluator_scores_stage, contexts=contexts, verdicts=verdicts, scoring=scoring)
    preferences = run(preferences_stage, questions=questions, candidates=candidates, scores=deciding, rule=rule)
    answering: dict[str, Any] = {
        "articles": articles,
        "preferences": preferences,
        "contexts": contexts,
        "answerer": resolved.answerer,
    }
    is_calibrated = not resolved.answerer.calibration.is_identity
    decisions = run(decisions_stage, **answering, engine=engine) if is_calibrated else None
    answers = run(answers_stage, **answering, engine=engine, decisions=decisions)
    passed_answers = run(
        answer_gates_stage,
        articles=articles,
        preferences=preferences,
        answers=answers,
        answerer=resolved.answerer,
        gates=resolved.answer_gates,
    )
    return Made(
        questions=questions,
        candidates=candidates,
        contexts=contexts,
        scores=scores,
        labels=labels,
        verdicts=verdicts,
        deciding=deciding,
        preferences=preferences,
        decisions=decisions,
        answers=answers,
        passed_answers=passed_answers,
    )
