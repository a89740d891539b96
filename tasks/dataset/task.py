"""The dataset stage and the writing of its folder as Prefect tasks."""

import polars as pl
from prefect import task
from prefect.cache_policies import NO_CACHE

from tasks.dataset.records import Origin, Sources, make_records, sort_out, wanted_records
from tasks.dataset.settings import Records
from tasks.dataset.write import write_dataset
from tasks.orchestration.stage import fill, stage_task
from tasks.preference.labels import LABEL_SCHEMA
from tasks.questions.generator import Generator, Policy
from tasks.store.reference import StageResult, TableRef
from tasks.store.store import Store
from tasks.tokens import ChatTokens


def _make_records(
    store: Store,
    articles: TableRef,
    preferences: TableRef,
    contexts: TableRef,
    answers: TableRef,
    labels: TableRef,
    policies: list[Generator],
    context_words: int,
    settings: Records,
    branch: str,
    sources: list[TableRef],
    models: list[str],
) -> StageResult:
    """Make the records.

    Args:
        policies: the generator that preferences are for, as it asks each kind of question.
    """
    read = Sources(
        preferences=store.read(preferences),
        answers=store.read(answers),
        labels=store.read(labels, empty=LABEL_SCHEMA),
        contexts=store.read(contexts),
        articles=store.read(articles, ["pmid", "title", "abstract"]),
    )
    records = make_records(
        read,
        {policy.kind: policy.prompt for policy in policies},
        context_words,
        settings,
        ChatTokens.load(settings.tokenizer_files, settings.tokenizer_revision),
        Origin(branch, [ref.table for ref in sources], models),
    )
    wanted = wanted_records(records, settings.recipe)
    table = store.table(settings.recipe)
    return fill(store, table, wanted, sort_out, label="dataset", batch_rows=max(1, len(wanted)))


@task(name="write dataset", cache_policy=NO_CACHE, persist_result=False, retries=1)
def write_dataset_task(store: Store, records: TableRef, sources: list[TableRef], policy: Policy, branch: str) -> str:
    """Write the dataset folder and return its path."""
    folder = store.root / "datasets" / records.fingerprint
    rows = store.read(records).sort("config", pl.col("pmids").list.first(), "row_key")
    recipes = {ref.table: store.recipe_at(ref.table).describe() for ref in sources}
    write_dataset(folder, rows, recipes, policy.describe(), branch)
    return str(folder)


dataset_stage = stage_task(_make_records, "dataset")
