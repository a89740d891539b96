"""The distillation of one MeSH branch: abstracts, questions, contexts, scores, preferences, answers, dataset."""

from typing import Any

from prefect import flow

from flows.parameters import Distillation
from flows.summary import summarise
from mesh.branch import find_branch
from tasks.answers.task import answers_stage
from tasks.dataset.task import dataset_stage, write_dataset_task
from tasks.literature.eutils.term import search_term
from tasks.literature.harvest_task import harvest_task
from tasks.literature.task import articles_stage
from tasks.orchestration.stage import StageRunner
from tasks.orchestration.task_runner import task_runner
from tasks.preference.evaluator import Evaluator
from tasks.preference.score import Measure
from tasks.preference.task import (
    evaluator_scores_stage,
    labels_stage,
    preferences_stage,
    scores_stage,
    verdicts_stage,
)
from tasks.questions.task import candidates_stage, prepare_engine, questions_stage
from tasks.report.run_tables import RunTables
from tasks.report.task import add_artifacts, report_task
from tasks.retrieval.task import contexts_stage, embeddings_stage
from tasks.root import usable_root
from tasks.sampling.sample import SampleSettings
from tasks.sampling.task import samples_stage
from tasks.serving.engine import Engine
from tasks.stopping import heed_signals_in_run
from tasks.store.store import Store
from tasks.vocabulary.vocabulary import find_vocabulary


@flow(name="distill", flow_run_name="{parameters.branch}, {parameters.articles} articles", task_runner=task_runner())
def distill(parameters: Distillation = Distillation()) -> dict[str, Any]:  # noqa: B008 - the form's defaults
    """Distil one MeSH branch of the harvested literature into a dataset.

    What was computed for any earlier run over the same root is reused.

    Returns:
        branch, stages, llm, dataset and report; see ``flows.summary``.
    """
    heed_signals_in_run()
    vocabulary = find_vocabulary(parameters.mesh_year)
    branch = find_branch(vocabulary.hierarchy(), parameters.branch)
    resolved = parameters.resolved()
    generators, answerer, rule = resolved.generators, resolved.answerer, resolved.preference
    retrieval = resolved.retrieval
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
    with Engine(parameters.engine) as engine:
        prepare_engine(runner.store, articles, samples, generators, engine)
        embeddings = run(
            embeddings_stage, articles=articles, encoder=retrieval.encoder, max_articles=retrieval.max_articles
        )
        questions = runner.run_each(
            questions_stage,
            [{"generator": generator} for generator in generators],
            [generator.language_model for generator in generators],
            articles=articles,
            samples=samples,
            engine=engine,
        )
        candidates = run(candidates_stage, articles=articles, questions=questions)
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
            deciding = run(evaluator_scores_stage, contexts=contexts, verdicts=verdicts)
        preferences = run(preferences_stage, questions=questions, candidates=candidates, scores=deciding, rule=rule)
        answers = run(
            answers_stage,
            articles=articles,
            preferences=preferences,
            contexts=contexts,
            answerer=answerer,
            engine=engine,
        )
    judged = [scores[rule.measure], *([verdicts, deciding] if verdicts else [])]
    sources = [samples, *questions, candidates, contexts, *judged, preferences, labels, answers]
    records = run(
        dataset_stage,
        articles=articles,
        preferences=preferences,
        contexts=contexts,
        answers=answers,
        labels=labels,
        policy=generators[0],
        branch=",".join(branch.tree_numbers),
        sources=sources,
        models=resolved.model_names(),
    )
    policy = parameters.policy(resolved)
    dataset = write_dataset_task(runner.store, records, [*sources, records], policy, str(branch))
    tables = RunTables(
        branch=branch,
        vocabulary=vocabulary,
        seed=parameters.seed,
        rule=rule,
        articles=articles,
        samples=samples,
        questions=questions,
        candidates=candidates,
        contexts=contexts,
        scores=scores,
        deciding=deciding,
        verdicts=verdicts,
        preferences=preferences,
        answers=answers,
        dataset=dataset,
        results=runner.results,
    )
    report = report_task(runner.store, tables)
    add_artifacts(runner.store, tables, report)
    return summarise(branch, runner.results, dataset, report)
