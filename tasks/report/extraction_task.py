"""Writing what an extraction came to as a Prefect task, and the same in short as artifacts."""

import json
from dataclasses import asdict
from typing import Any

from prefect import task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE

from tasks.evaluation.percent import in_percent
from tasks.extraction.ask_teacher import TeacherLabels
from tasks.extraction.judge import JudgedExtraction
from tasks.extraction.student.kept import KeptStudent
from tasks.report.extraction_page import render_extraction
from tasks.store.store import Store


@task(name="extraction", cache_policy=NO_CACHE, persist_result=False, retries=1)
def write_extraction_task(
    store: Store, judged: JudgedExtraction, judged_by: str, labels: TeacherLabels, kept: KeptStudent
) -> dict[str, Any]:
    """Write JSON and page below ``extractions``; return the JSON's values with their paths."""
    folder = store.root / "extractions"
    folder.mkdir(parents=True, exist_ok=True)
    described: dict[str, Any] = {
        "task": judged.task.name,
        "student": str(kept.folder),
        "judged_by": judged_by,
        "sentences": len(judged.gold),
        "scores": {name: asdict(score) for name, score in judged.scores.items()},
        "accuracy": None if judged.accuracy is None else asdict(judged.accuracy),
        "mistakes": judged.mistake_counts,
        "labels": describe_labels(labels),
        "epochs": [asdict(epoch) for epoch in kept.epochs],
        "reused": kept.reused,
    }
    name = f"{judged.task.name}-{kept.folder.name}"
    json_path, page = folder / f"{name}.json", folder / f"{name}.html"
    json_path.write_text(json.dumps(described, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    title = f"{judged.task.name}: student {kept.folder.name} by {judged_by}"
    page.write_text(render_extraction(judged, title, described["labels"]), encoding="utf-8")
    return {**described, "json": str(json_path), "report": str(page)}


def describe_labels(labels: TeacherLabels) -> dict[str, Any]:
    """Return how good a teacher's labels look without gold: what was located, what was dropped, how often it agreed."""
    counts = labels.counts
    return {
        "sentences": len(labels.examples),
        "with_something": labels.with_something,
        "strings_found": dict(counts.found),
        "strings_not_found": dict(counts.not_found),
        "malformed_lines": dict(counts.malformed),
        "unanimous": labels.unanimous,
        "voted": labels.voted,
    }


def add_extraction_artifacts(described: dict[str, Any]) -> None:
    """Add an extraction in short to the flow run that calls this.

    Args:
        described: as ``write_extraction_task`` returns it.
    """
    rows = [
        {"": name, **{part: in_percent(score[part]) for part in ("precision", "recall", "f1")}}
        for name, score in described["scores"].items()
    ]
    create_table_artifact(rows, key="extraction-scores", description=f"by {described['judged_by']}, %")
    labels = described["labels"]
    dropped = sum(labels["strings_not_found"].values())
    create_markdown_artifact(
        f"# {described['task']}\n\n{labels['sentences']:,} sentences labelled, {labels['with_something']:,} of them "
        f"with something; {sum(labels['strings_found'].values()):,} strings located, {dropped:,} dropped, "
        f"{sum(labels['malformed_lines'].values()):,} malformed lines.\n\n- student: `{described['student']}`\n"
        f"- page: `{described['report']}`\n- values: `{described['json']}`\n",
        key="extraction",
        description="Labels, and where the results are",
    )
