"""Writing what an extraction came to as a Prefect task, and the same in short as artifacts."""

import base64
import json
from dataclasses import asdict
from typing import Any

from prefect import task
from prefect.artifacts import create_image_artifact, create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE

from tasks.extraction.ask_teacher import TeacherLabels
from tasks.extraction.gold import Gold
from tasks.extraction.judge import BesideTeacher, JudgedExtraction
from tasks.extraction.student.kept import KeptStudent
from tasks.percent import in_percent
from tasks.report.extraction_figures import draw_f1_bars
from tasks.report.extraction_in_words import in_words
from tasks.report.extraction_page import render_extraction
from tasks.store.atomic import write_text
from tasks.store.row_key import fingerprint
from tasks.store.store import Store


@task(name="extraction", cache_policy=NO_CACHE, persist_result=False, retries=1)
def write_extraction_task(
    store: Store,
    judged: JudgedExtraction,
    judged_by: str,
    labels: TeacherLabels,
    kept: KeptStudent,
    gold: Gold | None,
    beside: BesideTeacher | None,
) -> dict[str, Any]:
    """Write JSON and page below ``extractions``; return the JSON's values with their paths.

    Args:
        gold: what judges, where it is a gold corpus: what its reader refused, and what it says in two ways, is told.
        beside: student and teacher on some of its sentences.
    """
    folder = store.root / "extractions"
    described: dict[str, Any] = {
        "task": judged.task.name,
        "student": str(kept.folder),
        "judged_by": judged_by,
        "sentences": len(judged.gold),
        "scores": {name: asdict(score) for name, score in judged.scores.items()},
        "accuracy": None if judged.accuracy is None else asdict(judged.accuracy),
        "mistakes": judged.mistake_counts,
        "beside_teacher": None if beside is None else asdict(beside),
        "gold": None if gold is None else describe_gold(gold),
        "labels": describe_labels(labels),
        "epochs": [asdict(epoch) for epoch in kept.epochs],
        "reused": kept.reused,
    }
    name = f"{judged.task.name}-{kept.folder.name}-{fingerprint(judged.gold['example_id'])[:8]}"
    json_path, page = folder / f"{name}.json", folder / f"{name}.html"
    write_text(json_path, json.dumps(described, indent=2, ensure_ascii=False) + "\n")
    title = f"{judged.task.name}: student {kept.folder.name} by {judged_by}"
    write_text(page, render_extraction(judged, title, described, beside, kept.epochs))
    return {**described, "json": str(json_path), "report": str(page)}


def describe_gold(gold: Gold) -> dict[str, Any]:
    """Return what became of a gold corpus; sentences that it labels in two ways judge nothing, and are listed."""
    return {
        "sentences": len(gold.examples),
        "merged": gold.merged,
        "refused": gold.refused.select("key", "reason").to_dicts(),
        "conflicts": gold.conflicts.to_dicts(),
    }


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


def add_extraction_artifacts(described: dict[str, Any], judged: JudgedExtraction, beside: BesideTeacher | None) -> None:
    """Add an extraction in short to the flow run that calls this.

    Args:
        described: as ``write_extraction_task`` returns it.
        judged, beside: what it was given.
    """
    drawing = base64.b64encode(draw_f1_bars(judged.scores, beside).encode()).decode()
    create_image_artifact(f"data:image/svg+xml;base64,{drawing}", key="extraction-f1", description="F1")
    rows = [
        {"": name, **{part: in_percent(score[part]) for part in ("precision", "recall", "f1")}}
        for name, score in described["scores"].items()
    ]
    create_table_artifact(rows, key="extraction-scores", description=f"by {described['judged_by']}, %")
    create_markdown_artifact(
        f"# {described['task']}\n\n{in_words(described)}\n\n- student: `{described['student']}`\n"
        f"- page: `{described['report']}`\n- values: `{described['json']}`\n",
        key="extraction",
        description="Labels, and where the results are",
    )
