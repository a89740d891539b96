"""Writing what an evaluation found as a Prefect task, and the same in short as artifacts."""

import json
from typing import Any

from prefect import task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE

from tasks.evaluation.describe import describe
from tasks.evaluation.results import Results, slug
from tasks.percent import in_percent
from tasks.report.evaluation_page import render_evaluation
from tasks.store.atomic import write_text
from tasks.store.store import Store


@task(name="evaluation", cache_policy=NO_CACHE, persist_result=False, retries=1)
def write_evaluation_task(store: Store, results: Results) -> dict[str, Any]:
    """Write JSON, page and official predictions below ``evaluations``; return the JSON's values with their paths.

    The same predictions give the same names and bytes.
    """
    folder = store.root / "evaluations"
    official = folder / results.name
    official.mkdir(parents=True, exist_ok=True)
    described = describe(results)
    for judged, result in zip(results.judged, described["results"], strict=True):
        asked = judged.examinee
        path = official / f"{slug(asked.name)}-{asked.setting}-{asked.method}.json"
        results.benchmark.write_official(path, judged.rows)
        result["predictions"] = str(path)
    json_path, page = folder / f"{results.name}.json", folder / f"{results.name}.html"
    write_text(json_path, json.dumps(described, indent=2, ensure_ascii=False) + "\n")
    write_text(page, render_evaluation(results))
    return {**described, "json": str(json_path), "report": str(page)}


def add_evaluation_artifacts(described: dict[str, Any]) -> None:
    """Add an evaluation in short to the flow run that calls this.

    Args:
        described: as ``write_evaluation_task`` returns it.
    """
    create_table_artifact(
        [
            {
                "model": result["model"],
                "setting": result["setting"],
                "method": result["method"],
                "accuracy, %": in_percent(result["accuracy"]),
                "macro-F1, %": in_percent(result["macro_f1"]),
                "unanswered": result["unanswered"],
            }
            for result in described["results"]
        ],
        key="scores",
        description=f"{described['benchmark']}: {described['items']} items",
    )
    majority = in_percent(described["references"]["majority"]["accuracy"])
    compared = "".join(
        f"- {pair['first']} against {pair['second']}, {pair['setting']}, {pair['method']}: "
        f"{100 * pair['accuracy']['value']:+.1f} points of accuracy, p = {pair['p_value']:.3g}\n"
        for pair in described["comparisons"]
    )
    create_markdown_artifact(
        f"# {described['benchmark']}\n\n{described['items']} items; the most frequent decision alone is right in "
        f"{majority} % of them.\n\n{compared}\n- page: `{described['report']}`\n- values: `{described['json']}`\n",
        key="evaluation",
        description="Comparisons, and where the results are",
    )
