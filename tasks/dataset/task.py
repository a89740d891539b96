"""The dataset stage and the writing of its folder as Prefect tasks."""

import polars as pl
from prefect import task
from prefect.cache_policies import NO_CACHE

from tasks.dataset.records import DATASET, Origin, make_records, wanted_records
from tasks.dataset.write import write_dataset
from tasks.orchestration.stage import fill, stage_task
from tasks.preference.labels import LABEL_SCHEMA
from tasks.questions.generator import Generator, Policy
from tasks.store.outcome import Outcome
from tasks.store.reference import StageResult, TableRef
from tasks.store.store import Store


def _make_records(
    store: Store,
    articles: TableRef,
    preferences: TableRef,
    contexts: TableRef,
    answers: TableRef,
    labels: TableRef,
    policy: Generator,
    branch: str,
    sources: list[TableRef],
    models: list[str],
) -> StageResult:
    chosen = store.read(preferences)
    records = make_records(
        chosen,
        store.read(answers),
        store.read(labels, empty=LABEL_SCHEMA),
        store.read(contexts),
        store.read(articles, ["pmid", "title", "abstract"]).select("pmid", "title", "abstract"),
        lambda title, abstract: policy.prompt.conversation(title=title, abstract=abstract),
        Origin(branch, [ref.table for ref in sources], models),
    )
    wanted = wanted_records(records)
    return fill(store, store.table(DATASET), wanted, Outcome, label="dataset", batch_rows=max(1, len(wanted)))


@task(name="write dataset", cache_policy=NO_CACHE, persist_result=False, retries=1)
def write_dataset_task(store: Store, records: TableRef, sources: list[TableRef], policy: Generator, branch: str) -> str:
    """Write the dataset folder and return its path."""
    folder = store.root / "datasets" / records.fingerprint
    rows = store.read(records).sort("kind", pl.col("pmids").list.first(), "row_key")
    recipes = {ref.table: store.recipe_at(ref.table).describe() for ref in sources}
    write_dataset(folder, rows, recipes, Policy.of(policy).describe(), branch)
    return str(folder)


dataset_stage = stage_task(_make_records, "dataset", recipe=DATASET)
