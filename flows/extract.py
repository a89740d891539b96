"""The distillation of a teacher into a student that extracts: sentences, answers, labels, student, scores."""

from pathlib import Path
from typing import Any

from prefect import flow

from flows.dry_run import try_extraction
from flows.extraction_parameters import Extraction
from flows.summary import summarise_stages
from mesh.branch import find_branch
from tasks.extraction.examples import SENTENCE_SCHEMA
from tasks.extraction.judge import judge, judge_beside_teacher
from tasks.extraction.splits import by_hash, divide
from tasks.extraction.student.task import check_encoder, predict_task, student_task
from tasks.extraction.task import (
    GoldSentences,
    Labelling,
    Pooling,
    PreFiltering,
    gold_sentences_stage,
    keep_passed,
    pre_filter_stage,
    read_labels,
    sentences_stage,
    teacher_answers_stage,
)
from tasks.literature.eutils.term import search_term
from tasks.literature.harvest_task import harvest_task
from tasks.literature.task import articles_stage
from tasks.orchestration.end_of_run import ends_with_a_sentence
from tasks.orchestration.stage import StageRunner
from tasks.orchestration.task_runner import task_runner
from tasks.report.extraction_task import add_extraction_artifacts, write_extraction_task
from tasks.root import usable_root
from tasks.sampling.sample import SampleSettings
from tasks.sampling.task import samples_stage
from tasks.serving.engine import Engine
from tasks.serving.spending import Spending
from tasks.stopping import heed_signals_in_run
from tasks.store.reference import TableRef
from tasks.store.store import Store
from tasks.vocabulary.vocabulary import find_vocabulary

APART = 0.1
"""Share of the teacher's labels that judge where there is no gold corpus: no student learns them, or stops by them."""


@flow(name="extract", flow_run_name="{parameters.label}", task_runner=task_runner())
@ends_with_a_sentence
def extract(parameters: Extraction = Extraction()) -> dict[str, Any]:  # noqa: B008 - the form's defaults
    """Have a teacher label sentences of the literature and train a student on what it says.

    Sentences asked about in any earlier run over the same root are not asked about again.

    Returns:
        What the JSON holds (see ``tasks.report.extraction_task``), its path, that of the page, stages and llm; of a dry
        run task, what ``flows.dry_run`` says, stages and llm.
    """
    heed_signals_in_run()
    parameters.check()
    spending = Spending(parameters.limits)
    task, gold = parameters.declared(), parameters.read_gold()
    check_encoder(parameters.student)
    vocabulary = find_vocabulary(parameters.mesh_year)
    branch = find_branch(vocabulary.hierarchy(), parameters.branch) if parameters.branch else None
    resolved = parameters.resolved()
    teacher = resolved.teacher
    root = Path(usable_root(parameters.root))
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
    evaluated = () if gold is None else tuple(sorted(gold.pmids))
    evaluated_texts = () if gold is None else tuple(gold.examples["text"])
    pooling = Pooling(task, parameters.pool, vocabulary, evaluated, evaluated_texts)
    sentences = run(sentences_stage, articles=articles, samples=samples, pooling=pooling)
    divide(runner.store.read(sentences), APART)  # where it can not be, that is told before the teacher is asked
    labelling = Labelling(task, teacher)
    taught = by_hash(gold.examples, parameters.teacher_gold) if gold is not None and parameters.teacher_gold else None
    asked = None if taught is None else run(gold_sentences_stage, gold=GoldSentences.of(task, taught))
    with Engine(parameters.engine, [teacher.language_model], spending) as engine:
        if parameters.dry_run is not None:

            def go(few: TableRef) -> None:
                _ask(runner, few, labelling, engine, teacher.denied_share)

            found = try_extraction(runner, sentences, asked, resolved, engine, go)
            return {"task": parameters.task, **found, **summarise_stages(runner.results, parameters.limits)}
        sentences, answers = _ask(runner, sentences, labelling, engine, teacher.denied_share)
        if asked is not None:
            _, gold_answers = _ask(runner, asked, labelling, engine, denied_share=0.0)

    labels = read_labels(runner.store, runner.store.read(sentences, empty=SENTENCE_SCHEMA), answers, labelling)
    learnt, right = (labels.examples, gold.examples) if gold is not None else divide(labels.examples, APART, "judged")
    kept = student_task(root, learnt, task, parameters.student, teacher.language_model.model)
    predicted = predict_task(kept, right, task)
    beside = None
    if taught is not None:
        said = read_labels(runner.store, taught, gold_answers, labelling)
        beside = judge_beside_teacher(taught, predicted, said.examples, task)
    judged_by = "the gold corpus" if gold is not None else "labels of the teacher that it has not seen"
    judged = judge(right, predicted, task)
    found = write_extraction_task(runner.store, judged, judged_by, labels, kept, gold, beside)
    add_extraction_artifacts(found, judged, beside)
    return {**found, **summarise_stages(runner.results, parameters.limits)}


def _ask(
    runner: StageRunner, sentences: TableRef, labelling: Labelling, engine: Engine, denied_share: float
) -> tuple[TableRef, TableRef]:
    """Return the sentences that pass the teacher's pre-filter, where it has one, and its answers about them."""
    if labelling.teacher.pre_filter:
        filtering = PreFiltering(labelling.task, labelling.teacher)
        verdicts = runner.run(pre_filter_stage, sentences=sentences, filtering=filtering, engine=engine)
        sentences = keep_passed(runner.store, sentences, verdicts, denied_share)
    return sentences, runner.run(teacher_answers_stage, sentences=sentences, labelling=labelling, engine=engine)
