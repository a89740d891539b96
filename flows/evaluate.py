"""The evaluation of one model, or of two against each other: items, predictions, scores, page."""

from typing import Any

from prefect import flow

from flows.evaluation_parameters import Evaluation
from flows.summary import summarise_stages
from tasks.evaluation.results import judge_predictions
from tasks.evaluation.task import predictions_stage, read_predictions
from tasks.orchestration.end_of_run import ends_with_a_sentence
from tasks.orchestration.stage import StageRunner
from tasks.orchestration.task_runner import task_runner
from tasks.report.evaluation_task import add_evaluation_artifacts, write_evaluation_task
from tasks.root import usable_root
from tasks.serving.engine import Engine
from tasks.serving.spending import Spending
from tasks.stopping import heed_signals_in_run
from tasks.store.store import Store


@flow(name="evaluate", flow_run_name="{parameters.label}", task_runner=task_runner())
@ends_with_a_sentence
def evaluate(parameters: Evaluation) -> dict[str, Any]:
    """Judge models on questions answered by experts; what they were asked before is reused.

    Returns:
        What the JSON holds (see ``tasks.evaluation.describe``), its path, that of the page, stages and llm.
    """
    heed_signals_in_run()
    parameters.check()
    spending = Spending(parameters.limits)
    benchmark = parameters.read()
    examinees = parameters.resolved().examinees(benchmark)
    runner = StageRunner(Store(usable_root(parameters.root)))
    with Engine(parameters.engine, [examinee.language_model for examinee in examinees], spending) as engine:
        tables = [
            runner.run(predictions_stage, benchmark=benchmark, examinee=examinee, engine=engine)
            for examinee in examinees
        ]
    predictions = [
        read_predictions(runner.store, benchmark, examinee, table)
        for examinee, table in zip(examinees, tables, strict=True)
    ]
    results = judge_predictions(benchmark, predictions, parameters.smallest_slice)
    found = write_evaluation_task(runner.store, results)
    add_evaluation_artifacts(found)
    return {**found, **summarise_stages(runner.results, parameters.limits)}
