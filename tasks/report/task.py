"""Writing the report as a Prefect task, and the same in short as artifacts."""

import base64

from prefect import task
from prefect.artifacts import create_image_artifact, create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE

from tasks.report.figures import draw_funnel
from tasks.report.page import render_report
from tasks.report.rows import count_rows
from tasks.report.run_tables import RunTables
from tasks.store.atomic import write_text
from tasks.store.store import Store


@task(name="report", cache_policy=NO_CACHE, persist_result=False, retries=1)
def report_task(store: Store, run: RunTables) -> str:
    """Write the HTML report beside the tables and return its path."""
    html = render_report(store, run)
    path = store.root / "reports" / f"{run.dataset.rstrip('/').rpartition('/')[2]}.html"
    write_text(path, html)
    return str(path)


def add_artifacts(store: Store, run: RunTables, path: str) -> None:
    """Add the report in short to the flow run that calls this."""
    funnel = draw_funnel(count_rows(store, run))
    drawing = base64.b64encode(funnel.encode()).decode()
    create_image_artifact(f"data:image/svg+xml;base64,{drawing}", key="rows", description="Rows through the stages")
    create_table_artifact(
        [
            {
                "stage": result.stage,
                "rows": result.ref.rows,
                "computed": result.computed,
                "reused": result.reused,
                "dropped": result.dropped,
                "seconds": round(result.seconds, 1),
                "tokens": result.usage.tokens,
                **({} if (cost := run.limits.cost(result.usage)) is None else {"cost": round(cost, 4)}),
            }
            for result in run.results
        ],
        key="stages",
        description=f"{run.branch}: what each stage did",
    )
    create_markdown_artifact(
        f"# {run.branch}\n\n{run.samples.rows:,} articles sampled, {run.candidates.rows:,} questions past the gates, "
        f"{run.answers.rows:,} answered, {run.passed_answers.rows:,} answers past the gates.\n\n"
        f"- dataset: `{run.dataset}`\n- report: `{path}`\n",
        key="summary",
        description="Where the results are",
    )
