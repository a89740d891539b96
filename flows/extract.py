"""The distillation of a teacher into a student that extracts: sentences, answers, labels, student, scores."""

from pathlib import Path
from typing import Any

from prefect import flow

from flows.extraction_parameters import Extraction
from flows.summary import summarise_stages
from mesh.branch import find_branch
from tasks.extraction.ask_teacher import labels_of
from tasks.extraction.judge import judge, judge_beside_teacher
from tasks.extraction.splits import by_hash, divide
from tasks.extraction.student.task import predict_task, student_task
from tasks.extraction.task import (
    GoldSentences,
    Labelling,
    Pooling,
    PreFiltering,
    gold_sentences_stage,
    keep_passed,
    pre_filter_stage,
    sentences_stage,
    teacher_answers_stage,
)
from tasks.literature.eutils.term import search_term
from tasks.literature.harvest_task import harvest_task
from tasks.literature.task import articles_stage
from tasks.orchestration.stage import StageRunner
from tasks.orchestration.task_runner import task_runner
from tasks.report.extraction_task import add_extraction_artifacts, write_extraction_task
from tasks.sampling.sample import SampleSettings
from tasks.sampling.task import samples_stage
from tasks.serving.engine import Engine
from tasks.settings import settings
from tasks.store.store import Store
from tasks.vocabulary.vocabulary import find_vocabulary


@flow(name="extract", flow_run_name="{parameters.label}", task_runner=task_runner())
def extract(parameters: Extraction = Extraction()) -> dict[str, Any]:  # noqa: B008 - the form's defaults
    """Have a teacher label sentences of the literature and train a student on what it says.

    Sentences asked about in any earlier run over the same root are not asked about again.

    Returns:
        What the JSON holds (see ``tasks.report.extraction_task``), its path, that of the page, stages and llm.
    """
    task, gold = parameters.declared(), parameters.read_gold()
    vocabulary = find_vocabulary(parameters.mesh_year)
    branch = find_branch(vocabulary.hierarchy(), parameters.branch) if parameters.branch else None
    teacher = parameters.resolved().teacher
    root = Path(parameters.root or settings().root).absolute()
    runner = StageRunner(Store(str(root)))
    run = runner.run

    harvest = harvest_task(
        runner.store, parameters.source, search_term(vocabulary.hierarchy(), branch, parameters.wanted)
    )
    articles = run(articles_stage, refresh=bool(harvest.read), harvest=harvest, wanted=parameters.wanted)
    samples = None
    if branch is not None:
        sampled = SampleSettings(
            tree_numbers=branch.tree_numbers,
            branch_name=branch.name,
            articles=parameters.articles,
            seed=0,
            vocabulary=vocabulary,
        )
        samples = run(samples_stage, articles=articles, settings=sampled)
    evaluated = () if gold is None else tuple(gold.examples["pmid"].drop_nulls().unique().sort())
    evaluated_texts = () if gold is None else tuple(gold.examples["text"])
    pooling = Pooling(task, parameters.pool, vocabulary, evaluated, evaluated_texts)
    sentences = run(sentences_stage, articles=articles, samples=samples, pooling=pooling)
    labelling = Labelling(task, teacher)
    taught = by_hash(gold.examples, parameters.taught_gold) if gold is not None and parameters.taught_gold else None
    with Engine(parameters.engine) as engine:
        if teacher.pre_filter:
            filtering = PreFiltering(task, teacher)
            verdicts = run(pre_filter_stage, sentences=sentences, filtering=filtering, engine=engine)
            sentences = keep_passed(runner.store, pooling, sentences, verdicts, teacher)
        answers = run(teacher_answers_stage, sentences=sentences, labelling=labelling, engine=engine)
        if taught is not None:
            asked = run(gold_sentences_stage, gold=GoldSentences.of(task, taught))
            gold_answers = run(teacher_answers_stage, sentences=asked, labelling=labelling, engine=engine)

    labels = labels_of(runner.store.read(sentences), runner.store.read(answers), task, teacher)
    kept = student_task(root, labels.examples, task, parameters.student, teacher.language_model.model)
    right = gold.examples if gold is not None else divide(labels.examples, parameters.student.held_out)[1]
    predicted = predict_task(kept, right, task)
    beside = None
    if taught is not None:
        said = labels_of(taught, runner.store.read(gold_answers), task, teacher).examples
        beside = judge_beside_teacher(taught, predicted, said, task)
    judged_by = "the gold corpus" if gold is not None else "held-out labels of the teacher"
    found = write_extraction_task(runner.store, judge(right, predicted, task), judged_by, labels, kept, gold, beside)
    add_extraction_artifacts(found)
    return {**found, **summarise_stages(runner.results)}
