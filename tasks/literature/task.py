"""The articles and licences stages as Prefect tasks."""

import polars as pl

from tasks.literature.article import ARTICLES
from tasks.literature.harvest import file_entries
from tasks.literature.harvest_task import Harvest
from tasks.literature.latest import latest_records
from tasks.literature.rights import LICENCES, fetch_licences, wanted_licences
from tasks.literature.source_text import SourceError
from tasks.literature.wanted import WANTED_COLUMNS, Wanted
from tasks.orchestration.stage import fill, stage_task
from tasks.store.reference import StageResult, TableRef
from tasks.store.row_key import ROW_KEY
from tasks.store.store import Store
from tasks.store.table import Table

LICENCE_BATCH = 1_000


def _articles(store: Store, harvest: Harvest, wanted: Wanted) -> StageResult:
    latest = latest_records(store, harvest.held)
    table = store.table(ARTICLES)
    kept = latest if latest.is_empty() else _chosen(table, latest, harvest, wanted)
    if kept.is_empty():
        raise SourceError(
            f"the sources hold no article that is wanted ({len(latest):,} in all); widen the search or name others"
        )
    entries = file_entries(store, [file for each in harvest.held for file in each.files])
    reasons = {
        "unreadable record": int(entries["quarantined"].sum()),
        "superseded or withdrawn": int(entries["rows"].sum()) - len(latest),
        "not wanted": len(latest) - len(kept),
    }
    computed = int(kept["group"].is_in(list(harvest.read)).sum())
    return StageResult(
        stage=ARTICLES.stage,
        ref=store.select(table, kept[ROW_KEY]),
        computed=computed,
        reused=len(kept) - computed,
        dropped=sum(reasons.values()),
        reasons={reason: count for reason, count in reasons.items() if count},
    )


def _chosen(table: Table, latest: pl.DataFrame, harvest: Harvest, wanted: Wanted) -> pl.DataFrame:
    """Return the articles that are wanted; of a search, PubMed has chosen already."""
    searched = [place for place, each in enumerate(harvest.held) if each.searched]
    open_ones = latest.filter(~pl.col("source_order").is_in(searched))
    if open_ones.is_empty() or wanted.holds_for_all:
        return latest
    chosen = table.read(open_ones[ROW_KEY], WANTED_COLUMNS).filter(wanted.condition())
    return latest.filter(pl.col("source_order").is_in(searched) | pl.col(ROW_KEY).is_in(chosen[ROW_KEY].implode()))


def _licences(store: Store, articles: TableRef) -> StageResult:
    wanted = wanted_licences(store.read(articles, ["pmcid"]))
    table = store.table(LICENCES)
    table.release(wanted[ROW_KEY])  # what could not be had is asked for again
    return fill(store, table, wanted, fetch_licences, label="licences", batch_rows=LICENCE_BATCH, lowest_yield=0.0)


articles_stage = stage_task(_articles, "articles", recipe=ARTICLES)
licences_stage = stage_task(_licences, "licences", recipe=LICENCES)
