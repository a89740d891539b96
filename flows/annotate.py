"""The annotation of articles by a student: a table of what it finds."""

from pathlib import Path
from typing import Any

from prefect import flow

from flows.extraction_parameters import Annotation
from flows.summary import summarise_stages
from mesh.branch import find_branch
from tasks.extraction.annotate import AnnotatedArticles
from tasks.extraction.student.task import load_annotator
from tasks.extraction.task import annotations_stage, write_annotations_task
from tasks.literature.eutils.term import search_term
from tasks.literature.harvest_task import harvest_task
from tasks.literature.task import articles_stage
from tasks.orchestration.stage import StageRunner
from tasks.orchestration.task_runner import task_runner
from tasks.root import usable_root
from tasks.stopping import heed_signals_in_run
from tasks.store.store import Store
from tasks.vocabulary.vocabulary import find_vocabulary


@flow(name="annotate", flow_run_name="{parameters.label}", task_runner=task_runner())
def annotate(parameters: Annotation) -> dict[str, Any]:
    """Annotate articles with what a student finds; those that it annotated before are taken as they are.

    Returns:
        annotations (the Parquet file), found, articles, stages and llm.
    """
    heed_signals_in_run()
    parameters.check()
    hierarchy = find_vocabulary(parameters.mesh_year).hierarchy()
    annotator = load_annotator(Path(parameters.student), hierarchy, parameters.precision)
    branch = find_branch(hierarchy, parameters.branch) if parameters.branch else None
    uis = None if branch is None else frozenset(hierarchy.descriptors_under(branch.tree_numbers))
    which = AnnotatedArticles(uis=uis, newest=parameters.newest)
    runner = StageRunner(Store(usable_root(parameters.root)))
    harvest = harvest_task(runner.store, parameters.source, search_term(hierarchy, branch, parameters.wanted))
    articles = runner.run(articles_stage, refresh=bool(harvest.read), harvest=harvest, wanted=parameters.wanted)
    annotated = runner.run(annotations_stage, articles=articles, annotator=annotator, which=which)
    return {**write_annotations_task(runner.store, annotated, annotator), **summarise_stages(runner.results)}
