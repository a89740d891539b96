"""The harvest: bring articles from PubMed, NLM's files or files at hand into the tables."""

from typing import Any

from prefect import flow

from flows.parameters import Harvesting
from mesh.branch import find_branch
from tasks.literature.eutils.term import search_term
from tasks.literature.harvest_task import harvest_task
from tasks.literature.task import articles_stage, licences_stage
from tasks.orchestration.stage import StageRunner
from tasks.orchestration.task_runner import task_runner
from tasks.root import usable_root
from tasks.stopping import heed_signals_in_run
from tasks.store.store import Store
from tasks.vocabulary.vocabulary import find_vocabulary


@flow(name="harvest", flow_run_name="{parameters.label}", task_runner=task_runner())
def harvest(parameters: Harvesting = Harvesting()) -> dict[str, Any]:  # noqa: B008 - the form's defaults
    """Harvest what the sources have and the tables have not.

    Returns:
        files, rows, new, replaced, deleted, not_indexed, retracted, quarantined and seconds.
    """
    heed_signals_in_run()
    parameters.check()
    hierarchy = find_vocabulary(parameters.mesh_year).hierarchy()
    branch = find_branch(hierarchy, parameters.branch) if parameters.branch else None
    runner = StageRunner(Store(usable_root(parameters.root)))
    found = harvest_task(runner.store, parameters.source, search_term(hierarchy, branch, parameters.wanted))
    if parameters.licences and any(each.files for each in found.held):
        articles = runner.run(articles_stage, refresh=bool(found.read), harvest=found, wanted=parameters.wanted)
        runner.run(licences_stage, articles=articles)
    return {**found.counts.model_dump(), "seconds": round(found.seconds, 3)}
